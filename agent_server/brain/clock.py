"""The time and the date: "what time is it", "how many days until Christmas"."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from .question import Question

_MONTHS: Final = (
    "january february march april may june july august september october november december"
).split()
_FEASTS: Final = {
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "new year": (1, 1),
    "valentine": (2, 14),
    "halloween": (10, 31),
}
_NEAR: Final = {"day after tomorrow": 2, "tomorrow": 1, "yesterday": -1, "today": 0}
_TIME: Final = re.compile(
    r"\b(what|tell me the|do you (have|know) the|got the) ?(is the |is )?(current |exact )?time\b"
    r"(?! (zone|did|does|do|will|was|should))|\bwhat o'?clock\b|\bhow late is it\b"
)
_UNTIL: Final = re.compile(r"\bhow (many days|long)\b.*\b(until|till|to|before)\b (.+)")
_WEEKDAY: Final = re.compile(r"\b(what|which) (week ?day|day)\b")
_DATE: Final = re.compile(
    r"\b(what|which|tell me the|today's|current) ?(is )?(the |today's )?date\b"
)
_MONTH: Final = re.compile(r"\b(what|which) month\b")
_YEAR: Final = re.compile(r"\b(what|which) year\b")


def tell_time(question: Question) -> str | None:
    """Answer a question about the time or the date; see `Topic`."""
    words, now = question.plain, question.now
    if _TIME.search(words):
        return f"It is {_time(now)}."
    if (until := _UNTIL.search(words)) is not None:
        return _days_until(until[3], now.date())
    if _WEEKDAY.search(words) or _DATE.search(words):
        return _date(words, now.date())
    if _MONTH.search(words):
        return f"It is {now:%B}."
    if _YEAR.search(words):
        return f"It is the year {now:%Y}."
    return None


def _time(now: datetime) -> str:
    hour, half = now.hour % 12 or 12, "AM" if now.hour < 12 else "PM"  # noqa: PLR2004
    if now.minute == 0:
        return {0: "midnight", 12: "noon"}.get(now.hour, f"{hour} o'clock {half}")
    return f"{hour}:{now.minute:02} {half}"


def _date(words: str, today: date) -> str | None:
    feast = _feast(words, today)
    if feast is not None:
        name, day = feast
        return f"{name} is on {_spoken(day)}."
    for name, days in _NEAR.items():
        if name in words and days:
            verb = "was" if days < 0 else "is"
            return f"{name.capitalize()} {verb} {_spoken(today + timedelta(days))}."
    if re.search(r"\bday (does|do|did|will|was|should|were)\b", words):
        return None  # Of something we know nothing about.
    return f"Today is {_spoken(today)}."


def _days_until(words: str, today: date) -> str | None:
    found = _feast(words, today) or _month_day(words, today)
    if found is None:
        return None
    name, day = found
    days = (day - today).days
    if days == 0:
        return f"{name} is today."
    return f"It is {days} {'day' if days == 1 else 'days'} until {name}."


def _feast(words: str, today: date) -> tuple[str, date] | None:
    for name, (month, day) in _FEASTS.items():
        if name in words:
            proper = "Valentine's Day" if name == "valentine" else name.title()
            return proper.replace("'S", "'s"), _next(month, day, today)
    return None


def _month_day(words: str, today: date) -> tuple[str, date] | None:
    for number, name in enumerate(_MONTHS, 1):
        if (found := re.search(rf"\b{name}\b\D{{0,5}}(\d{{1,2}})", words)) is None:
            found = re.search(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{name}\b", words)
        if found is not None:
            try:
                day = _next(number, int(found[1]), today)
            except ValueError:
                return None
            return f"{name.capitalize()} {_ordinal(day.day)}", day
    return None


def _next(month: int, day: int, today: date) -> date:
    """Return the next such day; raises `ValueError` when there is none in a year."""
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def _spoken(day: date) -> str:
    return f"{day:%A}, {day:%B} {_ordinal(day.day)}, {day.year}"


def _ordinal(number: int) -> str:
    teens = 10 < number % 100 < 14  # noqa: PLR2004
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
