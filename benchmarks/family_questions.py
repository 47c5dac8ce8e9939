"""The questions of a family, and how a program can judge the answers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from tests.harness.changes import Change
from tests.recordings import plain, word_errors


@dataclass(frozen=True, slots=True)
class Observation:
    """The answer to a question, and the changes in the home."""

    asked: str
    """Without the marks of pauses."""

    earlier: str
    """The question before."""

    heard: str
    said: str
    changes: Sequence[Change]
    now: datetime

    def changed(self, entity_id: str, what: str, after: str) -> bool:
        """Return whether an entity has changed to a value, and no other device has changed."""
        return {change.entity_id for change in self.changes} == {entity_id} and any(
            change.what == what and after in str(change.after) for change in self.changes
        )


type Check = Callable[[Observation], bool]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the check that it was done or answered with the right fact."""

    text: str
    """With pauses as "[1.2 s]"."""

    check: Check | None = None
    """None: the home cannot do it, and has to say so."""

    recording: str = ""
    """That of a person in `tests/recordings/requests`; otherwise the agent's own voice asks."""


class Verdict(StrEnum):
    """How useful an answer is."""

    DONE = "done"
    """It was done, or the right fact was given."""

    EXPLAINED = "explained"
    """It was said that this is not possible."""

    MISHEARD = "misheard"
    """At least half of the words were misheard or missed, and the answer is not right."""

    WRONG = "wrong"
    ECHO = "echo"


_NOT_POSSIBLE: Final = re.compile(
    r"\b(?:cannot|can't|could ?n[o']t|have no|do(?:es)? not|don't|not aware|only|not able|unable"
    r"|need a number|not (?:exposed|switched))\b",
    re.IGNORECASE,
)


def judge(question: Question, seen: Observation) -> Verdict:
    """Return how useful an answer is."""
    if is_echo(seen):
        return Verdict.ECHO
    if question.check is not None and question.check(seen):
        return Verdict.DONE
    if word_errors(seen.heard, seen.asked) >= len(plain(seen.asked)) / 2:
        return Verdict.MISHEARD
    if not seen.changes and _NOT_POSSIBLE.search(seen.said):
        return Verdict.EXPLAINED
    return Verdict.WRONG


def is_echo(seen: Observation) -> bool:
    """Return whether an answer repeats its question."""
    answer = " ".join(plain(seen.said))
    for question in (seen.asked, seen.heard):
        words = plain(question)
        text = " ".join(words)
        # A confirmation may use the words of a short request: "Good night", "Stopped".
        if words and (answer == text or (len(words) > 2 and text in answer)):  # noqa: PLR2004
            return True
    return False


def _says(pattern: str) -> Check:
    return lambda seen: re.search(pattern, seen.said, re.IGNORECASE) is not None


def _is_brief(seen: Observation) -> bool:
    """Return whether an answer only ends the conversation."""
    return not seen.changes and len(seen.said.split()) <= 3  # noqa: PLR2004


def _says_time(zone: str | None = None) -> Check:
    def check(seen: Observation) -> bool:
        there = seen.now.astimezone(ZoneInfo(zone)) if zone else seen.now
        return any(
            _spoken(there + timedelta(minutes=minutes)) in seen.said.lower().replace(".", "")
            for minutes in (-1, 0, 1)
        )

    return check


def _spoken(time: datetime) -> str:
    if time.minute == 0 and time.hour in (0, 12):
        return "noon" if time.hour else "midnight"
    hour = time.hour % 12 or 12
    minute = f":{time.minute:02}" if time.minute else " o'clock"
    return f"{hour}{minute} {'am' if time.hour < 12 else 'pm'}"  # noqa: PLR2004


def _says_day(days: int) -> Check:
    def check(seen: Observation) -> bool:
        day = seen.now + timedelta(days)
        return f"{day:%A}" in seen.said or f"{day:%B} {day.day}" in seen.said

    return check


def _says_days_until_christmas(seen: Observation) -> bool:
    today = seen.now.date()
    christmas = today.replace(month=12, day=25)
    if christmas < today:
        christmas = christmas.replace(year=today.year + 1)
    return f"{(christmas - today).days} days" in seen.said


def _says_what_was_asked(seen: Observation) -> bool:
    return " ".join(plain(seen.earlier)) in " ".join(plain(seen.said))


_KITCHEN: Final = "assist_satellite.kitchen_satellite"

QUESTIONS: Final = (
    Question(
        "Turn on the kitchen light.",
        lambda seen: seen.changed("light.kitchen_light", "state", "on"),
    ),
    Question("What's the weather tomorrow?", _says("rainy.*9|9.*rainy")),
    Question(
        "Set a timer for five minutes.",
        lambda seen: seen.changed(_KITCHEN, "timers", "300 s"),
    ),
    Question("What's on my shopping list?", _says("eggs.*bread|bread.*eggs")),
    Question(
        "Add milk to my shopping list.",
        lambda seen: seen.changed("todo.shopping_list", "state", "3"),
    ),
    Question(
        "Play jazz in the living room.",
        lambda seen: seen.changed("media_player.living_room_speaker", "state", "playing"),
    ),
    Question("Good night.", _says("night|sleep")),
    Question("Who won the world cup in 2014?", _says("germany")),
    Question("Tell me a joke.", _says("doctor|silence|hungry")),
    Question("How do I boil an egg?", _says("water.*minutes")),
    Question("Is the front door locked?", _says(r"\byes\b|\bis locked|^locked")),
    Question("What's the temperature in the bedroom?", _says(r"18[.,]5")),
    Question("Stop.", _is_brief),
    Question("Never mind.", _is_brief, recording="never-mind"),
    Question("What did I just ask you?", _says_what_was_asked),
    Question("Wie spät ist es gerade?", _says_time()),
    Question(
        "Could you please tell me [1.2 s] how many days there are [0.5 s] until Christmas?",
        _says_days_until_christmas,
    ),
    Question("What time is it?", _says_time(), recording="what-time"),
    Question("What day is it today?", _says_day(0)),
    Question("And tomorrow?", _says_day(1)),
    Question("How many kilometers are ten miles?", _says(r"16\.09")),
    Question("What is fifteen percent of eighty?", _says(r"\b12\b")),
    Question("What's the capital of France?", _says("paris")),
    Question("Wake me up at seven tomorrow morning."),
    Question("What can you do?", _says("(?:light|list).*time")),
    Question("Thank you.", _says("welcome")),
    Question("How are you?", _says("well|fine|good")),
    Question("Call mom."),
    Question(
        "Make it a bit warmer in here.",
        lambda seen: any(change.what == "temperature" for change in seen.changes),
    ),
    Question("What time is it in New York?", _says_time("America/New_York")),
    Question("When is the next bus to the station?"),
    Question("Remind me to take out the trash at eight."),
    Question("Hey, um, so, what is, uh, twelve plus thirty?", _says(r"\b42\b")),
)
