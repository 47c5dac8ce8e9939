"""Recognizes hallucinations: words that the model writes for music, laughter and noise."""

import re
from typing import Final

_NOTES: Final = "\u2669\u266a\u266b\u266c"
"""The model writes notes around songs."""

_LETTER: Final = re.compile(r"[^\W\d_]")
_LATIN: Final = re.compile(r"[a-z\u00c0-\u024f]", re.IGNORECASE)
_REPEATED: Final = re.compile(
    r"(?P<long>\b.{10,60}?\W)(?:(?P=long)){2}"
    r"|(?P<short>\b.{1,40}?\W)(?:(?P=short)){3}"
    r"|(?P<letter>[^\W\d_])(?P=letter){5}"
)
"""A long part three times in a row, a short one four times, or a letter six times."""

_WORST: Final = -1.6
_WORST_SHORT: Final = -0.9
_SHORT: Final = 3
"""The lowest mean log probability of the tokens, that of a short text, and its most tokens.

Measured: at least -1.4 for sentences of people, at least -0.45 for single words, from -1.0 to -2.6
for "mm", "uh-huh" and laughter.
"""

_UNSPOKEN: Final = frozenset(
    {"you", "the", "so", "uh", "um", "hm", "hmm", "ah", "thank you for watching"}
)
"""Texts of the model for silence, noise and hesitation, and words that alone are no request."""

_LAUGHTER: Final = "this is the first time i ve ever seen"
"""The start of the model's text for laughter, which fits with -0.95 to -1.2. When people say it, it
fits with -0.02.
"""

_LONG: Final = 3.5
_SLOW_TOKENS: Final = 2
_FAST: Final = 6.0
"""Speech longer than `_LONG` seconds has more than `_SLOW_TOKENS` tokens, and fewer than `_FAST`
per second.
"""


def is_hallucination(text: str, *, seconds: float, tokens: int) -> bool:
    """Return whether a text of the model cannot be speech.

    `seconds` is the length of the audio, and `tokens` counts those up to the last word.
    """
    plain = _plain(text)
    return (
        any(note in text for note in _NOTES)
        or any(not _LATIN.match(letter) for letter in _LETTER.findall(text))
        or _REPEATED.search(f"{plain} ") is not None
        or plain in _UNSPOKEN
        or (seconds > _LONG and not _SLOW_TOKENS < tokens < _FAST * seconds)
    )


def is_doubtful(text: str, *, tokens: int, fit: float) -> bool:
    """Return whether the model does not believe its own words.

    `fit` is the mean of the logarithms of the probabilities of the tokens.
    """
    is_suspect = tokens <= _SHORT or _plain(text).startswith(_LAUGHTER)
    return fit < (_WORST_SHORT if is_suspect else _WORST)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.lower()).strip()
