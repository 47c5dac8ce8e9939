"""Cuts long speech into pieces that are transcribed one by one."""

from itertools import pairwise
from typing import Final

import numpy as np

from . import RATE, Samples

_LONGEST: Final = 10.0
"""Seconds of a piece: models are made for short utterances, and others wait for its end."""

_SEARCH: Final = 4.0
"""Seconds before that in which a long utterance is cut, where it is quietest."""


def cut(audio: Samples) -> list[Samples]:
    """Cut a long utterance where it is quietest, so that no word is cut."""
    step = RATE // 10
    cuts = [0]
    while len(audio) - cuts[-1] > _LONGEST * RATE:
        end = cuts[-1] + int(_LONGEST * RATE)
        window = audio[end - int(_SEARCH * RATE) : end]
        loudness = np.square(window[: len(window) // step * step]).reshape(-1, step).sum(axis=1)
        quietest = int(loudness.argmin())
        cuts.append(end - int(_SEARCH * RATE) + quietest * step + step // 2)
    return [audio[start:end] for start, end in pairwise([*cuts, len(audio)])]
