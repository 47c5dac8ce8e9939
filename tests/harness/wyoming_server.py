"""Serves the agent's engines through Wyoming: speech-to-text, answers and text-to-speech.

    .envs/test/bin/python -m tests.harness.wyoming_server

Prints its port on loopback and serves until it is terminated. Home Assistant's `wyoming`
integration connects to such a server. It sends each result as soon as it has it.
"""

import asyncio
import gc
import sys
from typing import Any, Final, override

import numpy as np
from numpy.typing import NDArray
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.handle import Handled
from wyoming.info import (
    AsrModel,
    AsrProgram,
    Attribution,
    Describe,
    HandleModel,
    HandleProgram,
    Info,
    TtsProgram,
    TtsVoice,
)
from wyoming.server import AsyncEventHandler
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
)

from agent_server.brain import Turn
from agent_server.config import LONGEST_PAUSE
from agent_server.registry import Engines, load_engines
from agent_server.tts.sentences import SentenceSplitter
from agent_server.workers import Threads, Workers

_CHUNK_SECONDS: Final = 0.2
_VOICE_RATE: Final = 24_000
_SWITCH_INTERVAL: Final = 0.001  # As in the agent.
_COMMON: Final[dict[str, Any]] = {
    "attribution": Attribution("ha-playai", "https://github.com/ha-playai/ha-playai"),
    "installed": True,
    "description": None,
    "version": None,
}
_INFO: Final = Info(
    asr=[
        AsrProgram(
            name="ears", models=[AsrModel(name="moonshine", languages=["en"], **_COMMON)], **_COMMON
        )
    ],
    handle=[
        HandleProgram(
            name="brain",
            models=[HandleModel(name="builtin", languages=["en"], **_COMMON)],
            **_COMMON,
        )
    ],
    tts=[
        TtsProgram(
            name="voice",
            voices=[TtsVoice(name="hibari", languages=["en"], **_COMMON)],
            supports_synthesize_streaming=True,
            **_COMMON,
        )
    ],
)


class Handler(AsyncEventHandler):
    """One connection, which Home Assistant opens for one request."""

    def __init__(
        self,
        engines: Engines,
        workers: Workers,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        super().__init__(reader, writer)
        threads = Threads(workers, "")
        self._stt = engines.speech_to_text(threads)
        self._tts = engines.text_to_speech(threads)
        self._brain = engines.brains["builtin"]()
        self._heard = bytearray()
        self._splitter: SentenceSplitter | None = None
        """For a text that arrives in pieces."""

    @override
    async def handle_event(self, event: Event) -> bool:
        """Handle an event; return whether to keep the connection."""
        if Describe.is_type(event.type):
            await self.write_event(_INFO.event())
        elif Transcribe.is_type(event.type):
            self._heard.clear()
        elif AudioChunk.is_type(event.type):
            self._heard += AudioChunk.from_event(event).audio
        elif AudioStop.is_type(event.type):
            samples = np.frombuffer(self._heard, np.int16).astype(np.float32) / np.float32(32_768)
            words = await self._transcribe(samples)
            await self.write_event(Transcript(words.strip()).event())
        elif Transcript.is_type(event.type):
            pieces = self._brain.answer(Turn(Transcript.from_event(event).text))
            await self.write_event(Handled("".join([piece async for piece in pieces])).event())
        elif SynthesizeStart.is_type(event.type):
            self._splitter = SentenceSplitter()
            await self._start_audio()
        elif SynthesizeChunk.is_type(event.type) and self._splitter is not None:
            await self._speak(self._splitter.feed(SynthesizeChunk.from_event(event).text))
        elif Synthesize.is_type(event.type) and self._splitter is None:
            splitter = SentenceSplitter()
            await self._start_audio()
            await self._speak(splitter.feed(Synthesize.from_event(event).text) + splitter.flush())
            await self.write_event(AudioStop().event())
        elif SynthesizeStop.is_type(event.type) and self._splitter is not None:
            await self._speak(self._splitter.flush())
            await self.write_event(AudioStop().event())
            await self.write_event(SynthesizeStopped().event())
            self._splitter = None
        return True

    async def _start_audio(self) -> None:
        await self.write_event(AudioStart(_VOICE_RATE, 2, 1).event())

    async def _transcribe(self, samples: NDArray[np.float32]) -> str:
        utterance = self._stt.begin("en")
        utterance.feed(samples)
        utterance.confirm()
        return (await utterance.transcript()).text

    async def _speak(self, sentences: list[str]) -> None:
        for sentence in sentences:
            async for audio in self._tts.speak(sentence, "en", None):
                pcm = (np.clip(audio.samples, -1, 1) * 32_767).astype(np.int16).tobytes()
                step = round(_CHUNK_SECONDS * audio.rate) * 2
                for start in range(0, len(pcm), step):
                    chunk = AudioChunk(audio.rate, 2, 1, pcm[start : start + step])
                    await self.write_event(chunk.event())


async def serve(engines: Engines) -> None:
    """Print the port and serve until cancelled."""
    workers = Workers(timeout=30)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Handler(engines, workers, reader, writer).run()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Load the engines and serve."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    engines = load_engines(LONGEST_PAUSE, ["builtin"])
    gc.freeze()
    asyncio.run(serve(engines))


if __name__ == "__main__":
    main()
