"""The Wyoming server transcribes, answers and speaks."""

import asyncio
import sys

import numpy as np
import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.handle import Handled
from wyoming.info import Describe, Info
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
)

from tests.agent_server.listening import hear
from tests.harness import ROOT
from tests.recordings import RECORDINGS

QUESTION = next(recording for recording in RECORDINGS if recording.name == "goforward")


@pytest.fixture
async def connect():
    """Opens connections to the program."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.harness.wyoming_server"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    yield lambda: AsyncTcpClient("127.0.0.1", port)
    process.terminate()
    await process.wait()


async def read_until(client, kind):
    """All events up to the first of a kind."""
    events = []
    while not events or not kind.is_type(events[-1].type):
        events.append(await client.read_event())
        assert events[-1] is not None
    return events


async def test_hears_answers_and_speaks(connect, transcriber):
    async with connect() as client:
        await client.write_event(Describe().event())
        info = Info.from_event((await read_until(client, Info))[-1])
    assert info.asr[0].requires_external_vad
    assert info.tts[0].supports_synthesize_streaming

    async with connect() as client:
        await client.write_event(Transcribe(language="en").event())
        await client.write_event(AudioStart(16_000, 2, 1).event())
        for part in np.array_split(QUESTION.pcm, 9):
            await client.write_event(AudioChunk(16_000, 2, 1, part.tobytes()).event())
        await client.write_event(AudioStop().event())
        heard = Transcript.from_event((await read_until(client, Transcript))[-1]).text
    assert heard == "Go forward ten meters."

    async with connect() as client:
        await client.write_event(Transcript("What is six times seven?").event())
        answer = Handled.from_event((await read_until(client, Handled))[-1]).text
    assert answer is not None
    assert "42" in answer

    for is_streaming in (True, False):
        async with connect() as client:
            if is_streaming:
                await client.write_event(SynthesizeStart().event())
                for piece in ("I heard: Go forward ", "ten meters. Go somewhere."):
                    await client.write_event(SynthesizeChunk(piece).event())
            text = "I heard: Go forward ten meters. Go somewhere."
            await client.write_event(Synthesize(text).event())
            await client.write_event(SynthesizeStop().event())
            events = await read_until(client, SynthesizeStopped if is_streaming else AudioStop)
        chunks = [AudioChunk.from_event(e) for e in events if AudioChunk.is_type(e.type)]
        samples = np.frombuffer(b"".join(chunk.audio for chunk in chunks), np.int16)
        spoken = hear(transcriber, (samples / 32_768).astype(np.float32), chunks[0].rate)
        assert "go forward" in spoken.lower()
        assert "go somewhere" in spoken.lower()
