"""Recognises what the model writes for music, laughter and noise: there are no words in it."""

import re
from typing import Final

_NOTES: Final = "\u2669\u266a\u266b\u266c"
"""The model writes notes around songs."""

_LETTER: Final = re.compile(r"[^\W\d_]")
_LATIN: Final = re.compile(r"[a-z\u00c0-\u024f]", re.IGNORECASE)
_REPEATED: Final = re.compile(
    r"(?P<part>\b.{1,40}?\W)(?:(?P=part)){3}|(?P<letter>[^\W\d_])(?P=letter){5}"
)
"""A part of at most 40 characters four times in a row, or a letter six times."""

_WORST: Final = -1.2
"""The lowest mean logarithm of the probability of the tokens.

Measured: at least -0.75 for sentences of people, and down to -2 for laughter.
"""

_UNSPOKEN: Final = frozenset({"you", "the", "so"})
"""Words that the model writes for silence and noise, and that nobody says alone."""

_SLOW: Final = 3.5
_SLOW_TOKENS: Final = 2
"""Seconds of speech that have more tokens than this."""


def is_invented(text: str, *, seconds: float, tokens: int, fit: float) -> bool:
    """Return whether a text of the model is no speech.

    `seconds` is the length of the audio, `tokens` counts those up to the last word, and `fit` is
    the mean of the logarithms of their probabilities.
    """
    plain = text.lower().strip(" .,!?\"'-")
    return (
        any(note in text for note in _NOTES)
        or any(not _LATIN.match(letter) for letter in _LETTER.findall(text))
        or _REPEATED.search(f"{plain} ") is not None
        or plain in _UNSPOKEN
        or fit < _WORST
        or (seconds > _SLOW and tokens <= _SLOW_TOKENS)
    )
