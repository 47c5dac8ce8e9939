"""Read numbers in words and digits, and return numbers as text to be spoken.

`tokenize("What's seventeen times 2.5?")` gives `("what", "is", Fraction(17), "times",
Fraction(5, 2))`, and `speakable(Fraction(1, 3))` gives "about 0.3333".
"""

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

type Token = str | Fraction

ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL: Final = dict(zip(ONES, range(20), strict=True)) | dict(
    zip(_TENS, range(20, 100, 10), strict=True)
)
_LARGE: Final = {
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
_PARTS: Final = {
    ("and", "a", "half"): Fraction(1, 2),
    ("and", "one", "half"): Fraction(1, 2),
    ("and", "a", "quarter"): Fraction(1, 4),
    ("and", "one", "quarter"): Fraction(1, 4),
    ("and", "three", "quarters"): Fraction(3, 4),
}
_DIGITS: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_WORD: Final = re.compile(rf"{_DIGITS.pattern}|[^\W\d_]+|[^\w\s.,;:!?'\"]")
_HYPHEN: Final = re.compile(r"(?<=[a-z])-(?=[a-z])")
_SHORT_FORMS: Final = {"'s": " is", "'re": " are", "'m": " am", "n't": " not"}

MAX_DIGITS: Final = 40
"""Longer numbers are not read."""

_PLACES: Final = 4
_SCIENTIFIC_FROM: Final = 10**15


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the words of a text, with its numbers as `Fraction`."""
    text = _HYPHEN.sub(" ", text.lower().replace("’", "'"))  # noqa: RUF001
    for short, full in _SHORT_FORMS.items():
        text = text.replace(short, full)
    words: list[str] = _WORD.findall(text)
    tokens: list[Token] = []
    position = 0
    while position < len(words):
        number, position = _read_number(words, position)
        if number is None:
            tokens.append(words[position])
            position += 1
        else:
            tokens.append(number)
    return tuple(tokens)


def _read_number(words: list[str], start: int) -> tuple[Fraction | None, int]:
    """Return the number that begins at a word, and the position after it."""
    value, position = _read_whole(words, start)
    if value is None and words[start] == "point" and _digit(words, start + 1) is not None:
        value = Fraction(0)
    if value is None:
        return None, start
    if words[position : position + 1] == ["point"] and _digit(words, position + 1) is not None:
        position, place = position + 1, Fraction(1, 10)
        while (digit := _digit(words, position)) is not None:
            value += digit * place
            place /= 10
            position += 1
    for part, size in _PARTS.items():
        if tuple(words[position : position + len(part)]) == part:
            return value + size, position + len(part)
    rest = _fraction(words, position)
    if rest is not None and words[start - 1 : start] != ["/"]:
        return value + rest, position + 3
    return value, position


def _read_whole(words: list[str], start: int) -> tuple[Fraction | None, int]:
    total: Fraction = Fraction(0)
    part: Fraction = Fraction(0)
    position, found = start, False
    last = 1_000  # The unit of the previous word: only a smaller number may follow.
    while position < len(words):
        word = words[position]
        if _DIGITS.fullmatch(word):
            if found or len(word) > MAX_DIGITS:
                break
            part, last = Fraction(word.replace(",", "")), 1
        elif word in _SMALL:
            # After "twenty" only a digit may follow, after "hundred" any number below 100.
            if found and not 0 < _SMALL[word] < last:
                break
            part, last = part + _SMALL[word], 10 if word in _TENS else 1
        elif word == "hundred" and (found or words[position - 1 : position] == ["a"]):
            if part >= 100:  # noqa: PLR2004
                break
            part, last = (part or Fraction(1)) * 100, 100
        elif word in _LARGE and total and not part:
            total *= _LARGE[word]  # "A thousand million".
        elif word in _LARGE and (found or words[position - 1 : position] == ["a"]):
            total, part, last = total + (part or Fraction(1)) * _LARGE[word], Fraction(0), 1_000
        elif word == "and" and last in (100, 1_000) and found and _small(words, position + 1):
            position += 1
            continue
        else:
            break
        found = True
        position += 1
    return (total + part, position) if found else (None, start)


def _small(words: list[str], position: int) -> bool:
    return words[position : position + 1] != [] and words[position] in _SMALL


def _fraction(words: list[str], position: int) -> Fraction | None:
    """Return the fraction after a whole number: "1/2" of "3 1/2"."""
    match words[position : position + 3]:
        case [top, "/", bottom] if top.isdecimal() and bottom.isdecimal():
            if 0 < int(top) < int(bottom):
                return Fraction(int(top), int(bottom))
    return None


def _digit(words: list[str], position: int) -> int | None:
    """Return the digit at a position after the point, None if there is none."""
    word = words[position] if position < len(words) else ""
    if len(word) == 1 and word.isdecimal():
        return int(word)
    return _SMALL.get(word) if _SMALL.get(word, 10) < 10 else None  # noqa: PLR2004


def speakable(value: Fraction) -> str:
    """Return a number as text to be spoken: exact, or rounded with "about"."""
    if abs(value) >= _SCIENTIFIC_FROM:
        exponent = len(str(abs(value.numerator // value.denominator))) - 1
        return f"about {_decimal(round(value / 10**exponent, 2))} times 10 to the {exponent}"
    if value.denominator == 1:
        return _decimal(value)
    places = _PLACES
    while value and abs(value) * 10**places < 1_000 and places < 12:  # noqa: PLR2004
        places += 1  # At least four significant digits.
    rounded = round(value, places)
    return _decimal(rounded) if rounded == value else f"about {_decimal(rounded)}"


def _decimal(value: Fraction) -> str:
    """Return a number with a finite decimal expansion in digits."""
    with localcontext(prec=MAX_DIGITS):
        digits = f"{Decimal(value.numerator) / Decimal(value.denominator):,f}"
    return digits.replace("-", "minus ")
