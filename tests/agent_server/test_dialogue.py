"""Turns, interruptions and failures, in the order in which a client sees them."""

import asyncio
import gc
import json
import struct
from typing import Any

import pytest

from agent_server.brain import Exchange
from agent_server.limits import Limits

from .calling import PATIENCE, RATE, SILENCE, Caller, audio_in, call, link
from .serving import (
    AGENT,
    KEY,
    OTHER_AGENT,
    OTHER_KEY,
    WORD_SECONDS,
    make_engines,
    serving,
)
from .usage import memory_and_threads

S, E, N = "voiceActivityStart", "voiceActivityEnd", "newAudioStream"
A, AE = "audioStream", "audioStreamEnd"
SAID, SAYS = "onUserTranscript", "onAgentTranscript"
RAW = {"outputFormat": "raw", "outputSampleRate": 8_000}

DOCUMENT: dict[str, set[str]] = {
    N: set(),
    A: {"data"},
    S: set(),
    E: set(),
    "error": {"code", "message"},
}
"""All messages that the document allows a server to send, with their fields."""


def seconds(audio: bytes) -> float:
    return len(audio) / 2 / 8_000


async def pause() -> None:
    """Give the server time to send more; the test then checks that it has not."""
    await asyncio.sleep(0.3)


async def test_order_of_a_turn():
    async with serving() as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        types = [kind for kind in caller.types if kind != SAYS]
        assert types == ["init", S, E, SAID, N, A, AE]
        assert caller.of(SAID)[0]["message"] == "w10"
        assert [words["message"] for words in caller.of(SAYS)] == ["you said w10."]
        assert seconds(caller.audio()) == pytest.approx(3 * WORD_SECONDS, abs=0.02)
        assert max(struct.unpack("<100h", caller.audio()[2000:2200])) == 8192


async def test_without_voice_activity():
    async with serving() as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        assert not {S, E} & set(caller.types)


async def test_turns_follow_each_other():
    async with serving() as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        for number in range(1, 4):
            await caller.say(0x10 + number)
            await caller.wait(AE, number)
            assert caller.of(SAID)[-1]["message"] == f"w{0x10 + number:02x}"
        assert len(caller.of(N)) == 3


async def test_one_message_may_hold_everything():
    async with serving() as (_, url), call(url, AGENT, KEY, enableVad=True) as caller:
        await caller.send(audio_in(b"\x10" * RATE + b"\xff" * RATE))
        await caller.wait(AE)


async def test_sentence_by_sentence():
    engines = make_engines(lambda _: ["One sen", "tence. And", " another", " one. And a rest"])
    async with serving(engines) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        assert [words["message"] for words in caller.of(SAYS)] == [
            "One sentence.",
            "And another one.",
            "And a rest",
        ]
        assert caller.types.count(N) == caller.types.count(AE) == 1


async def test_pauses_within_speech_are_one_turn():
    async with serving() as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        silence = bytes([SILENCE]) * (RATE // 2)
        await caller.play(b"\x10" * RATE + silence + b"\x11" * RATE + silence + b"\x12" * RATE)
        await caller.say(0x13)
        await caller.wait(AE)
        assert caller.of(SAID)[0]["message"] == "w10 w11 w12 w13"
        assert [kind for kind in caller.types if kind in {S, E}] == [S, E]


async def test_speaking_before_the_reply_continues_the_turn():
    engines = make_engines()
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True) as caller:
        voice = engines.voice
        voice.hold.clear()
        await caller.say(0x10)
        await caller.wait(SAID)
        await caller.say(0x11)
        await caller.wait(SAID, 2)
        voice.hold.set()
        await caller.wait(AE)
        await pause()
        assert [said["message"] for said in caller.of(SAID)] == ["w10", "w10 w11"]
        assert [kind for kind in caller.types if kind in {S, E, N}] == [S, E, S, E, N]
        brain = engines.brain
        assert brain.histories == [[], []]


