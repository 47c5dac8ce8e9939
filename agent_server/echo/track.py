"""The audio of one reply, as a loudspeaker plays it."""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import Samples

_FULL: Final = 32767.0


class Track:
    """Samples at `INPUT_RATE` that were sent and may not have been heard yet."""

    def __init__(self) -> None:
        self._parts: deque[tuple[int, NDArray[np.int16]]] = deque()
        """Each part, with the position of its first sample."""

        self.length = 0
        """Samples so far."""

    def add(self, samples: Samples) -> None:
        """Add the next samples."""
        if samples.size:
            part = (np.clip(samples, -1, 1) * _FULL).astype(np.int16)
            self._parts.append((self.length, part))
            self.length += part.size

    def take(self, begin: int, size: int) -> Samples:
        """Return `size` samples from `begin` on, zero where there are none; forget earlier ones."""
        while self._parts and self._parts[0][0] + self._parts[0][1].size <= begin:
            self._parts.popleft()
        taken = np.zeros(size, np.float32)
        for start, part in self._parts:
            first, last = max(start, begin), min(start + part.size, begin + size)
            if first >= begin + size:
                break
            if first < last:
                taken[first - begin : last - begin] = part[first - start : last - start] / _FULL
        return taken
