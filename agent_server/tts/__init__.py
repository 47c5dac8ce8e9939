"""Text to speech."""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Protocol

from ..audio import Samples
from ..errors import EngineError


class TextToSpeechError(EngineError):
    """The text could not be spoken."""


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """A piece of speech."""

    samples: Samples
    rate: int
    """Samples per second; the same for all pieces of a sentence."""


class TextToSpeech(Protocol):
    """Speaks the replies of one conversation."""

    def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        """Yield the speech piece by piece; without a `voice`, in the engine's default voice.

        Raises `TextToSpeechError` or `TimeoutError`.
        """


class Voice(Protocol):
    """A blocking engine, shared by all conversations and used from any thread."""

    @property
    def sample_rate(self) -> int:
        """Samples per second of the speech."""

    def speak(self, text: str) -> Iterator[Samples]:
        """Yield the speech piece by piece; raises `TextToSpeechError`.

        Each step blocks; the caller can stop between two pieces.
        """
