"""Speaks."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

type Samples = NDArray[np.float32]
"""Mono audio, from -1.0 to 1.0."""


class VoiceError(Exception):
    """The text could not be spoken."""


class Voice(Protocol):
    """Turns text into speech; all conversations share one, from any thread."""

    @property
    def sample_rate(self) -> int:
        """Samples per second of what it speaks."""

    def speak(self, text: str) -> Iterator[Samples]:
        """Yield the speech piece by piece, each when it is made; raises `VoiceError`.

        Making a piece blocks, so that the caller can stop between two of them.
        """
