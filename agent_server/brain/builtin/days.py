"""Find the day in a text: "the fifth of May", "Christmas", "in ten days"."""

import re
from datetime import date, timedelta
from typing import Final

from .numbers import ONES

_MONTHS: Final = (
    "january february march april may june july august september october november december"
).split()
_WEEKDAYS: Final = "monday tuesday wednesday thursday friday saturday sunday".split()
_HOLIDAYS: Final = {
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "new year": (1, 1),
    "valentine": (2, 14),
    "halloween": (10, 31),
}
_RELATIVE: Final = {"day after tomorrow": 2, "tomorrow": 1, "yesterday": -1}
_UNITS: Final = {"day": 1, "week": 7}

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
_AWAY: Final = re.compile(r"\b(?:in|from) (\d{1,4}) (day|week)s?\b")
_FROM_NOW: Final = re.compile(r"\b(\d{1,4}) (day|week)s? from (?:now|today)\b")
_AGO: Final = re.compile(r"\b(\d{1,4}) (day|week)s? ago\b")


def find_day(words: str, today: date) -> tuple[str, date] | None:
    """Return the name and the date of the day in a text, None if there is none.

    A day without a year is the next one. `words` are in lower case, without punctuation.
    """
    words = _ORDINAL_DIGITS.sub(r"\1", _NUMBER.sub(lambda m: str(_NUMBERS[m[1]]), words))
    return _holiday(words, today) or _in_month(words, today) or _relative(words, today)


def _holiday(words: str, today: date) -> tuple[str, date] | None:
    for name, (month, day) in _HOLIDAYS.items():
        if name in words:
            proper = "Valentine's Day" if name == "valentine" else name.title()
            return proper.replace("'S", "'s"), _next(month, day, today)
    return None


def _in_month(words: str, today: date) -> tuple[str, date] | None:
    for number, name in enumerate(_MONTHS, 1):
        found = re.search(rf"\b{name} (?:the )?(\d{{1,2}})\b|\b(\d{{1,2}}) (?:of )?{name}\b", words)
        if found is not None:
            try:
                day = _next(number, int(found[1] or found[2]), today)
            except ValueError:
                return None
            return f"{name.capitalize()} {ordinal(day.day)}", day
    return None


def _relative(words: str, today: date) -> tuple[str, date] | None:
    for name, days in _RELATIVE.items():
        if name in words:
            proper = f"the {name}" if " " in name else name
            return proper, today + timedelta(days)
    if (found := _AWAY.search(words) or _FROM_NOW.search(words)) is not None:
        return f"in {_amount(found)}", today + timedelta(int(found[1]) * _UNITS[found[2]])
    if (found := _AGO.search(words)) is not None:
        return f"{_amount(found)} ago", today - timedelta(int(found[1]) * _UNITS[found[2]])
    for number, name in enumerate(_WEEKDAYS):
        if re.search(rf"\b{name}\b", words):
            return name.capitalize(), today + timedelta((number - today.weekday()) % 7 or 7)
    return None


def _amount(found: re.Match[str]) -> str:
    return f"{found[1]} {found[2]}{'' if found[1] == '1' else 's'}"


def _next(month: int, day: int, today: date) -> date:
    """Return the next date with this month and day; raises `ValueError` if the year has none."""
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def spoken_date(day: date) -> str:
    """Return a date as it is spoken."""
    return f"{day:%A}, {day:%B} {ordinal(day.day)}, {day.year}"


def ordinal(number: int) -> str:
    """Return "1st" for 1, "2nd" for 2."""
    teens = 10 < number % 100 < 14  # noqa: PLR2004
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
