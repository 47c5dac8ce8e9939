"""Backchannels while the agent speaks: it repeats the sentence from its start."""

from agent_server.brain import Exchange

from .calling import Caller, call, eventually
from .serving import AGENT, KEY, make_engines, serving
from .test_dialogue import AE, RAW, SAID, SAYS

INTERRUPTED = "onAgentInterrupted"
FIRST, SECOND = "One two three four.", "Five six seven eight nine ten eleven twelve."


def said(caller: Caller) -> list[str]:
    return [message["message"] for message in caller.of(SAYS)]


async def test_the_agent_continues_after_a_noise():
    engines = make_engines(lambda _: f"{FIRST} {SECOND}")
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await caller.say(0x20)
        await caller.wait(AE)
        await caller.say(0x30)
        await caller.wait(AE, 2)
        assert len(caller.of(INTERRUPTED)) == 1
        # From the start of the sentence that was playing.
        assert said(caller)[2:] in ([FIRST, SECOND], [SECOND])
        assert len(caller.of(SAID)) == 1
        assert len(engines.brain.histories) == 1
        await caller.say(0x21)
        await caller.wait(SAID, 2)
        await eventually(lambda: len(engines.brain.histories) == 2)
        (exchange,) = engines.brain.histories[-1]
        assert exchange == Exchange("w20", exchange.agent)


async def test_words_are_answered():
    engines = make_engines(lambda _: f"{FIRST} {SECOND}")
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await caller.say(0x20)
        await caller.wait(AE)
        await caller.say(0x21)
        await caller.wait(AE, 2)
        assert [message["message"] for message in caller.of(SAID)] == ["w20", "w21"]
        await caller.say(0x30)
        await caller.wait(AE, 3)
        assert len(caller.of(SAID)) == 2


async def test_a_sound_after_a_question_is_its_answer():
    engines = make_engines(lambda _: "Shall I really turn off all of the lights in the house?")
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await caller.say(0x20)
        await caller.wait(AE)
        await caller.say(0x30)
        await caller.wait(INTERRUPTED)
        await caller.say(0x21)
        await caller.wait(SAID, 2)
        types = [message["type"] for message in caller.messages]
        _, second = (number for number, name in enumerate(types) if name == SAID)
        assert SAYS not in types[types.index(INTERRUPTED) : second]


async def test_a_short_sound_does_not_interrupt():
    engines = make_engines(lambda _: f"{FIRST} {SECOND}")
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await caller.say(0x20)
        await caller.wait(AE)
        await caller.say(0x22, 0.12)
        await caller.say(0x21)
        await caller.wait(SAID, 2)
        assert len(caller.of("voiceActivityStart")) == 2
