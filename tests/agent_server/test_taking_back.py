"""An answer that came too early, because the user had only paused."""

from agent_server.brain import Exchange
from agent_server.limits import Limits

from .calling import HOME_LINK, Caller, call, connect, eventually
from .serving import AGENT, KEY, make_engines, serving
from .test_dialogue import AE, RAW, SAID, SAYS, A, S

INTERRUPTED = "onAgentInterrupted"
LATER = Limits(take_back=0.0)
SOON = Limits(take_back=60.0)
"""Longer than the test runs."""


def long_answer(text: str) -> str:
    return f"you said {text}. " + "and much more. " * 20


async def ask_twice(caller: Caller) -> None:
    await caller.say(0x10)
    await caller.wait(A)
    await caller.say(0x11)
    await caller.wait(SAID, 2)
    await caller.wait(AE, 2)


def words(caller: Caller, kind: str) -> list[str]:
    return [message["message"] for message in caller.of(kind)]


async def test_the_sentence_is_joined_and_answered_once():
    engines = make_engines(long_answer)
    async with (
        serving(engines, limits=SOON) as (_, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await ask_twice(caller)
        assert words(caller, SAID) == ["w10", "w10 w11"]
        assert [message["updatedMessage"] for message in caller.of(INTERRUPTED)] == [""]
        # Nothing of the first answer counts as said.
        assert engines.brain.histories[-1] == []
        types = caller.types
        assert types.index(INTERRUPTED) < types.index(AE) < types.index(S, types.index(A))
        await caller.say(0x12)
        await caller.wait(SAID, 3)
    assert words(caller, SAID)[-1] == "w10 w11 w12"


async def test_a_later_interruption_begins_a_new_turn():
    engines = make_engines(long_answer)
    async with (
        serving(engines, limits=LATER) as (_, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await ask_twice(caller)
        assert words(caller, SAID) == ["w10", "w11"]
        (exchange,) = engines.brain.histories[-1]
        assert exchange == Exchange("w10", exchange.agent)


async def test_an_answer_that_was_heard_to_its_end_is_not_taken_back():
    engines = make_engines(lambda _: "yes")
    async with (
        serving(engines, limits=SOON) as (server, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await caller.say(0x10)
        await caller.wait(AE)
        (client,) = server._clients._talking.values()
        await eventually(lambda: not client._responder.is_speaking)
        await caller.say(0x11)
        await caller.wait(SAID, 2)
    assert words(caller, SAID) == ["w10", "w11"]


async def test_a_noise_in_the_middle_gets_the_same_answer_again():
    engines = make_engines(long_answer)
    async with (
        serving(engines, limits=SOON) as (_, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await caller.say(0x20)
        await caller.wait(A)
        await caller.say(0x30)
        await caller.wait(AE, 2)
        assert words(caller, SAID) == ["w20", "w20"]
        assert words(caller, SAYS)[0] == words(caller, SAYS)[-21]


async def test_what_the_home_has_done_is_not_done_again():
    """Its answer counts as said, and only the rest of the sentence is asked."""
    async with (
        serving(brain="home", limits=SOON) as (_, url),
        connect(url, AGENT, [HOME_LINK]) as caller,
    ):
        await caller.setup(KEY, enableVad=True, **RAW)
        await caller.send({"type": "home", "language": "en", "answers": True})
        await caller.say(0x10)
        ask = await caller.wait("ask")
        assert ask["text"] == "w10"
        await caller.send({"type": "answerEnd", "id": ask["id"], "text": "Done. " * 50})
        await caller.wait(A)
        await caller.say(0x11)
        assert (await caller.wait("ask", 2))["text"] == "w11"


async def test_what_the_home_did_not_understand_is_asked_as_a_whole():
    async with (
        serving(brain="auto", limits=SOON) as (_, url),
        connect(url, AGENT, [HOME_LINK]) as caller,
    ):
        await caller.setup(KEY, enableVad=True, **RAW)
        await caller.send({"type": "home", "language": "en", "answers": True})
        await caller.say(0x10)
        ask = await caller.wait("ask")
        await caller.send({"type": "answerEnd", "id": ask["id"], "error": "not_understood"})
        await caller.wait(A)
        await caller.say(0x11)
        assert (await caller.wait("ask", 2))["text"] == "w10 w11"
