"""Push to talk over the wire: the client says when the user holds a button."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agent_server.audio import mulaw_encode
from agent_server.brain.builtin import BuiltinBrain
from agent_server.registry import Engines
from agent_server.stt.blocking import BlockingSpeechToText
from agent_server.tts.blocking import BlockingTextToSpeech
from agent_server.turn_detection.endpointing import Endpointer
from tests.recordings import RATE, REQUESTS, word_errors

from .calling import SILENCE, Caller, call, link
from .serving import AGENT, KEY, serving
from .test_dialogue import AE, RAW, SAID, E, S, pause

VAD = {"enableVad": True, **RAW}
OFFER = {"answers": False}
QUIET = bytes([SILENCE]) * RATE


async def hold(caller: Caller, *, on: Any) -> None:
    await caller.send({"type": "hold", "on": on})


def heard(caller: Caller) -> list[str]:
    return [message["message"] for message in caller.of(SAID)]


async def test_release_ends_the_turn_and_no_pause_does():
    async with serving() as (_, url), link(url, AGENT, KEY, offer=OFFER, **VAD) as caller:
        await hold(caller, on=True)
        await caller.play(QUIET + b"\x10" * RATE + 3 * QUIET + b"\x11" * RATE)
        await caller.wait(S)
        await pause()
        assert E not in caller.types
        await hold(caller, on=False)
        await caller.wait(AE)
        assert heard(caller) == ["w10 w11"]
        assert caller.types[:5] == ["init", "agent", S, E, SAID]
        assert caller.codes == []


async def test_button_that_is_released_without_speech():
    async with serving() as (_, url), link(url, AGENT, KEY, offer=OFFER, **VAD) as caller:
        for _ in range(2):
            await hold(caller, on=True)
            await caller.play(QUIET)
            await hold(caller, on=False)
        await caller.say(0x10)
        await caller.wait(AE)
        assert heard(caller) == ["w10"]
        assert caller.types[:5] == ["init", "agent", S, E, SAID]
        assert caller.codes == []


async def test_turns_follow_each_other():
    async with serving() as (_, url), link(url, AGENT, KEY, offer=OFFER, **VAD) as caller:
        for number in (1, 2):
            await hold(caller, on=True)
            await caller.play(bytes([0x10 + number]) * RATE)
            await hold(caller, on=False)
            await caller.wait(AE, number)
        assert heard(caller) == ["w11", "w12"]


@pytest.mark.parametrize("on", [None, "true", 1, [], {}])
async def test_value_that_is_refused(on: Any):
    async with serving() as (_, url), link(url, AGENT, KEY, offer=OFFER, **VAD) as caller:
        await hold(caller, on=on)
        error = await caller.wait("error")
        assert (error["code"], error["isFatal"]) == (4400, False)
        assert "on must be true or false" in error["message"]
        await caller.say(0x10)
        await caller.wait(AE)


async def test_client_without_the_home_link_cannot_hold():
    async with serving() as (_, url), call(url, AGENT, KEY, **VAD) as caller:
        await hold(caller, on=True)
        assert (await caller.wait("error"))["code"] == 4400
        await caller.say(0x10)
        await caller.wait(AE)


@pytest.fixture
def engines(make_detector, transcriber, voice) -> Engines:
    """The real engines with the built-in brain."""
    return Engines(
        lambda: Endpointer(make_detector()),
        lambda threads: BlockingSpeechToText(transcriber, threads),
        {"builtin": BuiltinBrain},
        lambda threads: BlockingTextToSpeech(voice, threads),
    )


def speech(name: str) -> NDArray[np.int16]:
    """Return a request without the silence around it."""
    pcm = REQUESTS[name].pcm
    loud = np.flatnonzero(np.abs(pcm) > 1_000)
    return pcm[loud[0] : loud[-1]]


def in_a_loud_room(audio: NDArray[np.int16]) -> bytes:
    """Mix a recording with noise of -35 dB."""
    noise = np.random.default_rng(5).normal(0, 580, audio.size)
    return mulaw_encode(np.clip(audio + noise, -32_768, 32_767).astype(np.int16))


async def test_pause_in_a_loud_room_and_a_release_after_the_last_word(engines: Engines):
    request, addition = speech("turn-on-lamp"), speech("what-time")
    spoken = np.concatenate([request, np.zeros(3 * RATE, np.int16), addition])
    async with serving(engines) as (_, url), link(url, AGENT, KEY, offer=OFFER, **VAD) as caller:
        await hold(caller, on=True)
        await caller.play(in_a_loud_room(spoken))
        await hold(caller, on=False)
        await caller.wait(AE)
        assert caller.types[:5] == ["init", "agent", S, E, SAID]
        said = "turn on the living room lamp what time is it"
        assert word_errors(heard(caller)[0], said) <= 1


async def test_same_request_without_a_button_is_two_turns(engines: Engines):
    request, addition = speech("turn-on-lamp"), speech("what-time")
    spoken = np.concatenate([request, np.zeros(3 * RATE, np.int16), addition])
    async with serving(engines) as (_, url), link(url, AGENT, KEY, offer=OFFER, **VAD) as caller:
        await caller.play(in_a_loud_room(spoken))
        await caller.wait(S, 2)
