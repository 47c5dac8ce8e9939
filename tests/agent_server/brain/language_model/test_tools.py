"""The model calls tools of the home."""

import asyncio
import json
from contextlib import aclosing

import pytest

from agent_server.brain import BrainError
from agent_server.brain.openai import ROUNDS
from agent_server.home import HomeError, ToolResult

from .serving import (
    PATIENCE,
    FakeHome,
    Script,
    answer,
    calls,
    chunk,
    make_brain,
    model_server,
    turn,
    words,
)


async def test_tools_of_the_home():
    script = Script(calls(("TurnOn", '{"name": "lamp"}')), words("The lamp is on."))
    home = FakeHome(ToolResult({"on": 1}, is_error=False))
    async with model_server(script) as url:
        brain = make_brain(url, tools=True)
        assert await answer(brain, turn("Lamp on.", home)) == "The lamp is on."
    assert home.calls == [("TurnOn", {"name": "lamp"})]
    [tool] = script.requests[0]["tools"]
    assert tool["function"]["name"] == "TurnOn"
    assert "The home has a lamp." in script.messages[0]["content"]
    asked, result = script.messages[-2:]
    assert asked["tool_calls"] == [
        {
            "id": "id0",
            "type": "function",
            "function": {"name": "TurnOn", "arguments": '{"name": "lamp"}'},
        }
    ]
    assert result == {"role": "tool", "tool_call_id": "id0", "content": '{"on": 1}'}


@pytest.mark.parametrize(("allowed", "home"), [(False, True), (True, False)])
async def test_without_tools(allowed, home):
    script = Script(words("No."))
    async with model_server(script) as url:
        await answer(make_brain(url, tools=allowed), turn("On.", FakeHome() if home else None))
    assert "tools" not in script.requests[0]
    assert "The home has a lamp." not in script.messages[0]["content"]


async def test_several_calls_in_a_round():
    script = Script(calls(("TurnOn", '{"n": 1}'), ("TurnOn", '{"n": 2}')), words("Done."))
    home = FakeHome()
    async with model_server(script) as url:
        await answer(make_brain(url, tools=True), turn("On.", home))
    assert home.calls == [("TurnOn", {"n": 1}), ("TurnOn", {"n": 2})]
    assert [message["tool_call_id"] for message in script.messages[-2:]] == ["id0", "id1"]


class EndOfTurn(asyncio.Event):
    def __init__(self):
        super().__init__()
        self.awaited = asyncio.Event()

    async def wait(self):
        self.awaited.set()
        return await super().wait()


async def test_tool_calls_wait_for_the_end_of_the_turn():
    script = Script(calls(("TurnOn", "{}")), words("Done."))
    home, end = FakeHome(), EndOfTurn()
    async with model_server(script) as url:
        task = asyncio.create_task(answer(make_brain(url, tools=True), turn("On.", home, end=end)))
        async with asyncio.timeout(PATIENCE):
            await end.awaited.wait()
            assert not home.calls
            end.set()
            assert await task == "Done."
    assert home.calls


@pytest.mark.parametrize(
    ("arguments", "result", "told"),
    [
        ("[1]", None, {"error": "The arguments are not a JSON object."}),
        ("{", None, {"error": "The arguments are not a JSON object."}),
        ('{"n": NaN}', None, {"error": "The arguments are not a JSON object."}),
        (r'{"name": "\ud83d"}', None, {"error": "The arguments are not a JSON object."}),
        ("{}", HomeError("no tool"), {"error": "no tool"}),
        ("{}", ToolResult("locked", is_error=True), {"error": "locked"}),
        ("{}", ToolResult("\ud83d", is_error=False), "\ufffd"),
    ],
)
async def test_model_gets_the_errors_of_tools(arguments, result, told):
    script = Script(calls(("TurnOn", arguments)), words("That failed."))
    home = FakeHome(*([] if result is None else [result]))
    async with model_server(script) as url:
        brain = make_brain(url, tools=True)
        assert await answer(brain, turn("On.", home)) == "That failed."
    assert json.loads(script.messages[-1]["content"]) == told


async def test_model_that_calls_tools_without_end():
    script = Script(calls(("TurnOn", "{}")))
    home = FakeHome()
    async with model_server(script) as url:
        with pytest.raises(BrainError, match="without end"):
            await answer(make_brain(url, tools=True), turn("On.", home))
    assert len(home.calls) == ROUNDS
    assert script.requests[-1]["tool_choice"] == "none"


