"""Numbers of days, as people say them: "twenty first", "5th"."""

import re
from datetime import date
from typing import Final

from .numbers import ONES

_ORDINALS: Final = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()


def _numbers() -> dict[str, int]:
    numbers: dict[str, int] = {}
    for words, twenty, thirty in (
        (ONES, "twenty", "thirty"),
        (_ORDINALS, "twentieth", "thirtieth"),
    ):
        numbers |= {word: number for number, word in enumerate(words)}
        numbers |= {twenty: 20, thirty: 30}
        numbers |= {f"twenty {word}": 20 + n for n, word in enumerate(words[1:10], 1)}
        numbers |= {f"thirty {words[1]}": 31}
    return numbers


_NUMBERS: Final = _numbers()
_NUMBER: Final = re.compile(rf"\b({'|'.join(sorted(_NUMBERS, key=len, reverse=True))})\b")
_ORDINAL_DIGITS: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")


def with_digits(words: str) -> str:
    """Return a text with digits for its numbers up to 31: "5" for "fifth"."""
    return _ORDINAL_DIGITS.sub(r"\1", _NUMBER.sub(lambda m: str(_NUMBERS[m[1]]), words))


def spoken_date(day: date) -> str:
    """Return a date as it is spoken."""
    return f"{day:%A}, {day:%B} {ordinal(day.day)}, {day.year}"


def ordinal(number: int) -> str:
    """Return "1st" for 1, "2nd" for 2."""
    teens = 10 < number % 100 < 14  # noqa: PLR2004
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
