"""Detects where the user's turn begins and ends."""

from dataclasses import dataclass
from typing import Final, Protocol

from ..audio import Samples
from ..errors import EngineError

FRAME: Final = 512
"""Samples at `INPUT_RATE` that a detector judges at once: 32 ms."""


class TurnDetectionError(EngineError):
    """The audio could not be analysed."""


class VoiceActivityDetector(Protocol):
    """Distinguishes speech from other sounds; each conversation has its own."""

    def probability(self, frame: Samples) -> float:
        """Return how likely the next `FRAME` samples are speech; raises `TurnDetectionError`."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The user has started to speak."""


@dataclass(frozen=True, slots=True, eq=False)
class SpeechEnded:
    """The user has paused long enough to end the turn."""

    audio: Samples
    """The speech, with a little audio before and after it."""
