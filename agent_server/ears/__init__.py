"""Hears: where somebody speaks, and what they say."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

type Samples = NDArray[np.float32]
"""Mono audio at `RATE`, from -1.0 to 1.0."""

RATE: Final = 16_000
"""Samples per second of all that is heard."""

FRAME: Final = 512
"""Samples that a detector judges at once: 32 ms."""


class EarsError(Exception):
    """The audio could not be listened to."""


class VoiceActivityDetector(Protocol):
    """Tells speech from other sounds; each conversation has its own."""

    def probability(self, frame: Samples) -> float:
        """Return how likely the next `FRAME` samples are speech; raises `EarsError`."""


class Transcriber(Protocol):
    """Turns speech into words; all conversations share one, from any thread."""

    def transcribe(self, audio: Samples) -> str:
        """Return the words, none for a noise; raises `EarsError`."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The user has begun to speak."""


@dataclass(frozen=True, slots=True, eq=False)
class SpeechEnded:
    """The user has made a pause that is long enough."""

    audio: Samples
    """What was said, with a little of what came before and after."""
