"""Text to speech."""

from collections.abc import Iterator
from typing import Protocol

from ..audio import Samples
from ..errors import EngineError


class TextToSpeechError(EngineError):
    """The text could not be spoken."""


class Voice(Protocol):
    """Synthesizes speech; all conversations share one, from any thread."""

    @property
    def sample_rate(self) -> int:
        """Samples per second of the speech."""

    def speak(self, text: str) -> Iterator[Samples]:
        """Yield the speech piece by piece; raises `TextToSpeechError`.

        Each step blocks, so that the caller can stop between two pieces.
        """