async def test_speaking_over_a_reply_interrupts_it():
    engines = make_engines(lambda text: "w " * 200 if "w10" in text else "short")
    brain = engines.brain
    async with serving(engines) as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait(A, 5)
        await caller.say(0x11)
        await caller.wait(AE, 2)
        after = caller.types[caller.types.index(S, caller.types.index(N)) :]
        assert [kind for kind in after if kind != SAYS] == [S, E, SAID, N, A, AE]
        interrupted = caller.types.index("onAgentInterrupted")
        assert caller.types[interrupted + 1 : interrupted + 3] in ([AE, S], [S, E])
        (message,) = caller.of("onAgentInterrupted")
        assert brain.histories[1] == [Exchange("w10", message["updatedMessage"])]
        # Only a small part of it was heard.
        assert len(message["updatedMessage"].split()) < 100
        assert seconds(caller.audio(2)) == pytest.approx(WORD_SECONDS, abs=0.02)


async def test_an_interrupted_voice_stops_working():
    engines = make_engines(lambda text: "w " * 5000 if "w10" in text else "short")
    voice = engines.voice
    limits = Limits(reply=10_000, take_back=0.0)
    async with serving(engines, limits=limits) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait(A, 5)
        await caller.say(0x11)
        await caller.wait(AE, 2)
        pieces = voice.pieces
        assert pieces < 25_000
        await pause()
        assert voice.pieces == pieces


async def test_a_reply_that_was_heard_is_remembered_as_a_whole():
    engines = make_engines(lambda _: "all right")
    async with serving(engines) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        await asyncio.sleep(2 * WORD_SECONDS + 0.1)
        await caller.say(0x11)
        await caller.wait(AE, 2)
        assert caller.of("onAgentInterrupted") == []
        brain = engines.brain
        assert brain.histories == [[], [Exchange("w10", "all right")]]


async def test_a_noise_gets_no_reply():
    async with serving() as (_, url), call(url, AGENT, KEY, enableVad=True, **RAW) as caller:
        await caller.say(0x30)
        await caller.wait(E)
        await pause()
        assert caller.types == ["init", S, E]
        await caller.say(0x10)
        await caller.wait(AE)
        assert caller.of(SAID)[0]["message"] == "w10"


async def test_greeting():
    async with (
        serving(greeting="Good morning.") as (_, url),
        call(url, AGENT, KEY, **RAW) as caller,
    ):
        await caller.wait("onAgentGreetingEnd")
        assert caller.types == ["init", "onAgentGreeting", N, A, AE, "onAgentGreetingEnd"]
        assert caller.of("onAgentGreeting")[0]["message"] == "Good morning."
        await caller.say(0x10)
        await caller.wait(AE, 2)


async def test_a_greeting_can_be_interrupted():
    async with serving(greeting="w " * 400) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await caller.wait(A, 3)
        await caller.say(0x10)
        await caller.wait(SAID)
        await caller.wait(AE, 2)
        assert caller.types.index("onAgentGreetingEnd") < caller.types.index(SAID)
        assert len(caller.of("onAgentInterrupted")) == 1


@pytest.mark.parametrize(
    ("byte", "answer", "code"),
    [
        (0x31, "fine", 3001),  # Speech-to-text fails at this word.
        (0x00, "fine", 3001),  # The detector fails at this level.
        (0x10, "mute", 3002),
        (0x10, "bug", 3002),
        (0x32, "fine", 3003),
        (0x10, "", 3003),
    ],
)
async def test_failures_end_the_turn_and_not_the_conversation(byte: int, answer: str, code: int):
    engines = make_engines(lambda text: answer if text == "w10" else "fine")
    async with serving(engines) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(byte)
        error = await caller.wait("error")
        assert error["code"] == code
        assert error["isFatal"] is False
        await pause()
        assert caller.codes == [code]
        assert N not in caller.types
        await caller.say(0x12)
        await caller.wait(AE)
        assert caller.of(SAYS)[-1]["message"] == "fine"


