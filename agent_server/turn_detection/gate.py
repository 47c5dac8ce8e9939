"""Keeps quieter voices than the user's from starting a turn: a television, or the agent's echo."""

from collections import deque
from typing import Final

import numpy as np

from ..audio import Samples
from . import SECONDS

_BELOW: Final = 15.0
"""dB below the user's level at which a voice is no longer the user's."""

_BELOW_REPLY: Final = 10.0
"""The same while the agent speaks."""

_REMEMBERED: Final = round(30 / SECONDS)
"""Frames of silence after a turn for which its level counts: the user may walk away."""

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
        self._levels.append(decibels(frame))

    def end_turn(self, *, is_user: bool) -> None:
        """Remember the level of the user's turn."""
        if self._levels and is_user:
            self._usual = float(np.percentile(self._levels, 75))
            self._age = 0
        self._levels.clear()

    def is_user(self, frame: Samples, *, agent_speaks: bool) -> bool:
        """Return whether a voice between turns is as loud as the user."""
        if self._usual is None:
            return True
        below = _BELOW_REPLY if agent_speaks else _BELOW
        return decibels(frame) >= self._usual - below

    def pass_time(self, *, agent_speaks: bool) -> None:
        """Take a frame without a voice between turns."""
        self._age = 0 if agent_speaks else self._age + 1
        if self._age > _REMEMBERED:
            self._usual = None


def decibels(frame: Samples) -> float:
    """Return the level of a frame."""
    return float(10 * np.log10(np.mean(np.square(frame)) + 1e-10))