async def test_too_many_calls():
    async with model_server(Script(calls(*[("TurnOn", "{}")] * 17))) as url:
        with pytest.raises(BrainError, match="too many"):
            await answer(make_brain(url, tools=True), turn("On.", FakeHome()))


async def test_filler_while_a_tool_takes_long():
    script = Script(calls(("TurnOn", "{}")), calls(("TurnOn", "{}")), words("Fertig."))
    home = FakeHome()
    home.may.clear()
    async with model_server(script) as url:
        brain = make_brain(url, tools=True, filler_after=0.01)
        pieces = brain.answer(turn("An.", home, language="de-DE"))
        async with aclosing(pieces), asyncio.timeout(PATIENCE):
            assert await anext(pieces) == "Einen Moment, bitte.\n"
            home.may.set()
            assert [piece async for piece in pieces] == ["Fertig."]


async def test_words_before_a_call_are_the_answer_if_none_follow():
    script = Script([*words("The lamp goes on.")[:-1], *calls(("TurnOn", "{}"))], words())
    home = FakeHome()
    async with model_server(script) as url:
        brain = make_brain(url, tools=True)
        assert await answer(brain, turn("On.", home)) == "The lamp goes on.\n"
    assert home.calls


async def test_filler_is_no_answer():
    script = Script(calls(("TurnOn", "{}")), words())
    home = FakeHome()
    home.may.clear()
    async with model_server(script) as url:
        pieces = make_brain(url, tools=True, filler_after=0.01).answer(turn("On.", home))
        async with aclosing(pieces), asyncio.timeout(PATIENCE):
            assert await anext(pieces) == "One moment, please.\n"
            home.may.set()
            with pytest.raises(BrainError, match="no answer"):
                await anext(pieces)


async def test_filler_names_what_the_call_is_about():
    script = Script(calls(("HassTurnOn", '{"name": "Stehlampe"}')), words("Fertig."))
    home = FakeHome()
    home.may.clear()
    async with model_server(script) as url:
        brain = make_brain(url, tools=True, filler_after=0.01)
        pieces = brain.answer(turn("An.", home, language="de"))
        async with aclosing(pieces), asyncio.timeout(PATIENCE):
            assert await anext(pieces) == "Einen Moment: Stehlampe.\n"
            home.may.set()
            assert [piece async for piece in pieces] == ["Fertig."]


async def test_words_of_the_home_replace_the_filler():
    script = Script(calls(("TurnOn", "{}")), words("Done."))
    home = FakeHome()
    home.words = ("Should I?", "Really?")
    home.may.clear()
    async with model_server(script) as url:
        brain = make_brain(url, tools=True, filler_after=0.01)
        pieces = brain.answer(turn("On.", home))
        async with aclosing(pieces), asyncio.timeout(PATIENCE):
            assert await anext(pieces) == "Should I?\n"
            assert await anext(pieces) == "Really?\n"
            home.may.set()
            assert [piece async for piece in pieces] == ["Done."]


async def test_no_filler_for_a_tool_that_is_fast():
    script = Script(calls(("HassTurnOn", '{"name": "Stehlampe"}')), words("Fertig."))
    async with model_server(script) as url:
        brain = make_brain(url, tools=True, filler_after=PATIENCE)
        assert await answer(brain, turn("An.", FakeHome(), language="de")) == "Fertig."


@pytest.mark.parametrize(("language", "first"), [("en", "Let me see."), ("xx", "")])
async def test_no_filler(language, first):
    """The model has said something itself, or the language has no filler."""
    script = Script([chunk({"content": first}), *calls(("TurnOn", "{}"))], words("Done."))
    home = FakeHome()
    home.may.clear()
    async with model_server(script) as url:
        brain = make_brain(url, tools=True, filler_after=0.0)
        task = asyncio.create_task(answer(brain, turn("On.", home, language=language)))
        async with asyncio.timeout(PATIENCE):
            await home.called.wait()
            home.may.set()
            assert await task == (f"{first}\nDone." if first else "Done.")


async def test_cancellation_cancels_the_tool():
    home = FakeHome()
    home.may.clear()
    async with model_server(Script(calls(("TurnOn", "{}")))) as url:
        task = asyncio.create_task(answer(make_brain(url, tools=True), turn("On.", home)))
        async with asyncio.timeout(PATIENCE):
            await home.called.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert home.is_cancelled