async def test_a_codec_that_fails(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no codec")

    monkeypatch.setattr("agent_server.wire.session.encoder", broken)
    async with serving() as (_, url), call(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        error = await caller.wait("error")
        assert (error["code"], error["isFatal"]) == (3004, False)


async def test_an_unexpected_failure(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("agent_server.conversation.inbox.Inbox.put", broken)
    async with serving() as (server, url), call(url, AGENT, KEY) as caller:
        await caller.send(audio_in(b"\xff"))
        error = await caller.wait("error")
        assert (error["code"], error["isFatal"]) == (5001, True)
        assert await caller.wait_closed() == 1011
        assert "a bug" not in json.dumps(error)
        assert server.conversations == 0


async def test_what_was_spoken_before_a_failure_is_heard():
    engines = make_engines(lambda _: "One sentence. Then mute.")
    async with serving(engines) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait("error")
        assert caller.codes == [3002]
        assert caller.types.count(AE) == 1
        assert seconds(caller.audio()) == pytest.approx(3 * WORD_SECONDS, abs=0.02)


async def test_an_engine_that_hangs():
    engines = make_engines()
    voice = engines.voice
    voice.hold.clear()
    limits = Limits(engine=0.5)
    async with serving(engines, limits=limits) as (_, url), call(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        assert (await caller.wait("error"))["code"] == 3002
        voice.hold.set()


async def test_a_reply_has_a_longest_duration():
    engines = make_engines(lambda _: "w " * 1000)
    limits = Limits(reply=2.0)
    async with serving(engines, limits=limits) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        assert 2 <= seconds(caller.audio()) < 3


async def every_situation(caller: Caller) -> None:
    """Greeting, turns, interruption, bad messages, failures."""
    await caller.wait(A)
    await caller.say(0x10)
    await caller.wait(E)
    await caller.say(0x11)
    await caller.wait(N, 2)
    await caller.send("no JSON", b"binary", {"type": "setup"}, audio_in(b"") | {"data": 5})
    await caller.wait("error", 4)
    for number, byte in enumerate((0x31, 0x00, 0x32), 5):
        await asyncio.sleep(1.5)  # Until the reply was heard.
        await caller.say(byte)
        await caller.wait("error", number)


async def test_document_only_is_the_document_and_nothing_else():
    async with (
        serving(greeting="Hello there.", document_only=True) as (_, url),
        call(url, AGENT, KEY, enableVad=True) as caller,
    ):
        await every_situation(caller)
        for message in caller.messages:
            assert message.keys() - {"type"} == DOCUMENT[message["type"]]
        assert caller.codes == [5001] * 4 + [3001, 3001, 3003]


async def test_without_voice_activity_the_document_has_audio_only():
    async with serving(document_only=True) as (_, url), call(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await caller.wait(A)
        await pause()
        assert set(caller.types) == {N, A}


async def test_two_conversations_do_not_mix():
    engines = make_engines()
    async with (
        serving(engines) as (_, url),
        call(url, AGENT, KEY, **RAW) as one,
        call(url, OTHER_AGENT, OTHER_KEY, outputFormat="flac") as two,
    ):
        await asyncio.gather(one.say(0x10), two.say(0x20))
        await asyncio.gather(one.wait(AE), two.wait(AE))
        assert one.of(SAID)[0]["message"] == "w10"
        assert two.of(SAID)[0]["message"] == "w20"
        assert two.audio()[:4] == b"fLaC"


async def test_a_server_that_stops_hangs_up():
    async with serving() as (server, url), call(url, AGENT, KEY) as caller:
        await caller.wait("init")
        async with asyncio.timeout(PATIENCE):
            await server.stop()
        assert await caller.wait_closed() == 1001
        assert caller.types == ["init", "hangup"]
        assert caller.of("hangup")[0]["endedBy"] == "system"


async def test_hundreds_of_replies_leave_neither_memory_nor_threads():
    engines = make_engines(lambda _: "w")
    async with serving(engines) as (_, url), link(url, AGENT, KEY, outputFormat="mp3") as caller:
        gc.collect()
        gc.disable()  # The codecs must be freed without the collector.
        try:
            for number in range(1, 331):
                await caller.send({"type": "userText", "text": "again"})
                await caller.wait(AE, number)
                if number == 30:
                    memory, threads = memory_and_threads()
            memory_after, threads_after = memory_and_threads()
            assert memory_after - memory < 30_000_000  # A codec occupies up to 7 MB.
            assert threads_after - threads < 20  # The pools may not be full at first.
        finally:
            gc.enable()
