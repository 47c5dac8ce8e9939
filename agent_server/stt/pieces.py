"""Cuts long speech into pieces that are transcribed one by one."""

from itertools import pairwise
from typing import Final

import numpy as np

from ..audio import INPUT_RATE, Samples

_WHOLE: Final = 10.0
"""Seconds of speech that stay in one piece: every cut costs accuracy."""

_LONGEST: Final = 6.0
"""Seconds of a piece of longer speech, which other conversations wait for."""

_SEARCH: Final = 3.0
"""Seconds at the end of a piece in which the quietest place is cut."""


def cut(audio: Samples) -> list[Samples]:
    """Return speech in pieces: more than 10 s is cut where it is quietest, to split no word."""
    step = INPUT_RATE // 10
    cuts = [0]
    longest = _WHOLE if len(audio) <= _WHOLE * INPUT_RATE else _LONGEST
    while len(audio) - cuts[-1] > longest * INPUT_RATE:
        end = cuts[-1] + int(longest * INPUT_RATE)
        window = audio[end - int(_SEARCH * INPUT_RATE) : end]
        loudness = np.square(window[: len(window) // step * step]).reshape(-1, step).sum(axis=1)
        quietest = int(loudness.argmin())
        cuts.append(end - int(_SEARCH * INPUT_RATE) + quietest * step + step // 2)
    return [audio[start:end] for start, end in pairwise([*cuts, len(audio)])]
