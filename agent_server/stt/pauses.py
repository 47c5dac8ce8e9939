"""Shortens the pauses inside speech: Moonshine mishears the words around a long one."""

from itertools import pairwise
from typing import Final

import numpy as np

from ..audio import INPUT_RATE, Samples

_STEP: Final = INPUT_RATE // 100
"""Samples whose level is measured."""

_LONG: Final = 40
"""A pause of more steps than this is shortened: 0.4 s."""

_EDGE: Final = 10
"""Steps that stay at each end of a shortened pause: 0.1 s."""

_ABOVE_ROOM: Final = 9.0
_BELOW_VOICE: Final = 25.0
"""A pause is less than 9 dB louder than the room, and 25 dB quieter than the voice: in a noisy room
pauses stay as they are.
"""


def shorten(audio: Samples) -> Samples:
    """Return speech with at most 0.2 s of each long pause between words.

    The silence before the first and after the last word stays.
    """
    steps = audio[: audio.size // _STEP * _STEP].reshape(-1, _STEP)
    if len(steps) <= _LONG:
        return audio
    levels = 10 * np.log10(np.square(steps).mean(axis=1) + 1e-12)
    room, voice = np.percentile(levels, (10, 95))
    loud = np.flatnonzero(levels >= min(room + _ABOVE_ROOM, voice - _BELOW_VOICE))
    kept = np.ones(audio.size, np.bool)
    for last, following in pairwise(loud):
        if following - last > _LONG:
            kept[(last + 1 + _EDGE) * _STEP : (following - _EDGE) * _STEP] = False
    return audio[kept]
