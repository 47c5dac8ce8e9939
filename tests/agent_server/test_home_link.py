"""The home answers: asks, deltas, interruptions and refused messages."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from agent_server.brain import Exchange
from agent_server.brain.sentences import ENGLISH
from agent_server.limits import Limits

from .calling import HOME_LINK, Caller, audio_in, call, connect, eventually, link
from .serving import AGENT, KEY, make_engines, serving
from .test_dialogue import AE, RAW, SAID, SAYS, A, E, N, S, pause
from .test_pause import PAUSE, hesitate

VAD = {"enableVad": True, **RAW}


async def delta(caller: Caller, call_id: str, text: str) -> None:
    await caller.send({"type": "answerDelta", "id": call_id, "text": text})


async def end(caller: Caller, call_id: str, **fields: Any) -> None:
    await caller.send({"type": "answerEnd", "id": call_id, **fields})


async def asked(caller: Caller, number: int = 1) -> str:
    """Wait for an ask and return its id."""
    return str((await caller.wait("ask", number))["id"])


def said(caller: Caller) -> list[str]:
    """All transcripts of the agent."""
    return [message["message"] for message in caller.of(SAYS)]


# Negotiation


async def test_link_is_selected_and_the_agent_introduces_itself():
    async with serving() as (_, url), link(url, AGENT, KEY) as caller:
        assert caller.messages[:2] == [
            caller.of("init")[0],
            {
                "type": "agent",
                "name": AGENT,
                "languages": ["en"],
                "features": [
                    "say",
                    "userText",
                    "phrases",
                    "patience",
                    "played",
                    "partialTranscripts",
                    "hold",
                ],
                "health": "/health",
            },
        ]


async def test_link_is_selected_among_others(caplog: pytest.LogCaptureFixture):
    async with serving() as (_, url), connect(url, AGENT, ["other.v1", HOME_LINK]) as caller:
        assert caller.socket.protocol == HOME_LINK
    assert not caplog.records


@pytest.mark.parametrize("protocols", [[], ["other.v1"], ["ha-playai.home.v2"]])
async def test_link_is_not_selected_unless_offered(
    protocols: list[str], caplog: pytest.LogCaptureFixture
):
    async with serving() as (_, url), connect(url, AGENT, protocols) as caller:
        assert caller.socket.protocol is None
        await caller.setup(KEY)
        await caller.send({"type": "home", "language": "en", "answers": True})
        assert (await caller.wait("error"))["code"] == 4400
        assert caller.types == ["init", "error"]
    assert not [record for record in caplog.records if record.name.startswith("aiohttp")]


async def test_link_is_never_selected_with_document_only():
    async with (
        serving(document_only=True) as (_, url),
        connect(url, AGENT, [HOME_LINK]) as caller,
    ):
        assert caller.socket.protocol is None
        await caller.setup(KEY)
        await caller.send({"type": "say", "text": "Hello."})
        assert (await caller.wait("error"))["code"] == 5001
        assert caller.types == ["error"]


# Who answers


async def test_order_of_a_turn():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        call_id = await asked(caller)
        assert caller.types == ["init", "agent", S, E, SAID, "ask"]
        assert caller.of("ask") == [{"type": "ask", "id": call_id, "text": "w10"}]
        await delta(caller, call_id, "The lights")
        await delta(caller, call_id, " are on. And ")
        await caller.wait(A)  # Before the answer is complete.
        assert said(caller) == ["The lights are on."]
        await delta(caller, call_id, "the door is shut.")
        await end(caller, call_id, continueConversation=True)
        await caller.wait(AE)
        assert said(caller) == ["The lights are on.", "And the door is shut."]
        assert caller.types.count(N) == caller.types.count(AE) == 1
        assert not caller.of("cancel")


async def test_answer_without_deltas():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await end(caller, await asked(caller), text="Done.")
        await caller.wait(AE)
        assert said(caller) == ["Done."]


async def test_text_after_deltas_is_not_repeated():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        call_id = await asked(caller)
        await delta(caller, call_id, "Done.")
        await end(caller, call_id, text="Done.")
        await caller.wait(AE)
        assert said(caller) == ["Done."]


async def test_nothing_is_asked_in_a_guess():
    engines = make_engines()
    async with serving(engines, brain="auto") as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await hesitate(caller, 0x10)
        await pause()
        assert caller.types == ["init", "agent", S]
        await caller.say(0x11)
        await asked(caller)
        assert [message["text"] for message in caller.of("ask")] == ["w10 w11"]


async def test_home_knows_that_a_turn_was_a_noise():
    """Clients without the home link get no empty transcript, see `test_a_noise_gets_no_reply`."""
    async with serving() as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x30)
        await caller.wait(SAID)
        assert caller.types == ["init", "agent", S, E, SAID]
        assert caller.of(SAID)[0]["message"] == ""


async def test_not_understood_is_answered_by_the_agent():
    engines = make_engines()
    async with serving(engines, brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await end(caller, await asked(caller), error="not_understood")
        await caller.wait(AE)
        assert said(caller) == ["you said w10."]
        assert caller.codes == []


@pytest.mark.parametrize("words", ["I know no such lamp.", ""])
async def test_agent_without_its_own_brain_says_that_the_home_does_not_understand(words: str):
    async with serving(brain="home") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await end(caller, await asked(caller), error="not_understood", text=words)
        await caller.wait(AE)
        assert said(caller) == [words or ENGLISH.not_understood]
        assert caller.codes == []


@pytest.mark.parametrize("brain", ["auto", "home"])
async def test_other_errors_fail_the_turn(brain: str):
    async with serving(brain=brain) as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await end(caller, await asked(caller), error="removed")
        await caller.wait("error")
        assert caller.codes == [3003]
        await caller.say(0x11)
        await end(caller, await asked(caller, 2), text="Fine.")
        await caller.wait(AE)


async def test_not_understood_fails_a_turn_that_was_half_answered():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        call_id = await asked(caller)
        await delta(caller, call_id, "Well. ")
        await end(caller, call_id, error="not_understood")
        await caller.wait("error")
        assert (caller.codes, said(caller)) == ([3003], ["Well."])
        assert caller.types.count(AE) == 1


async def test_empty_answer_fails_the_turn():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await end(caller, await asked(caller))
        assert (await caller.wait("error"))["code"] == 3003


@pytest.mark.parametrize("brain", ["auto", "builtin"])
async def test_home_that_does_not_answer(brain: str):
    engines = make_engines()
    async with (
        serving(engines, brain=brain) as (_, url),
        link(url, AGENT, KEY, offer={"answers": False}) as caller,
    ):
        await caller.say(0x10)
        await caller.wait(AE)
        assert said(caller) == ["you said w10."]
        assert not caller.of("ask")


async def test_brain_without_a_home_does_not_ask():
    async with serving(brain="builtin") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        assert not caller.of("ask")


async def test_home_that_changes():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.send({"type": "home", "language": "en", "answers": False})
        await caller.say(0x10)
        await caller.wait(AE)
        assert not caller.of("ask")


async def test_agent_that_needs_a_home_says_so():
    async with serving(brain="home") as (_, url):
        async with call(url, AGENT, KEY) as caller:
            await caller.say(0x10)
            await caller.wait(AE)
            assert said(caller) == [ENGLISH.no_home]
        async with link(url, AGENT, KEY, offer={"answers": False}) as caller:
            await caller.say(0x10)
            await caller.wait(AE)
            assert said(caller) == [ENGLISH.no_home]


# Limits of an answer


async def test_home_that_is_silent():
    limits = Limits(home_answer=0.2)
    async with (
        serving(brain="auto", limits=limits) as (_, url),
        link(url, AGENT, KEY) as caller,
    ):
        await caller.say(0x10)
        call_id = await asked(caller)
        await delta(caller, call_id, "")  # Not yet an answer.
        assert (await caller.wait("error"))["code"] == 3003
        assert caller.of("cancel") == [{"type": "cancel", "id": call_id}]
        await delta(caller, call_id, "Too late.")
        await end(caller, call_id)
        await pause()
        assert N not in caller.types


async def test_home_that_stops_in_the_middle():
    limits = Limits(home_answer=1.0)
    async with (
        serving(brain="auto", limits=limits) as (_, url),
        link(url, AGENT, KEY) as caller,
    ):
        await caller.say(0x10)
        await delta(caller, await asked(caller), "One sentence. And")
        await caller.wait("error")
        assert (caller.codes, said(caller)) == ([3003], ["One sentence."])
        assert caller.types[-3:] == ["cancel", AE, "error"]


async def test_answers_that_nobody_waits_for_are_ignored():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await delta(caller, "1", "Hello.")
        await end(caller, "no such id", text="Hello.")
        await caller.send({"type": "toolResult", "id": "7", "data": None, "isError": False})
        await caller.say(0x10)
        call_id = await asked(caller)
        await end(caller, call_id, text="Done.")
        await end(caller, call_id, text="Done again.")
        await delta(caller, call_id, "And again.")
        await caller.wait(AE)
        await pause()
        assert (said(caller), caller.codes) == (["Done."], [])


async def test_an_answer_without_end_does_not_block_the_user():
    limits = Limits(reply=2.0)
    engines = make_engines()
    async with (
        serving(engines, brain="auto", limits=limits) as (_, url),
        link(url, AGENT, KEY, **VAD) as caller,
    ):
        await caller.say(0x10)
        call_id = await asked(caller)
        engines.voice.hold.clear()  # The voice stops, so the answer has to wait.
        for _ in range(50):
            await delta(caller, call_id, "And so on. " * 2_000)
        await caller.say(0x11)
        second = await asked(caller, 2)
        engines.voice.hold.set()
        assert caller.of("cancel") == [{"type": "cancel", "id": call_id}]
        await end(caller, second, text="Fine.")
        await caller.wait(AE)
        assert caller.of("ask")[1]["text"] == "w11"


async def test_a_reply_that_is_too_long_stops_the_home():
    limits = Limits(reply=1.0)
    async with (
        serving(brain="auto", limits=limits) as (_, url),
        link(url, AGENT, KEY, **RAW) as caller,
    ):
        await caller.say(0x10)
        call_id = await asked(caller)
        await delta(caller, call_id, "w w w w w w w w. " * 10)
        await caller.wait(AE)
        assert caller.of("cancel") == [{"type": "cancel", "id": call_id}]


# Interruption


async def test_speaking_over_an_answer_cancels_it():
    engines = make_engines()
    async with serving(engines, brain="auto") as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        first = await asked(caller)
        await delta(caller, first, "w " * 100 + ". And")
        await caller.wait(A, 3)
        await caller.say(0x11)
        second = await asked(caller, 2)
        assert second != first
        assert caller.of("cancel") == [{"type": "cancel", "id": first}]
        types = caller.types
        assert types.index("cancel") < types.index("onAgentInterrupted")
        await delta(caller, first, "Late. ")
        await end(caller, second, text="Fine.")
        await caller.wait(AE, 2)
        assert said(caller)[-1] == "Fine."
        assert "Late." not in said(caller)


async def test_speaking_before_the_answer_begins_a_new_turn():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        first = await asked(caller)
        await caller.say(0x11)
        await asked(caller, 2)
        # The home may have acted on the first words already.
        assert [message["text"] for message in caller.of("ask")] == ["w10", "w11"]
        assert caller.of("cancel") == [{"type": "cancel", "id": first}]


async def test_history_has_what_the_home_said():
    engines = make_engines()
    async with serving(engines, brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await end(caller, await asked(caller), text="Done.")
        await caller.wait(AE)
        await asyncio.sleep(0.4)  # Until it was heard.
        await caller.say(0x11)
        await end(caller, await asked(caller, 2), error="not_understood")
        await caller.wait(AE, 2)
        assert engines.brain.histories == [[Exchange("w10", "Done.")]]


async def test_a_home_that_vanishes_leaves_no_tasks():
    async with serving(brain="auto") as (server, url):
        before = len(asyncio.all_tasks())
        async with link(url, AGENT, KEY) as caller:
            await caller.say(0x10)
            await asked(caller)
            caller.socket.get_extra_info("socket").shutdown(2)
        await eventually(lambda: server.conversations == 0)
        await eventually(lambda: len(asyncio.all_tasks()) <= before)


# What the link refuses

TOOL = {"name": "t", "description": "", "parameters": {}}
HOME = {"type": "home", "language": "en", "answers": True}
BAD = [
    ({}, "type"),
    ({"type": 5}, "type"),
    ({"type": "setup"}, "type"),
    ({"type": "audioIn"}, "data"),
    ({"type": "home", "answers": True}, "language"),
    (HOME | {"language": "english please"}, "language"),
    (HOME | {"language": 5}, "language"),
    ({"type": "home", "language": "en"}, "answers"),
    (HOME | {"answers": "yes"}, "answers"),
    (HOME | {"tools": {}}, "tools"),
    (HOME | {"tools": False}, "tools"),
    (HOME | {"tools": [5]}, "tools"),
    (HOME | {"tools": [TOOL, TOOL]}, "tools"),
    (HOME | {"tools": [TOOL | {"name": str(n)} for n in range(65)]}, "tools"),
    (HOME | {"tools": [TOOL | {"name": " "}]}, "tools"),
    (HOME | {"tools": [TOOL | {"name": None}]}, "name"),
    (HOME | {"tools": [TOOL | {"name": "x" * 257}]}, "name"),
    (HOME | {"tools": [TOOL | {"description": 5}]}, "description"),
    (HOME | {"tools": [TOOL | {"parameters": []}]}, "parameters"),
    (HOME | {"tools": [TOOL | {"description": "x" * 33_000}], "prompt": "x" * 33_000}, "tools"),
    (HOME | {"tools": [TOOL | {"parameters": {"x": "ä" * 33_000}}]}, "tools"),
    (HOME | {"prompt": 5}, "prompt"),
    (HOME | {"prompt": "x" * 65_537}, "prompt"),
    (HOME | {"phrases": "on"}, "phrases"),
    (HOME | {"phrases": [5]}, "phrases"),
    (HOME | {"phrases": ["x"] * 2_001}, "phrases"),
    (HOME | {"phrases": ["x" * 1_000] * 66}, "phrases"),
    (HOME | {"phrases": ["\ud800"]}, "Unicode"),
    (HOME | {"patience": "endless"}, "patience"),
    ({"type": "answerDelta", "text": "x"}, "id"),
    ({"type": "answerDelta", "id": 5, "text": "x"}, "id"),
    ({"type": "answerDelta", "id": "x" * 257, "text": "x"}, "id"),
    ({"type": "answerDelta", "id": "1"}, "text"),
    ({"type": "answerDelta", "id": "1", "text": "x" * 32_769}, "text"),
    ({"type": "answerDelta", "id": "1", "text": "\ud800"}, "text"),
    ({"type": "answerEnd"}, "id"),
    ({"type": "answerEnd", "id": "1", "text": []}, "text"),
    ({"type": "answerEnd", "id": "1", "error": True}, "error"),
    ({"type": "answerEnd", "id": "1", "continueConversation": 1}, "continueConversation"),
    ({"type": "toolResult", "data": 5}, "id"),
    ({"type": "toolResult", "id": "1", "data": 5, "isError": "no"}, "isError"),
    ({"type": "say"}, "text"),
    ({"type": "say", "text": "ä" * 16_385}, "text"),
    ({"type": "say", "text": "x", "language": 5}, "language"),
    ({"type": "say", "text": "x", "language": "x"}, "language"),
    ({"type": "say", "text": "x", "isFinal": 0}, "isFinal"),
    ({"type": "userText"}, "text"),
    ({"type": "userText", "text": " \n"}, "text"),
]


@pytest.mark.parametrize("first", range(0, len(BAD), 12))
async def test_each_violation_gets_an_error_and_keeps_the_connection(first: int):
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        for number, (message, name) in enumerate(BAD[first : first + 12], 1):
            await caller.send(message)
            error = await caller.wait("error", number)
            assert (error["code"], error["isFatal"]) == (4400, False)
            assert name in error["message"], message
            assert "xxx" not in error["message"]
        await caller.say(0x10)
        await end(caller, await asked(caller), text="Fine.")
        await caller.wait(AE)


async def test_deep_nesting_is_refused():
    async with serving() as (_, url), link(url, AGENT, KEY) as caller:
        deep = '{"a":' * 50_000 + "1" + "}" * 50_000
        await caller.send(json.dumps(HOME | {"tools": [TOOL]}).replace("{}", deep))
        assert (await caller.wait("error"))["code"] == 4400


async def test_too_many_violations_end_the_connection():
    async with serving(limits=Limits(bad_messages=5)) as (_, url), link(url, AGENT, KEY) as caller:
        await caller.send(*[{"type": "say"}] * 6)
        assert await caller.wait_closed() == 1008
        assert [error["isFatal"] for error in caller.of("error")] == [False] * 5 + [True]


async def test_everything_within_the_limits_is_accepted():
    offer = {
        "tools": [TOOL | {"name": f"tool {n}", "description": "x" * 500} for n in range(64)],
        "prompt": "ä" * 10_000,
        "phrases": ["Turn on the lights"] * 2_000,
        "patience": "patient",
        "more": {},
    }
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY, offer=offer) as caller:
        await caller.send(HOME | dict.fromkeys(("tools", "prompt", "phrases", "patience")))
        await caller.send({"type": "somethingNew", "data": [1, 2]})
        await caller.say(0x10)
        await delta(caller, await asked(caller), "x" * 32_768)
        await caller.wait(A)
        assert caller.codes == []


async def test_phrases_are_not_logged(caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG", "agent_server")
    offer = {"phrases": ["My secret lamp"], "prompt": "My secret lamp"}
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY, offer=offer) as caller:
        await caller.send(HOME | {"phrases": ["My secret lamp", 5]})
        await caller.wait("error")
        await caller.say(0x10)
        await end(caller, await asked(caller), text="Done.")
        await caller.wait(AE)
    assert "secret" not in caplog.text + json.dumps(caller.messages)


async def test_a_flood_of_messages_is_ended():
    limits = Limits(home_messages=100, home_rate=0.1)
    async with serving(limits=limits) as (_, url), link(url, AGENT, KEY) as caller:
        with suppress(aiohttp.ClientError):
            for _ in range(200):
                await delta(caller, "1", "x")
        assert await caller.wait_closed() == 1008
        (error,) = caller.of("error")
        assert (error["code"], error["isFatal"]) == (4400, True)


async def test_audio_with_junk_counts_as_messages():
    junk = json.dumps(audio_in(b"\x10" * 160) | {"x": [[]] * 50_000})
    limits = Limits(home_messages=100, home_rate=0.1)
    async with serving(limits=limits) as (_, url), link(url, AGENT, KEY) as caller:
        await caller.send(junk)
        await caller.say(0x10)
        await caller.wait(AE)
        with suppress(aiohttp.ClientError):
            await caller.send(*[junk] * 3)
        assert await caller.wait_closed() == 1008
        (error,) = caller.of("error")
        assert (error["code"], error["isFatal"]) == (4400, True)


async def test_a_pause_that_continues_after_a_home_link_turn():
    """A turn continues until the home is asked, as without a home."""
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await hesitate(caller, 0x10)
        await hesitate(caller, 0x11)
        await caller.play(PAUSE)
        await asked(caller)
        assert caller.of("ask")[0]["text"] == "w10 w11"
