"""The messages to the model, and how its words arrive."""

import asyncio
from contextlib import aclosing

import pytest
from aiohttp import web

from agent_server.brain import BrainError, Exchange
from tests.agent_server.openai import KEY

from .serving import MODEL, PATIENCE, Script, answer, make_brain, model_server, turn, words


async def test_words_arrive_while_the_model_writes():
    script = Script(words("It is ", "warm."))
    script.hold = 1
    async with model_server(script) as url:
        pieces = make_brain(url).answer(turn("Is it warm?"))
        async with aclosing(pieces), asyncio.timeout(PATIENCE):
            assert await anext(pieces) == "It is "
            await script.is_holding.wait()


async def test_closing_the_answer_closes_the_connection():
    script = Script(words("It is ", "warm."))
    script.hold = 1
    async with model_server(script) as url:
        pieces = make_brain(url).answer(turn("Is it warm?"))
        await anext(pieces)
        await pieces.aclose()
        async with asyncio.timeout(PATIENCE):
            await script.is_cancelled.wait()


async def test_cancellation_before_the_first_word_closes_the_connection():
    script = Script(words("It is ", "warm."))
    script.hold = 0
    async with model_server(script) as url:
        task = asyncio.create_task(answer(make_brain(url), turn("Is it warm?")))
        async with asyncio.timeout(PATIENCE):
            await script.is_holding.wait()
            task.cancel()
            await script.is_cancelled.wait()
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_what_the_model_reads():
    script = Script(words("Yes."))
    history = (Exchange("Hello.", "Hi."), Exchange("", "The tea is ready."), Exchange("What?", ""))
    async with model_server(script) as url:
        brain = make_brain(url, prompt="You are Jarvis.")
        assert await answer(brain, turn("Is it warm?", None, *history, language="de")) == "Yes."
    [request] = script.requests
    system, *rest = request["messages"]
    assert request["model"] == MODEL
    assert "tools" not in request
    assert system["role"] == "system"
    assert system["content"].count("\n\nYou are Jarvis.\n\n")
    assert "spoken" in system["content"]
    assert "code de." in system["content"]
    assert rest == [
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hi.\nThe tea is ready."},
        {"role": "user", "content": "What?\nIs it warm?"},
    ]
    assert script.headers[0]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "history",
    [
        (),
        (Exchange("", "Good morning."),),
        (Exchange("", "Good morning."), Exchange("", "The tea is ready.")),
        (Exchange("Hello.", "Hi."), Exchange("", "The tea is ready.")),
        (Exchange("Hello.", ""), Exchange("What?", ""), Exchange("Well?", "", "It is warm.")),
    ],
)
async def test_roles_alternate(history):
    """The chat templates of Gemma and Mistral refuse anything else."""
    script = Script(words("Yes."))
    async with model_server(script) as url:
        await answer(make_brain(url), turn("Is it warm?", None, *history))
    roles = [each["role"] for each in script.messages[1:]]
    assert roles == [["user", "assistant"][number % 2] for number in range(len(roles))]
    assert roles[-1] == "user"
    said = "\n".join(each["content"] for each in script.messages)
    assert all(each.user in said and each.agent in said for each in history)


async def test_environment_is_not_sent(monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    script = Script(words("Yes."))
    async with model_server(script) as url:
        await answer(make_brain(url, key=""), turn("Is it warm?"))
    assert "secret" not in str(script.headers)


async def test_model_that_the_server_lists():
    script = Script(words("Yes."))
    async with model_server(script, ["first", "second"]) as url:
        await answer(make_brain(url, model=None), turn("Is it warm?"))
    assert script.requests[0]["model"] == "first"


async def test_server_that_has_another_model_after_a_failure():
    script, models = Script(words("Yes.")), ["first"]

    async def respond(request: web.Request) -> web.StreamResponse:
        if (await request.json())["model"] not in models:
            return web.json_response({"error": {"message": "model not found"}}, status=404)
        response: web.StreamResponse = await script(request)
        return response

    async with model_server(respond, models) as url:
        brain = make_brain(url, model=None)
        assert await answer(brain, turn("Is it warm?")) == "Yes."
        models[:] = ["second"]
        with pytest.raises(BrainError, match="not found"):
            await answer(brain, turn("Is it warm?"))
        assert await answer(brain, turn("Is it warm?")) == "Yes."


async def test_server_without_models():
    async with model_server(Script(words("Yes."))) as url:
        with pytest.raises(BrainError, match="no model"):
            await answer(make_brain(url, model=None), turn("Is it warm?"))


async def test_answers_that_were_interrupted_are_marked():
    script = Script(words("Yes."))
    history = (
        Exchange("Is it warm?", "It is", "It is warm."),
        Exchange("And now?", "", "It is cold."),
        Exchange("Really?", "Yes."),
    )
    async with model_server(script) as url:
        await answer(make_brain(url), turn("Go on.", None, *history))
    said = [each["content"] for each in script.messages if each["role"] == "assistant"]
    assert said == ["It is [interrupted]", "[interrupted]", "Yes."]
    assert "[interrupted]" in script.messages[0]["content"]


async def test_reasoning_is_not_spoken():
    script = Script(words("<thi", "nk>Hm. ", "Well.</th", "ink>\n\n", "Yes."))
    async with model_server(script) as url:
        assert await answer(make_brain(url), turn("Is it warm?")) == "Yes."


@pytest.mark.parametrize("text", ["<", "<think", "<b>Yes</b>", "Yes <think>no</think>"])
async def test_text_that_is_not_a_thought_is_spoken(text):
    async with model_server(Script(words(*text))) as url:
        assert await answer(make_brain(url), turn("Is it warm?")) == text


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (("Haha ", "\ud83d", "\ude00", "!"), "Haha \U0001f600!"),
        (("Haha ", "\ud83d\ude00"), "Haha \U0001f600"),
        (("Haha ", "\ud83d", " ok"), "Haha \ufffd ok"),
        (("Haha \ude00",), "Haha \ufffd"),
        (("Haha", "\ud83d"), "Haha\ufffd"),
    ],
)
async def test_characters_that_a_server_has_cut(pieces, text):
    async with model_server(Script(words(*pieces))) as url:
        assert await answer(make_brain(url), turn("Tell me a joke.")) == text


async def test_warm_up_reads_the_instructions_and_stops():
    script = Script(words("Hel", "lo."))
    script.hold = 1
    async with model_server(script) as url:
        async with asyncio.timeout(PATIENCE):
            await make_brain(url, prompt="You are Jarvis.").warm_up("en")
            await script.is_cancelled.wait()
    assert script.messages[0]["content"].count("\n\nYou are Jarvis.\n\n")
