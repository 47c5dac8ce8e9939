"""The time and the date: "what time is it", "how many days until Christmas"."""

import re
from datetime import date, datetime
from typing import Final

from .days import find_day, spoken
from .question import Question

_TIME: Final = re.compile(
    r"\b(what|tell me the|do you (have|know) the|got the) ?(is the |is )?(current |exact )?time\b"
    r"(?! (zone|did|does|do|will|was|should|to))|\bwhat o'?clock\b|\bhow late is it\b"
)
_ELSEWHERE: Final = re.compile(r"\btime .*\b(in|at) (?!here|this|the moment)\w")
_UNTIL: Final = re.compile(
    r"(?:\bhow (?:long|many (?:days|weeks))\b.*|^(?:days|weeks) )\b(?:until|till|to|before) (.+)"
)
_DAY: Final = re.compile(
    r"\b(?:what|which) (?:is |was )?(?:the )?(?:week ?day|day)\b"
    r"|\b(?:what|which|tell me the|\w+'s|current) ?(?:is |was )?(?:the |\w+'s )?date\b"
)
_ABOUT_TODAY: Final = frozenset(
    "what which is was it's it day weekday week date today today's now right current of the "
    "tell me please can could do you know hi hello hey and so thanks okay".split()
)
"""Words of a question about today; any other asks for a day that may be unknown."""

_MONTH: Final = re.compile(r"\b(what|which) month is (it|this)\b")
_YEAR: Final = re.compile(r"\b(what|which) year is (it|this)\b")
_WEEK: Final = 7


def tell_time(question: Question) -> str | None:
    """Answer a question about the time or the date; see `Topic`."""
    words, now = question.plain, question.now
    if _TIME.search(words):
        here = "I only know the time here. " if _ELSEWHERE.search(words) else ""
        return f"{here}It is {_time(now)}."
    if (until := _UNTIL.search(words)) is not None:
        return _until(until[1], now.date(), in_weeks="weeks" in words)
    if _DAY.search(words):
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
    if (found := find_day(words, today)) is not None:
        name, day = found
        if name in spoken(day):
            return f"That is {spoken(day)}."
        verb = "was" if day < today else "is"
        if name[0].isupper():
            verb = "is on"
        elif any(map(str.isdigit, name)):
            verb = f"it {verb}"
        return f"{name[0].upper()}{name[1:]} {verb} {spoken(day)}."
    if _ABOUT_TODAY.issuperset(words.split()):
        return f"Today is {spoken(today)}."
    return None


def _until(words: str, today: date, *, in_weeks: bool) -> str | None:
    found = find_day(words, today)
    if found is None:
        return None
    name, day = found
    days = (day - today).days
    if days == 0:
        return f"{name[0].upper()}{name[1:]} is today."
    if days < 0:
        return f"{name[0].upper()}{name[1:]} is over."
    weeks, rest = divmod(days, _WEEK) if in_weeks else (0, days)
    amounts = [_count(weeks, "week")] * (weeks > 0) + [_count(rest, "day")] * (rest > 0)
    return f"It is {' and '.join(amounts)} until {name}."


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
