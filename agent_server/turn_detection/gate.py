"""Separates quieter voices from the user's: a television, a party, or the agent's echo."""

import math
from collections import deque
from typing import Final

import numpy as np

from ..audio import Samples
from . import SECONDS

_BELOW: Final = 15.0
"""dB below the user's level at which a voice is no longer the user's."""

_BELOW_REPLY: Final = 8.0
"""The same while the agent speaks, unless its echo was removed."""

_BELOW_TURN: Final = 7.0
"""The same inside a turn, for a voice that stays so quiet."""

_KNOWN: Final = 15
"""Frames of speech after which the level inside a turn is known."""

FADED: Final = round(1.0 / SECONDS)
"""Frames for which a voice must stay that quiet inside a turn.

Nobody in 130 recordings speaks so quietly for so long inside a sentence. After each of 15 questions
over babble that is 10 dB quieter, the babble does.
"""

_REMEMBERED: Final = round(30 / SECONDS)
"""Frames of silence after a turn for which its level counts: the user may walk away."""

_FRAMES: Final = 100
"""Frames of speech from which the level of a turn is taken: the last ones."""


class LevelGate:
    """Knows how loud the user of one conversation speaks."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=_FRAMES)
        """The levels of the voiced frames inside the turn."""

        self._loud: deque[float] = deque(maxlen=_FRAMES)
        """The same without the quieter ones."""

        self._usual: float | None = None
        self._age = 0
        self._faint = 0
        """Frames of voice inside a turn since the last one that was as loud as the user."""

    @property
    def has_faded(self) -> bool:
        """Whether only quieter voices are heard inside the turn."""
        return self._faint >= FADED

    def listen(self, frame: Samples) -> None:
        """Process a frame of voice inside a turn."""
        level = decibels(frame)
        if self._is_faint(level):
            self._faint += 1
        else:
            self._faint = 0
            self._loud.append(level)
        if not self.has_faded:
            self._levels.append(level)

    def end_turn(self, *, is_user: bool) -> None:
        """Remember the level of the user's turn."""
        if self._levels and is_user:
            self._usual = float(np.percentile(self._levels, 75))
            self._age = 0
        self._levels.clear()
        self._loud.clear()
        self._faint = 0

    def is_user(self, frame: Samples, *, agent_speaks: bool) -> bool:
        """Return whether a voice between turns is as loud as the user."""
        if self._usual is None:
            return True
        below = _BELOW_REPLY if agent_speaks else _BELOW
        return decibels(frame) >= self._usual - below

    def pass_time(self, *, agent_speaks: bool) -> None:
        """Process a frame without a voice between turns."""
        self._age = 0 if agent_speaks else self._age + 1
        if self._age > _REMEMBERED:
            self._usual = None

    def _is_faint(self, level: float) -> bool:
        levels = sorted(self._loud)
        loud = levels[len(levels) * 3 // 4] if len(levels) >= _KNOWN else -math.inf
        return level < loud - _BELOW_TURN


def decibels(frame: Samples) -> float:
    """Return the level of a frame."""
    return float(10 * np.log10(np.mean(np.square(frame)) + 1e-10))
