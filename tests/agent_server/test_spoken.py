"""The whole agent with its real engines: people ask, and its own voice is transcribed."""

import io
from dataclasses import replace

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from agent_server.audio import mulaw_decode, mulaw_encode
from agent_server.brain.builtin import BuiltinBrain
from agent_server.registry import Engines
from agent_server.stt.blocking import BlockingSpeechToText
from agent_server.tts.blocking import BlockingTextToSpeech
from agent_server.turn_detection.endpointing import Endpointer
from tests.recordings import RECORDINGS, Recording, plain, word_errors
from tests.recordings.people import PHRASES
from tests.recordings.people import recording as command

from .calling import SILENCE, Caller, call, link
from .listening import hear
from .serving import AGENT, KEY, Answers, serving

REPLY = "Good morning! What can I do for you?"
SECOND = bytes([SILENCE]) * 16_000


@pytest.fixture
def engines(make_detector, transcriber, voice) -> Engines:
    """The real engines with the built-in brain."""
    return Engines(
        lambda: Endpointer(make_detector()),
        lambda threads: BlockingSpeechToText(transcriber, threads),
        {"builtin": BuiltinBrain},
        lambda threads: BlockingTextToSpeech(voice, threads),
    )


@pytest.fixture
def greeter(engines: Engines) -> Engines:
    """The real engines with one answer to everything."""
    return replace(engines, brains={"builtin": lambda: Answers(lambda _: REPLY)})


def recording(name: str) -> Recording:
    return next(found for found in RECORDINGS if found.name == name)


def speech(part: Recording) -> NDArray[np.int16]:
    """Return a recording without the silence around it."""
    loud = np.flatnonzero(np.abs(part.pcm) > 1_000)
    return part.pcm[loud[0] : loud[-1]]


async def ask(caller: Caller, *recordings: Recording, pause: float = 0.5) -> str:
    """Ask with recordings and pauses between them; return the agent's transcript."""
    number = len(caller.of("onUserTranscript")) + 1
    replies = len(caller.of("audioStreamEnd")) + 1
    for n, part in enumerate(recordings):
        if n:
            await caller.play(SECOND[: round(pause * len(SECOND))])
        await caller.play(mulaw_encode(speech(part) if len(recordings) > 1 else part.pcm))
    await caller.play(SECOND * 2)  # Longer than the longest pause of a turn.
    await caller.wait("audioStreamEnd", replies)
    return str((await caller.wait("onUserTranscript", number))["message"])


def decode(data: bytes, output_format: str, rate: int) -> tuple[NDArray[np.float32], int]:
    """Decode a reply in any format; return its samples and their rate."""
    if output_format == "raw":
        return (np.frombuffer(data, "<i2") / 32768).astype(np.float32), rate
    if output_format == "mulaw":
        return mulaw_decode(data), rate
    with av.open(io.BytesIO(data), "r") as container:
        resampler = av.AudioResampler("flt", "mono")
        pieces = [
            piece.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for piece in resampler.resample(frame)
        ]
        return np.concatenate(pieces), container.streams.audio[0].rate


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("output_format", ["raw", "mp3", "wav", "ogg", "flac", "mulaw"])
async def test_the_answer_is_understood(greeter, transcriber, voice, output_format, rate):
    spoken = sum(piece.size for sentence in REPLY.split("! ") for piece in voice.speak(sentence))
    async with (
        serving(greeter) as (_, url),
        call(url, AGENT, KEY, outputFormat=output_format, outputSampleRate=rate) as caller,
    ):
        await ask(caller, recording("goforward"))
        audio, decoded_rate = decode(caller.audio(), output_format, rate)
    assert decoded_rate == (48_000 if output_format == "ogg" else rate)
    assert audio.size / decoded_rate == pytest.approx(spoken / voice.sample_rate, abs=0.4)
    assert plain(hear(transcriber, audio, decoded_rate)) == plain(REPLY)


async def test_human_voices_are_understood(engines):
    errors = words = 0
    async with serving(engines) as (_, url):
        for one in RECORDINGS:
            async with call(url, AGENT, KEY) as caller:
                errors += word_errors(await ask(caller, one), one.words)
                words += len(plain(one.words))
    assert errors <= 0.15 * words


async def test_an_answer_fits_the_question(engines):
    async with serving(engines) as (_, url), call(url, AGENT, KEY) as caller:
        heard = await ask(caller, recording("something"))
        answer = str((await caller.wait("onAgentTranscript"))["message"])
        assert heard.rstrip(".").lower() not in answer.lower()


async def test_a_pause_of_half_a_second_does_not_end_the_turn(engines):
    parts = [recording("goforward"), recording("something"), recording("cards-001")]
    async with (
        serving(engines) as (_, url),
        call(url, AGENT, KEY, enableVad=True) as caller,
    ):
        heard = await ask(caller, *parts)
        assert len(caller.of("voiceActivityStart")) == len(caller.of("voiceActivityEnd")) == 1
        assert word_errors(heard, " ".join(part.words for part in parts)) <= 4


async def test_interruption_by_a_voice(engines):
    long = [recording("austen-0870"), recording("austen-0920")]
    async with (
        serving(engines) as (_, url),
        call(url, AGENT, KEY, enableVad=True) as caller,
    ):
        await ask(caller, *long)
        await ask(caller, recording("cards-001"))
        types = caller.types
        began = len(types) - 1 - types[::-1].index("voiceActivityStart")
        assert "onAgentInterrupted" in types[:began]
        assert "audioStream" not in types[began : types.index("newAudioStream", began)]


async def test_music_and_silence_get_no_answer(engines):
    times = np.arange(32_000) / 16_000
    tone = (8000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
    async with serving(engines) as (_, url), call(url, AGENT, KEY) as caller:
        await caller.play(SECOND * 3 + mulaw_encode(tone) + SECOND)
        heard = await ask(caller, recording("goforward"))
        assert word_errors(heard, recording("goforward").words) <= 2
        assert len(caller.of("onUserTranscript")) == 1


@pytest.mark.parametrize("phrases", [(), PHRASES])
async def test_the_sentences_of_the_home_are_understood(engines, phrases):
    clip = command("ha-en-set_a_timer_for_5_minutes")
    audio = mulaw_encode((clip.audio * 32_767).astype(np.int16))
    offer = {"answers": False, "phrases": list(phrases)}
    async with serving(engines) as (_, url), link(url, AGENT, KEY, offer=offer) as caller:
        await caller.play(SECOND + audio + SECOND * 2)
        heard = (await caller.wait("onUserTranscript"))["message"]
        assert (heard == "Set a timer for 5 minutes") is bool(phrases)
