"""Weighs what is known about a pause: has the user finished?"""

from bisect import bisect
from dataclasses import dataclass
from math import log
from typing import Final

from ..stt import NextToken


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the models found in a pause."""

    silence: float
    """Seconds of silence that they heard after the speech."""

    completeness: float | None = None
    """How likely the utterance sounds complete, from 0 to 1."""

    next_token: NextToken | None = None
    text: str = ""
    """The words before the pause."""

    is_command: bool = False
    """Whether the words are a whole command that the home knows, and not the start of another."""


@dataclass(frozen=True, slots=True)
class _Weights:
    sound: float
    """Of the logit of completeness."""

    ratio: float
    """Of ln(full stop / (comma + word))."""

    comma: float
    word: float
    """Of the logarithms."""

    offset: float


_HEARD: Final = (0.3, 0.55)
"""Seconds of silence at which the next weights apply."""

_WEIGHTS: Final = (
    _Weights(0.355, 0.692, -0.124, -0.737, -5.041),
    _Weights(0.351, 0.378, -1.160, -0.505, -7.960),
    _Weights(0.303, 0.332, -1.509, -0.286, -9.338),
)
"""Logistic regression over pauses of recorded people. The longer the silence, the surer."""

_SOUND_ONLY: Final = (0.8, -1.5)
"""Weight and offset without the transcriber's part."""


def score(evidence: Evidence) -> float | None:
    """Return the logit of the probability that the user has finished; None if nothing is known."""
    sound = None if evidence.completeness is None else _logit(evidence.completeness)
    if (token := evidence.next_token) is None:
        return None if sound is None else _SOUND_ONLY[0] * sound + _SOUND_ONLY[1]
    weights = _WEIGHTS[bisect(_HEARD, evidence.silence)]
    return (
        weights.sound * (sound or 0.0)
        + weights.ratio * log((token.full_stop + 1e-4) / (token.comma + token.word + 1e-4))
        + weights.comma * log(token.comma + 1e-3)
        + weights.word * log(token.word + 1e-3)
        + weights.offset
    )


def _logit(probability: float) -> float:
    probability = min(max(probability, 1e-6), 1 - 1e-6)
    return log(probability / (1 - probability))
