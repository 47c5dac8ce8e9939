"""Find the day in a text: "the fifth of May", "Christmas 2027", "in ten days", "last Friday"."""

import re
from datetime import date, timedelta
from typing import Final

from .ordinals import ordinal, with_digits

_MONTHS: Final = (
    "january february march april may june july august september october november december"
).split()
_WEEKDAYS: Final = "monday tuesday wednesday thursday friday saturday sunday".split()
_SUNDAY: Final = 6
_WHICH: Final = r"\b(?:(?P<which>last|next|this) )?"
_YEAR: Final = r"\b(?:'s)?(?: (?:in |of )?(?P<year>\d{4}|(?:last|next|this) year))?\b"
_FIRST_YEAR: Final = 1800
"""In earlier years, some countries had another calendar."""

_HOLIDAYS: Final = tuple(
    (re.compile(f"{_WHICH}{words}{_YEAR}"), name, month, day)
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
        rf"{_WHICH}(?:{name} (?:the )?(?P<first>\d\d?)|(?P<last>\d\d?) (?:of )?{name}){_YEAR}"
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
    "could you tell me know thanks thank".split()
)
"""Words that do not change the day beside them. Any other may: "Good Friday"."""

type _Found = tuple[str, date, re.Match[str]]


def find_day(words: str, today: date) -> tuple[str, date] | None:
    """Return the name and the date of the day in a text, None if it is not certain.

    A day without a year is the next one, in a question with "was" the last one. `words` are in
    lower case, without punctuation.
    """
    words = with_digits(words)
    is_past = _PAST.search(words) is not None
    try:
        found = (
            _holiday(words, today, is_past=is_past)
            or _in_month(words, today, is_past=is_past)
            or _relative(words, today)
            or _weekday(words, today, is_past=is_past)
        )
    except ValueError:
        return None
    if found is None:
        return None
    name, day, match = found
    rest = _OF_THE_WEEK.sub("", f"{words[: match.start()]} {words[match.end() :]}").split()
    return (name, day) if _AROUND.issuperset({*rest} - {f"{day:%A}".lower()}) else None


def _holiday(words: str, today: date, *, is_past: bool) -> _Found | None:
    for pattern, name, month, number in _HOLIDAYS:
        if (found := pattern.search(words)) is not None:
            day = date(_year(month, number, found, today, is_past=is_past), month, number)
            return f"{name} {day.year}" if found["year"] else name, day, found
    return None


def _in_month(words: str, today: date, *, is_past: bool) -> _Found | None:
    for month, pattern in enumerate(_IN_MONTH, 1):
        if (found := pattern.search(words)) is not None:
            number = int(found["first"] or found["last"])
            day = date(_year(month, number, found, today, is_past=is_past), month, number)
            year = f", {day.year}" if found["year"] else ""
            return f"{day:%B} {ordinal(number)}{year}", day, found
    return None


def _year(month: int, day: int, found: re.Match[str], today: date, *, is_past: bool) -> int:
    """Return the year that is meant; raises `ValueError` if it is unknown."""
    which, named = found["which"], found["year"]
    if named is not None:
        year = int(named) if named.isdecimal() else today.year + _STEPS[named.split()[0]]
        if year < _FIRST_YEAR:
            raise ValueError(year)
        return year
    this_year = date(today.year, month, day)
    if which == "this":
        return today.year
    if which == "last":
        return today.year - (this_year >= today)
    if which == "next":
        return today.year + (this_year <= today)
    return today.year - (this_year > today) if is_past else today.year + (this_year < today)


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
