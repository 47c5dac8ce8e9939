"""Find the day in a text: "the fifth of May", "Christmas 2027", "in ten days", "last Friday"."""

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from .ordinals import ordinal, with_digits

_MONTHS: Final = (
    "january february march april may june july august september october november december"
).split()
_WEEKDAYS: Final = "monday tuesday wednesday thursday friday saturday sunday".split()
_SUNDAY: Final = 6
_WHICH: Final = r"\b(?:(?P<which>last|next|this) )?"
_YEAR: Final = re.compile(
    r"\b(?:in |of )?(\d{4}|(?:last|next|this) year)\b(?:'s)?(?! (?:day|week)s?\b)"
)
_BETWEEN_LEAP_YEARS: Final = 8
_FIRST_YEAR: Final = 1800
"""In earlier years, some countries had another calendar."""

_HOLIDAYS: Final = tuple(
    (re.compile(rf"{_WHICH}{words}\b(?:'s)?"), name, month, day)
    for words, name, month, day in (
        (r"christmas eve", "Christmas Eve", 12, 24),
        (r"christmas(?: day)?", "Christmas", 12, 25),
        (r"new year'?s eve", "New Year's Eve", 12, 31),
        (r"new year(?:'?s)?(?: day)?", "New Year", 1, 1),
        (r"valentine(?:'?s)?(?: day)?", "Valentine's Day", 2, 14),
        (r"halloween", "Halloween", 10, 31),
    )
)
_IN_MONTH: Final = tuple(
    re.compile(
        rf"{_WHICH}(?:{name} (?:the )?(?P<first>\d\d?)|(?P<last>\d\d?) (?:of )?{name})\b(?:'s)?"
    )
    for name in _MONTHS
)
_WEEKDAY: Final = re.compile(rf"{_WHICH}(?P<name>{'|'.join(_WEEKDAYS)})\b(?:'s)?")
_NAMED: Final = tuple(
    (re.compile(rf"\b{name}\b(?:'s)?"), name, days)
    for name, days in (
        ("day after tomorrow", 2),
        ("day before yesterday", -2),
        ("tomorrow", 1),
        ("yesterday", -1),
    )
)
_AMOUNT: Final = r"\b(?P<amount>\d{1,4}|a) (?P<unit>day|week)s?"
_AHEAD: Final = (
    re.compile(rf"\b(?:in|from) {_AMOUNT}(?:'? time)?\b"),
    re.compile(rf"{_AMOUNT} from (?:now|today)\b"),
)
_AGO: Final = re.compile(rf"{_AMOUNT} ago\b")
_STEPS: Final = {"last": -1, "this": 0, "next": 1}
_UNITS: Final = {"day": 1, "week": 7}

_PAST: Final = re.compile(r"\b(?:was|were|did)\b")
_OF_THE_WEEK: Final = re.compile(r"\bday of the week\b|\bweek ?day\b")
_AROUND: Final = frozenset(
    "what which is was were it will be would that do does did the on of for at day date dates to "
    "from fall falls land lands come comes today now right current exact exactly again please can "
    "could you tell me know thanks thank then coming".split()
)
"""Words that do not change the day beside them. Any other may: "Good Friday"."""

_CHANGING: Final = re.compile(
    r"\b(?:before|after|since|from|between|and|past|last|next|year|ago)\b|\d"
)
"""Words that change even a date with a month and a number."""

type _Found = tuple[str, date, re.Match[str]]


