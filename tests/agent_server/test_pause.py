"""A pause that may or may not end the turn."""

from agent_server.brain import Exchange

from .calling import RATE, SILENCE, Caller, call, eventually
from .serving import AGENT, KEY, Answers, ByteVoice, FakeEngines, make_engines, serving
from .test_dialogue import AE, RAW, SAID, SAYS, A, E, N, S, pause

PAUSE = bytes([SILENCE]) * round(0.4 * RATE)
"""Long enough to begin with an answer, too short to end the turn of 0.6 s."""


def parts(engines: FakeEngines) -> tuple[Answers, ByteVoice]:
    brain, voice = engines.brain, engines.voice
    return brain, voice


async def hesitate(caller: Caller, byte: int) -> None:
    await caller.play(bytes([byte]) * RATE + PAUSE)


async def test_an_answer_is_ready_when_the_pause_ends_the_turn():
    engines = make_engines(lambda _: "One two. Three four.")
    brain, voice = parts(engines)
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await hesitate(caller, 0x10)
        await eventually(lambda: voice.pieces > 0)
        await pause()
        assert caller.types == ["init", S]  # Not reported yet.
        voice.hold.clear()  # The rest is prepared already.
        await caller.play(PAUSE)
        await caller.wait(A)
        assert [kind for kind in caller.types if kind != SAYS] == ["init", S, E, SAID, N, A]
        assert caller.types.index(SAID) < caller.types.index(SAYS) < caller.types.index(N)
        voice.hold.set()
        await caller.wait(AE)
        assert [words["message"] for words in caller.of(SAYS)] == ["One two.", "Three four."]
        assert brain.histories == [[]]


async def test_an_answer_to_an_unfinished_turn_is_forgotten():
    engines = make_engines()
    brain, voice = parts(engines)
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await hesitate(caller, 0x10)
        await eventually(lambda: voice.pieces > 0)
        await caller.say(0x11)
        await caller.wait(AE)
        assert [words["message"] for words in caller.of(SAID)] == ["w10 w11"]
        assert [words["message"] for words in caller.of(SAYS)] == ["you said w10 w11."]
        assert [kind for kind in caller.types if kind not in {SAYS, A}] == [
            *("init", S, E, SAID, N, AE)
        ]
        await caller.say(0x12)
        await caller.wait(AE, 2)
        (exchange,) = brain.histories[-1]
        assert exchange == Exchange("w10 w11", exchange.agent)


async def test_a_failure_is_reported_when_the_turn_is_over():
    engines = make_engines(lambda text: "mute" if text == "w10" else "fine")
    brain, _ = parts(engines)
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await hesitate(caller, 0x10)
        await eventually(lambda: len(brain.histories) > 0)
        await pause()
        assert caller.types == ["init", S]
        await caller.play(PAUSE)
        await caller.wait("error")
        assert caller.codes == [3002]
        await caller.say(0x11)
        await caller.wait(AE)
        assert caller.of(SAID)[-1]["message"] == "w11"


async def test_a_failure_in_an_unfinished_turn_is_not_reported():
    engines = make_engines(lambda text: "mute" if text == "w10" else "fine")
    brain, _ = parts(engines)
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await hesitate(caller, 0x10)
        await eventually(lambda: len(brain.histories) > 0)
        await caller.say(0x11)
        await caller.wait(AE)
        assert caller.codes == []
        assert [words["message"] for words in caller.of(SAID)] == ["w10 w11"]


async def test_a_noise_in_the_middle_of_a_sentence():
    async with serving() as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await hesitate(caller, 0x30)
        await pause()
        await caller.say(0x11)
        await caller.wait(AE)
        assert [words["message"] for words in caller.of(SAID)] == ["w30 w11"]


async def test_a_caller_who_hangs_up_in_a_pause():
    engines = make_engines()
    _, voice = parts(engines)
    async with serving(engines) as (server, url):
        async with call(url, AGENT, KEY, **RAW) as caller:
            await hesitate(caller, 0x10)
            await eventually(lambda: voice.pieces > 0)
        await eventually(lambda: server.conversations == 0)
