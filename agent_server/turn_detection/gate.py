"""Keeps quieter voices than the user's from starting a turn: a television, or the agent's echo."""

from collections import deque
from typing import Final

import numpy as np

from ..audio import INPUT_RATE, Samples
from . import FRAME

_BELOW: Final = 15.0
"""dB below the user's level at which a voice is no longer the user's."""

_BELOW_REPLY: Final = 10.0
"""The same while the agent speaks."""

_REMEMBERED: Final = round(30 * INPUT_RATE / FRAME)
"""Frames after a turn for which its level counts: later, the user may be farther away."""

_FRAMES: Final = 100
"""Frames of speech from which the level of a turn is taken: the last ones."""


class LevelGate:
    """Knows how loud the user of one conversation speaks."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=_FRAMES)
        self._usual: float | None = None
        self._age = 0

    def listen(self, frame: Samples) -> None:
        """Take a frame in which the user speaks."""
        self._levels.append(_decibels(frame))

    def end_turn(self) -> None:
        """Remember the level of the turn."""
        if self._levels:
            self._usual = float(np.percentile(self._levels, 75))
            self._levels.clear()
        self._age = 0

    def is_open(self, frame: Samples, *, agent_speaks: bool) -> bool:
        """Return whether a frame between turns is as loud as the user."""
        if agent_speaks:
            self._age = 0
        self._age += 1
        if self._usual is None or self._age > _REMEMBERED:
            return True
        below = _BELOW_REPLY if agent_speaks else _BELOW
        return _decibels(frame) >= self._usual - below


def _decibels(frame: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(frame)) + 1e-10))
