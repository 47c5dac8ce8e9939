"""The official Wyoming servers for faster-whisper and Piper.

scripts/wyoming-servers installs them.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from wyoming.event import Event

from agent_server.audio import INPUT_RATE, Samples, resample
from agent_server.config import Wyoming
from agent_server.engines import UnsupportedError
from agent_server.remote.wyoming import WyomingConnection
from agent_server.stt import SpeechToTextError
from agent_server.stt.wyoming import WyomingSpeechToText
from agent_server.tts import TextToSpeechError
from agent_server.tts.wyoming import WyomingTextToSpeech
from tests.harness.ports import free_port
from tests.recordings import REQUESTS, plain

from .calling import PATIENCE

FOLDER = Path(__file__).parents[2] / ".envs" / "engines"
VOICE = "en_US-joe-medium"
SENTENCE = "Please turn on the lights in the kitchen."

pytestmark = pytest.mark.skipif(
    not (FOLDER / "stamp").exists(), reason="scripts/wyoming-servers has not run"
)


class Program:
    """One of the servers."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.port = free_port()
        self._command = [
            str(FOLDER / "bin" / name),
            *("--uri", f"tcp://127.0.0.1:{self.port}", "--local-files-only", *arguments),
        ]
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    return

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def whisper() -> AsyncIterator[Program]:
    program = Program(
        "wyoming-faster-whisper",
        [
            *("--model", str(FOLDER / "whisper" / "tiny.en"), "--language", "en"),
            *("--data-dir", str(FOLDER / "whisper"), "--stt-library", "faster-whisper"),
            *("--compute-type", "int8", "--beam-size", "1", "--cpu-threads", "1"),
        ],
    )
    try:
        yield program
    finally:
        await program.kill()


@asynccontextmanager
async def piper() -> AsyncIterator[Program]:
    arguments = ["--voice", VOICE, "--data-dir", str(FOLDER / "piper")]
    program = Program("wyoming-piper", arguments)
    try:
        yield program
    finally:
        await program.kill()


async def hear(engine: WyomingSpeechToText, samples: Samples) -> list[str]:
    utterance = engine.begin("en-GB")
    utterance.feed(samples)
    return plain((await utterance.transcript()).text)


async def transcribing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait until a transcript is awaited: the server has all of the audio."""
    awaited = asyncio.Event()
    receive = WyomingConnection.receive

    async def watched(self: WyomingConnection, *types: str) -> Event:
        if "transcript" in types:
            awaited.set()
        return await receive(self, *types)

    with monkeypatch.context() as patch:
        patch.setattr(WyomingConnection, "receive", watched)
        async with asyncio.timeout(PATIENCE):
            await awaited.wait()


async def test_whisper_late_killed_and_restarted(monkeypatch):
    question = (REQUESTS["what-time"].pcm / 32_768).astype(np.float32)
    words = plain(REQUESTS["what-time"].words)
    async with whisper() as program:
        engine = WyomingSpeechToText(Wyoming("127.0.0.1", program.port), limit=PATIENCE)
        with pytest.raises(SpeechToTextError, match="cannot be reached"):
            await hear(engine, question)
        await program.start()
        assert await hear(engine, question) == words
        assert "en" in (engine.languages or ())

        hearing = asyncio.create_task(hear(engine, np.tile(question, 20)))
        await transcribing(monkeypatch)
        await program.kill()
        with pytest.raises(SpeechToTextError, match=r"closed the connection|connection was lost"):
            await hearing
        await program.start()
        assert await hear(engine, question) == words


async def test_piper_late_killed_in_a_sentence_and_restarted(transcriber):
    async with piper() as program:
        engine = WyomingTextToSpeech(
            Wyoming("127.0.0.1", program.port, voice=VOICE), limit=PATIENCE
        )
        with pytest.raises(TextToSpeechError, match="cannot be reached"):
            await anext(engine.speak(SENTENCE, "en", None))
        await program.start()
        for _ in range(2):
            parts = [audio async for audio in engine.speak(SENTENCE, "en", None)]
            assert {audio.rate for audio in parts} == {22_050}
            samples = np.concatenate([audio.samples for audio in parts])
            heard = transcriber.transcribe(resample(samples, 22_050, INPUT_RATE)).text
            assert plain(heard) == plain(SENTENCE)
            await program.kill()
            with pytest.raises(TextToSpeechError):
                await anext(engine.speak(SENTENCE, "en", None))
            await program.start()

        speech = engine.speak(" ".join([SENTENCE] * 20), "en", None)
        await anext(speech)
        await program.kill()
        with pytest.raises(TextToSpeechError):
            async for _ in speech:
                pass

        await program.start()
        missing = Wyoming("127.0.0.1", program.port, voice="no-such-voice")
        with pytest.raises(UnsupportedError, match="no voice no-such-voice"):
            await WyomingTextToSpeech(missing).ask()
