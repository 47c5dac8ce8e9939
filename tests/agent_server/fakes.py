"""Scripted engines without threads."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import numpy as np

from agent_server.audio import Samples
from agent_server.brain import BrainError, Turn
from agent_server.stt import SpeechToTextError, Transcript
from agent_server.tts import Audio, TextToSpeechError
from agent_server.turn_detection import (
    BackgroundHeard,
    Paused,
    Resumed,
    SpeechEnded,
    SpeechStarted,
    TurnDetectionError,
    TurnEvent,
)
from agent_server.turn_detection.policy import TurnEndPolicy
from agent_server.turn_detection.score import Evidence

RATE = 1_000
"""Samples per second of the speech."""


class Speech:
    """Speaks each word for a second, and fails at certain words."""

    def __init__(self) -> None:
        self.sentences: list[tuple[str, str, str | None]] = []
        self.steps = 0
        self.closed: list[str] = []
        self.may = asyncio.Event()
        self.may.set()

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        self.sentences.append((text, language, voice))
        try:
            for word in text.split():
                await self.may.wait()
                self.steps += 1
                if "mute" in word:
                    raise TextToSpeechError("no voice")
                yield Audio(np.full(RATE, len(word), np.float32), RATE)
        finally:
            self.closed.append(text)


class Encoder:
    """Encodes each piece as its length, and keeps a trailer back."""

    def __init__(self, rate: int, trailer: bytes = b"end;") -> None:
        self.rate = rate
        self.sizes: list[int] = []
        self._trailer = trailer

    def encode(self, samples: Samples) -> bytes:
        self.sizes.append(samples.size)
        return b"" if samples[0] == len("quiet") else f"{samples.size};".encode()

    def finish(self) -> bytes:
        return self._trailer


class Ears:
    """Transcribes audio to the words for its number of samples, once `may` is set."""

    is_streaming = False
    reveals_finality = True

    def __init__(self) -> None:
        self.words: dict[int, str] = {}
        self.utterances: list[Utterance] = []
        self.languages: list[str] = []
        self.phrases: list[Sequence[str]] = []
        self.may = asyncio.Event()
        self.may.set()

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Utterance:
        self.languages.append(language)
        self.phrases.append(phrases)
        self.utterances.append(Utterance(self))
        return self.utterances[-1]


class Utterance:
    """One utterance, see `Ears`."""

    def __init__(self, ears: Ears) -> None:
        self.size = 0
        self.is_certain = False
        self.is_cancelled = False
        self._ears = ears

    def feed(self, samples: Samples) -> None:
        self.size += samples.size

    def confirm(self) -> None:
        self.is_certain = True

    def drop(self) -> None:
        self.is_cancelled = True

    async def transcript(self) -> Transcript:
        try:
            await self._ears.may.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        words = self._ears.words[self.size]
        if words == "fail":
            raise SpeechToTextError("no such word")
        return Transcript(words)


class Mind:
    """Answers with the pieces that the test chooses, or asks the home; "fail" fails."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.turns: list[Turn] = []
        self.closed = 0
        self.closing_takes = 0.0
        self.asks_home = False
        self.may = asyncio.Event()
        self.may.set()

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        self.turns.append(turn)
        try:
            if self.asks_home and turn.home is not None:
                async with aclosing(turn.home.converse(turn.text)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            for piece in self.pieces:
                await self.may.wait()
                if piece == "fail":
                    raise BrainError("too hard")
                yield piece
        finally:
            await asyncio.sleep(self.closing_takes)
            self.closed += 1


type Step = tuple[list[SpeechStarted | SpeechEnded | BackgroundHeard], Samples | None] | None


class Detections:
    """An endpointer that returns the events of a script; None makes it fail.

    The second part of a step is the speech before a pause, None outside of one.
    """

    def __init__(
        self, script: deque[Step], speech: Callable[[], Samples | None] = lambda: None
    ) -> None:
        self.judged: list[tuple[Paused, Evidence]] = []
        self.verdict: list[TurnEvent] = []
        """The events that the next evidence causes."""

        self.agent_speaks = self.removes_echo = self.is_held = False
        self.lets_go = False
        """Whether the button counts as released in the next audio."""

        self.released: list[TurnEvent] | None = []
        """The events of the next release; None makes it fail."""

        self.policy = TurnEndPolicy()
        self._script = script
        self._speech = speech
        self._so_far: Samples | None = None

    def press(self) -> None:
        self.is_held = True

    def release(self) -> list[TurnEvent]:
        self.is_held = False
        if self.released is None:
            raise TurnDetectionError("my ears hurt")
        released, self.released = self.released, []
        return released

    def feed(self, audio: Samples) -> list[TurnEvent]:
        self.is_held &= not self.lets_go
        step = self._script.popleft()
        if step is None:
            raise TurnDetectionError("my ears hurt")
        before = self._so_far
        events, self._so_far = step
        has_ended = any(isinstance(event, SpeechEnded | BackgroundHeard) for event in events)
        found: list[TurnEvent] = list(events)
        if before is not None and self._so_far is None and not has_ended:
            found.append(Resumed())
        if self._so_far is not None and (before is None or before.size != self._so_far.size):
            found.append(Paused(self._so_far, 0.25))
        return found

    def speech(self, start: int) -> Samples | None:
        speech = self._speech()
        return None if speech is None else speech[start:]

    def judge(self, paused: Paused, evidence: Evidence) -> list[TurnEvent]:
        self.judged.append((paused, evidence))
        verdict, self.verdict = self.verdict, []
        return verdict
