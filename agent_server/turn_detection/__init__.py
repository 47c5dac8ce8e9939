"""Detects where the user's turn begins and ends."""

from dataclasses import dataclass
from typing import Final, Protocol

from ..audio import INPUT_RATE, Samples
from ..errors import EngineError

FRAME: Final = 512
"""Samples at `INPUT_RATE` that a detector judges at once: 32 ms."""

SECONDS: Final = FRAME / INPUT_RATE
"""The length of a frame."""


class TurnDetectionError(EngineError):
    """The audio could not be analyzed."""


class VoiceActivityDetector(Protocol):
    """Distinguishes speech from other sounds; each conversation has its own."""

    def probability(self, frame: Samples) -> float:
        """Return the probability that the next `FRAME` samples are speech.

        Raises `TurnDetectionError`.
        """


class CompletenessModel(Protocol):
    """Hears whether an utterance is complete; shared, and used from any thread."""

    def probability(self, audio: Samples) -> float:
        """Return the probability that an utterance ending with this audio is complete.

        Raises `TurnDetectionError`.
        """


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The user has started to speak."""


@dataclass(frozen=True, slots=True, eq=False)
class Paused:
    """The user is silent, and may have finished: time to ask the models.

    It occurs several times in a pause. The answer goes to `Endpointer.judge`.
    """

    audio: Samples
    """The speech, with the silence after it."""

    silence: float
    """Seconds since the last speech."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The user continues after `Paused`."""


@dataclass(frozen=True, slots=True, eq=False)
class SpeechEnded:
    """The user has finished the turn."""

    audio: Samples
    """The speech, with a little audio before and after it."""

    silence: float = 0.0
    """Seconds since the last speech."""


@dataclass(frozen=True, slots=True)
class BackgroundHeard:
    """The turn is over without an answer: it was a voice in the background."""


type TurnEvent = SpeechStarted | Paused | Resumed | SpeechEnded | BackgroundHeard
