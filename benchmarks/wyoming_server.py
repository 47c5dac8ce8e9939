"""The agent's engines as a Wyoming server: speech-to-text, answers and text-to-speech.

    .envs/test/bin/python benchmarks/wyoming_server.py

Prints its port on loopback, and serves until it is ended. It is what a person would run
beside Home Assistant's own `wyoming` integration: what it makes it sends at once.
"""

import asyncio
import gc
import sys
from pathlib import Path
from typing import Any, Final, override

import numpy as np
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

sys.path.insert(0, str(Path(__file__).parents[1]))

from agent_server.registry import Engines, load_engines
from agent_server.tts.sentences import SentenceSplitter
from agent_server.turn_detection.endpointing import PAUSE

_CHUNK_SECONDS: Final = 0.2
_SWITCH_INTERVAL: Final = 0.001  # As the agent has it.
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
        self, engines: Engines, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        super().__init__(reader, writer)
        self._engines = engines
        self._heard = bytearray()
        self._splitter: SentenceSplitter | None = None
        """Of a text that comes in pieces."""

    @override
    async def handle_event(self, event: Event) -> bool:
        """Answer; returns whether the connection goes on."""
        if Describe.is_type(event.type):
            await self.write_event(_INFO.event())
        elif Transcribe.is_type(event.type):
            self._heard.clear()
        elif AudioChunk.is_type(event.type):
            self._heard += AudioChunk.from_event(event).audio
        elif AudioStop.is_type(event.type):
            samples = np.frombuffer(self._heard, np.int16).astype(np.float32) / np.float32(32_768)
            words = await asyncio.to_thread(self._engines.transcriber.transcribe, samples)
            await self.write_event(Transcript(words.strip()).event())
        elif Transcript.is_type(event.type):
            pieces = self._engines.brains["builtin"].answer(Transcript.from_event(event).text, ())
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
        await self.write_event(AudioStart(self._engines.voice.sample_rate, 2, 1).event())

    async def _speak(self, sentences: list[str]) -> None:
        rate = self._engines.voice.sample_rate
        for sentence in sentences:
            speech = self._engines.voice.speak(sentence)
            while (made := await asyncio.to_thread(next, speech, None)) is not None:
                pcm = (np.clip(made, -1, 1) * 32_767).astype(np.int16).tobytes()
                step = round(_CHUNK_SECONDS * rate) * 2
                for start in range(0, len(pcm), step):
                    chunk = AudioChunk(rate, 2, 1, pcm[start : start + step])
                    await self.write_event(chunk.event())


async def serve(engines: Engines) -> None:
    """Print the port and serve until cancelled."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Handler(engines, reader, writer).run()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Load the engines and serve."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    engines = load_engines(PAUSE)
    gc.freeze()
    asyncio.run(serve(engines))


if __name__ == "__main__":
    main()
