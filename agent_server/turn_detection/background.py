"""Distinguishes a user from a voice that never waits for an answer: a television, or a party."""

from collections import deque
from typing import Final

import numpy as np

from ..audio import Samples
from . import SECONDS
from .gate import decibels

LONGEST: Final = 15.0
"""The most seconds, with pauses, that a user speaks; a longer voice is in the background."""

APART: Final = 1.5
"""Seconds of silence after which a voice has waited for an answer."""

_GAP: Final = 0.25
"""Seconds of silence between the words of a voice that continues."""

_LOUDER: Final = 6.0
"""dB by which a user is louder than the voice in the background."""

_LEVELS: Final = round(LONGEST / SECONDS)


class VoiceStretch:
    """The voice that is heard, from its first word on, as long as it pauses only briefly.

    An early end of a turn does not end the stretch: the voice continues.
    """

    def __init__(self) -> None:
        self._frames = 0
        self._quiet = 0
        self._levels: deque[float] = deque(maxlen=_LEVELS)
        self._background: float | None = None
        """The level of the voice in the background, in dB; None if there is none."""

        self.turns = 0
        """Turns that have ended in this stretch. Unless the user interrupts, they ended early."""

    @property
    def is_too_long(self) -> bool:
        """Whether a user would have waited for an answer."""
        return self._frames * SECONDS >= LONGEST

    @property
    def is_heard(self) -> bool:
        """Whether the voice continues, with no more than a gap between words."""
        return self._quiet * SECONDS < _GAP

    def hear(self, frame: Samples, *, is_speech: bool) -> None:
        """Process the next frame."""
        self._quiet = 0 if is_speech else self._quiet + 1
        if self._quiet * SECONDS >= APART:
            self._frames = self.turns = 0
            self._levels.clear()
            self._background = None
        elif self._frames or is_speech:
            self._frames += 1
        if is_speech:
            self._levels.append(decibels(frame))

    def is_user(self, frame: Samples) -> bool:
        """Return whether a voice is not the one in the background."""
        return self._background is None or decibels(frame) >= self._background + _LOUDER

    def start_turn(self) -> None:
        """Start a turn. Over a voice in the background, it starts a stretch as well."""
        if self._background is not None:
            self._frames = self.turns = 0

    def ignore(self, last: int = _LEVELS) -> None:
        """Treat the voice of the last frames of speech as background until it is silent."""
        if levels := list(self._levels)[-last:]:
            self._background = float(np.percentile(levels, 75))
        self._frames = self.turns = 0
