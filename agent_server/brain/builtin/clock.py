"""The time and the date: "what time is it in Tokyo", "how many days until Christmas"."""

import re
from datetime import date, datetime
from typing import Final

from .days import find_day
from .ordinals import spoken_date
from .places import find_zone
from .question import Question

_TIME: Final = re.compile(
    r"\b(what|tell me the|do you (have|know) the|got the) ?(is the |is )?(current |exact )?time\b"
    r"(?! (zone|difference|limit|are|am|can|could|did|does|do|had|has|have|may|might|must|shall"
    r"|should|to|was|were|will|would|is (?!it\b)\w))"
    r"|\bwhat o'?clock\b|\bhow late is it\b"
)
_ELSEWHERE: Final = re.compile(
    r"\btime\b.*?\b(?:in|at) (?!here\b|this\b|home\b|the moment\b)(?:the )?(\w.*)$"
)
_OTHER_TIME: Final = re.compile(
    r"\b(?:there|when|until|till|before|after)\b|(?<!\bturn )(?<!\bswitch )\bon (?:the|an?)\b"
)
_UNKNOWN_TIME: Final = "I do not know that time. Here it is"
_DAY_ELSEWHERE: Final = re.compile(r"\b(?:day|date)\b.*\bin (?:the )?(\w.*)$")
_PREFACE: Final = re.compile(
    r"^(?:(?!\d|(?:year|month|week|last|next|this|before|after|since|from|until|in|on)\b)\S+ ){1,8}"
    r"(?=(?:what|which|how)\b)"
)
"""Words before a question that do not change it, like a name, or misheard words."""

_UNTIL: Final = re.compile(
    r"^(?:how (?:long|many (?:more )?(?:weeks and days|days|weeks))"
    r"(?: (?:is|it|are|there|left|more|still|do|does|i|we|you|have|wait|to|will|be|take|exactly"
    r"|now|from|today))*|days|weeks)"
    r" (?:until|till|to|before) (.+)$"
)
_DAY: Final = re.compile(
    r"\b(?:what|which) (?:is |was )?(?:the )?(?:week ?day|day)\b"
    r"|\b(?:what|which|tell me the|\w+'s|current) ?(?:is |was )?(?:the |\w+'s )?date\b"
)
_ABOUT_TODAY: Final = frozenset(
    "what which is was it's it day weekday week date today today's now right current of the "
    "tell me please can could do you know hi hello hey and so thanks okay".split()
)
"""The words of questions about today. A question with another word may mean an unknown day."""

_MONTH: Final = re.compile(r"\b(what|which) month is (it|this)\b")
_YEAR: Final = re.compile(r"\b(what|which) year is (it|this)\b")
_FOLLOW_UP: Final = re.compile(r"^(?:and|what about|how about|and what about) (?!what|how)(.+)$")
_ONE_DAY: Final = re.compile(
    r"(?:on |for )?(?:the )?(?:day after tomorrow|new year'?s?(?: eve| day)?"
    r"|christmas(?: eve| day)?|(?:next )?\w+day|tomorrow|halloween)"
)
_CLOSING: Final = re.compile(r"(?: (?:right|just|now|at the moment|currently|please|today))+$")
_WEEK: Final = 7


def tell_time(question: Question) -> str | None:
    """Answer a question about the time or the date; see `Topic`."""
    words, now = question.plain, question.now
    follow_up = _FOLLOW_UP.search(words)
    if follow_up and (answer := _follow_up(follow_up[1], question)) is not None:
        return answer
    if (answer := _time(words, now)) is not None:
        return answer
    if (until := _UNTIL.search(_PREFACE.sub("", question.core))) is not None:
        return _until(until[1], now.date(), in_weeks="weeks" in words)
    if _DAY.search(words):
        return _date(words, now.date()) or _date_in(words, now)
    if _MONTH.search(words):
        return f"It is {now:%B}."
    if _YEAR.search(words):
        return f"It is the year {now:%Y}."
    return None


def _time(words: str, now: datetime) -> str | None:
    if (asked := _TIME.search(words)) is None:
        return None
    if (place := _ELSEWHERE.search(words)) is not None:
        return _time_in(place[1], now)
    is_other = _OTHER_TIME.search(words, asked.end()) is not None
    return f"{_UNKNOWN_TIME if is_other else 'It is'} {spoken_time(now)}."


def spoken_time(now: datetime) -> str:
    """Return a time as it is spoken."""
    hour, half = now.hour % 12 or 12, "AM" if now.hour < 12 else "PM"  # noqa: PLR2004
    if now.minute == 0:
        return {0: "midnight", 12: "noon"}.get(now.hour, f"{hour} o'clock {half}")
    return f"{hour}:{now.minute:02} {half}"


def _follow_up(words: str, question: Question) -> str | None:
    """Answer "and tomorrow?" or "and in London?"; None if it does not fit the last question."""
    last = question.earlier.plain if question.earlier is not None else ""
    if _TIME.search(last) and words.startswith("in "):
        return _time_in(words.removeprefix("in "), question.now)
    is_about_days = not last or _DAY.search(last) or _FOLLOW_UP.search(last)
    if is_about_days and _ONE_DAY.fullmatch(words):
        return _date(words, question.now.date())
    return None


def _time_in(place: str, now: datetime) -> str:
    place = _CLOSING.sub("", place)
    zone = find_zone(place)
    if zone is None:
        return f"{_UNKNOWN_TIME} {spoken_time(now)}."
    there = now.astimezone(zone)
    day = "" if there.date() == now.date() else f" on {there:%A}"
    return f"It is {spoken_time(there)}{day} in {place.title()}."


def _date(words: str, today: date) -> str | None:
    if (found := find_day(_PREFACE.sub("", words), today)) is not None:
        name, day = found
        verb = "was" if day < today else "is"
        if name in spoken_date(day):
            return f"That {verb} {spoken_date(day)}."
        if name[0].isupper():
            verb = f"{verb} on"
        elif any(map(str.isdigit, name)):
            verb = f"it {verb}"
        return f"{name[0].upper()}{name[1:]} {verb} {spoken_date(day)}."
    if _ABOUT_TODAY.issuperset(_PREFACE.sub("", words).split()):
        return f"Today is {spoken_date(today)}."
    return None


def _date_in(words: str, now: datetime) -> str | None:
    place = _DAY_ELSEWHERE.search(words)
    if place is None or not (_ABOUT_TODAY | {"in"}).issuperset(words[: place.start(1)].split()):
        return None
    name = _CLOSING.sub("", place[1])
    zone = find_zone(name)
    if zone is None:
        return None
    return f"In {name.title()}, today is {spoken_date(now.astimezone(zone).date())}."


def _until(words: str, today: date, *, in_weeks: bool) -> str | None:
    found = find_day(words, today)
    if found is None or found[0].startswith("in "):
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
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