def find_day(words: str, today: date) -> tuple[str, date] | None:
    """Return the name and the date of the day in a text, None if it is not certain.

    A day without a year is the next one, in a question with "was" the last one. `words` are in
    lower case, without punctuation.
    """
    words = with_digits(words)
    is_past = _PAST.search(words) is not None
    if (named := _YEAR.search(words)) is not None:
        words = f"{words[: named.start()]}{words[named.end() :]}"
    try:
        year = None if named is None else _number_of_year(named[1], today)
        found = _yearly(words, today, year, is_past=is_past)
        if found is None and year is None:
            found = _relative(words, today) or _weekday(words, today, is_past=is_past)
    except ValueError:
        return None
    if found is None:
        return None
    name, day, match = found
    rest = _OF_THE_WEEK.sub("", f"{words[: match.start()]} {words[match.end() :]}")
    others = {*rest.split()} - {f"{day:%A}".lower()}
    if any(map(str.isdigit, name)) and not name.startswith("in "):
        is_certain = not _CHANGING.search(rest) and others.isdisjoint(_WEEKDAYS)
    else:
        is_certain = _AROUND.issuperset(others)
    return (name, day) if is_certain else None


def _number_of_year(named: str, today: date) -> int:
    """Return the year of "2027" or "next year"; raises `ValueError` for one of long ago."""
    year = int(named) if named.isdecimal() else today.year + _STEPS[named.removesuffix(" year")]
    if year < _FIRST_YEAR:
        raise ValueError(named)
    return year


def _yearly(words: str, today: date, year: int | None, *, is_past: bool) -> _Found | None:
    """Return a holiday, or a day of a month; raises `ValueError` if the year has no such day."""
    for pattern, name, month, number in _HOLIDAYS:
        if (found := pattern.search(words)) is not None:
            day = _in_year(year, month, number, found["which"], today, is_past=is_past)
            return f"{name} {year}" if year else name, day, found
    for month, pattern in enumerate(_IN_MONTH, 1):
        if (found := pattern.search(words)) is not None:
            number = int(found["first"] or found["last"])
            day = _in_year(year, month, number, found["which"], today, is_past=is_past)
            name = f"{day:%B} {ordinal(number)}"
            return f"{name}, {year}" if year else name, day, found
    return None


def _in_year(
    year: int | None, month: int, number: int, which: str | None, today: date, *, is_past: bool
) -> date:
    """Return the date in a year; None stands for the year that is meant."""
    if year is not None or which == "this":
        return date(year or today.year, month, number)
    step = -1 if which == "last" or (which is None and is_past) else 1
    for number_of_years in range(_BETWEEN_LEAP_YEARS + 1):
        with suppress(ValueError):
            day = date(today.year + step * number_of_years, month, number)
            if (day - today).days * step > 0 or (which is None and day == today):
                return day
    raise ValueError("no year has this day")


def _relative(words: str, today: date) -> _Found | None:
    for pattern, name, days in _NAMED:
        if (found := pattern.search(words)) is not None:
            return f"the {name}" if " " in name else name, today + timedelta(days), found
    for pattern in _AHEAD:
        if (found := pattern.search(words)) is not None:
            days, amount = _amount(found)
            return f"in {amount}", today + timedelta(days), found
    if (found := _AGO.search(words)) is not None:
        days, amount = _amount(found)
        return f"{amount} ago", today - timedelta(days), found
    return None


def _amount(found: re.Match[str]) -> tuple[int, str]:
    """Return the number of days, and the amount as it is spoken."""
    number = 1 if found["amount"] == "a" else int(found["amount"])
    unit = found["unit"]
    return number * _UNITS[unit], f"{number} {unit}{'' if number == 1 else 's'}"


def _weekday(words: str, today: date, *, is_past: bool) -> _Found | None:
    if (found := _WEEKDAY.search(words)) is None:
        return None
    which, wanted, current = found["which"], _WEEKDAYS.index(found["name"]), today.weekday()
    ahead, back = (wanted - current) % 7, (current - wanted) % 7
    name = found["name"].capitalize()
    if which == "last" or (which is None and is_past):
        return f"last {name}", today - timedelta(back or 7), found
    if which == "this":
        return name, today + timedelta(-back if is_past else ahead), found
    if which == "next":
        if wanted > current or (current == _SUNDAY and ahead):
            return None  # Some people mean the day of the week after.
        name = f"next {name}"
    return name, today + timedelta(ahead or 7), found
