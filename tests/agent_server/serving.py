"""A server with deterministic engines.

Speech-to-text recognizes constant bytes of µ-law as words ("w10" for the byte 0x10), and
text-to-speech speaks every word at a constant level, so that tests can compare both.
"""

import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent_server.audio import mulaw_decode
from agent_server.brain import BrainError, Exchange, Turn
from agent_server.brain.home import AutoBrain, HomeBrain
from agent_server.config import Agent, BrainEngine
from agent_server.limits import Limits
from agent_server.registry import Engines
from agent_server.stt import SpeechToTextError, Transcript
from agent_server.stt.blocking import BlockingSpeechToText
from agent_server.tts import TextToSpeechError
from agent_server.tts.blocking import BlockingTextToSpeech
from agent_server.turn_detection import TurnDetectionError
from agent_server.turn_detection.endpointing import Endpointer
from agent_server.wire.server import PATH, Server

KEY, OTHER_KEY = "ak-0123456789abcdef", "ak-fedcba9876543210"
AGENT, OTHER_AGENT = "agent-1", "agent-2"
WORD_SECONDS = 0.25
VOICE_RATE = 24_000

_LEVELS = mulaw_decode(bytes(range(256)))


class LoudnessDetector:
    """Hears everything that is not quiet as speech."""

    def probability(self, frame: NDArray[np.float32]) -> float:
        if np.abs(frame).max() >= 0.95:
            raise TurnDetectionError("my ears hurt")
        return float(np.abs(frame).max() > 0.01)


class ByteEars:
    """Transcribes the bytes that last longer than a tenth of a second."""

    def transcribe(
        self,
        audio: NDArray[np.float32],
        earlier: Transcript | None = None,
        phrases: Sequence[str] = (),
    ) -> Transcript:
        words: list[str] = []
        ends = [*np.flatnonzero(np.diff(audio)), audio.size - 1]
        begin = 0
        for end in ends:
            byte = int(np.argmin(np.abs(_LEVELS - audio[begin])))
            if end + 1 - begin > 1600 and abs(audio[begin]) > 0.01:
                words.append(f"w{byte:02x}")
            begin = end + 1
        text = " ".join(words)
        if "w31" in text:
            raise SpeechToTextError("no such word")
        return Transcript("" if text == "w30" else text)


class Answers:
    """Answers with the result of a function of the question."""

    def __init__(self, answer: Callable[[str], str | Sequence[str]]) -> None:
        self._answer = answer
        self.histories: list[list[Exchange]] = []

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        self.histories.append(list(turn.history))
        if "w32" in turn.text:
            raise BrainError("too hard")
        answer = self._answer(turn.text)
        for piece in [answer] if isinstance(answer, str) else answer:
            yield piece


class ByteVoice:
    """Speaks every word as a constant level; it pauses while `hold` is cleared."""

    sample_rate = VOICE_RATE

    def __init__(self) -> None:
        self.hold = threading.Event()
        self.hold.set()
        self.pieces = 0

    def speak(self, text: str) -> Iterator[NDArray[np.float32]]:
        for word in text.split():
            if "mute" in word:
                raise TextToSpeechError("no voice")
            if "bug" in word:
                raise ZeroDivisionError
            for _ in range(5):
                self.hold.wait(30)
                self.pieces += 1
                yield np.full(round(VOICE_RATE * WORD_SECONDS / 5), 0.25, np.float32)


@dataclass(frozen=True, slots=True)
class FakeEngines(Engines):
    """Engines whose brain and voice all conversations share, so that tests can inspect them."""

    brain: Answers
    voice: ByteVoice


def make_engines(
    answer: Callable[[str], str | Sequence[str]] = lambda text: f"you said {text}.",
) -> FakeEngines:
    brain, voice = Answers(answer), ByteVoice()
    return FakeEngines(
        endpointer=lambda: Endpointer(LoudnessDetector(), 0.6),
        speech_to_text=lambda threads: BlockingSpeechToText(ByteEars(), threads),
        brains={
            "builtin": lambda: brain,
            "auto": lambda: AutoBrain(brain),
            "home": HomeBrain,
        },
        text_to_speech=lambda threads: BlockingTextToSpeech(voice, threads),
        brain=brain,
        voice=voice,
    )


@asynccontextmanager
async def serving(
    engines: Engines | None = None,
    *,
    greeting: str = "",
    brain: BrainEngine = "builtin",
    max_connections: int = 20,
    document_only: bool = False,
    limits: Limits | None = None,
) -> AsyncIterator[tuple[Server, str]]:
    """Serve two agents on loopback; yields the server and its address."""
    used = engines or make_engines()
    agents = [Agent(AGENT, KEY, greeting, brain), Agent(OTHER_AGENT, OTHER_KEY, brain=brain)]
    async with serving_agents(
        agents,
        {AGENT: used, OTHER_AGENT: used},
        max_connections=max_connections,
        document_only=document_only,
        limits=limits,
    ) as (server, url):
        yield server, url


@asynccontextmanager
async def serving_agents(
    agents: Sequence[Agent],
    engines: Mapping[str, Engines],
    *,
    max_connections: int = 30,
    document_only: bool = False,
    limits: Limits | None = None,
) -> AsyncIterator[tuple[Server, str]]:
    """Serve agents on loopback; yields the server and its address."""
    server = Server(
        agents,
        engines,
        max_connections=max_connections,
        document_only=document_only,
        # Callers speak faster than real time: no answer would be older than the limit.
        limits=limits or Limits(take_back=0.0),
    )
    port = await server.start("127.0.0.1", 0)
    try:
        yield server, f"ws://127.0.0.1:{port}{PATH}"
    finally:
        await server.stop()
