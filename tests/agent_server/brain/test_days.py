"""Days, as people name them."""

from datetime import UTC, datetime

import pytest

from agent_server.brain.builtin.clock import tell_time
from agent_server.brain.builtin.question import Question

MONDAY = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)


def ask(text, now=MONDAY):
    return tell_time(Question(text, now))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What day is the fifth of May?", "That is Wednesday, May 5th, 2027."),
        ("What day is May the thirty first?", "That is Monday, May 31st, 2027."),
        ("What day is November twenty fourth", "That is Tuesday, November 24th, 2026."),
        ("What day of the week is December 25th?", "That is Friday, December 25th, 2026."),
        ("What's the date on Friday?", "That is Friday, November 27th, 2026."),
        ("What is tomorrow's date?", "Tomorrow is Tuesday, November 24th, 2026."),
        (
            "What's the day after tomorrow?",
            "The day after tomorrow is Wednesday, November 25th, 2026.",
        ),
        ("What day is it in ten days?", "In 10 days it is Thursday, December 3rd, 2026."),
        ("What day is it two weeks from now?", "In 2 weeks it is Monday, December 7th, 2026."),
        ("What day was it one day ago?", "1 day ago it was Sunday, November 22nd, 2026."),
        ("What day of the week is it today, please?", "Today is Monday, November 23rd, 2026."),
        ("How many days until the fifth of May?", "It is 163 days until May 5th."),
        ("How many days until Monday?", "It is 7 days until Monday."),
        ("How many weeks until Christmas?", "It is 4 weeks and 4 days until Christmas."),
        ("How many weeks until December 7th?", "It is 2 weeks until December 7th."),
        ("Days until Christmas", "It is 32 days until Christmas."),
        ("How long until yesterday?", "Yesterday is over."),
    ],
)
def test_days(question, answer):
    assert ask(question) == answer


@pytest.mark.parametrize(
    "question",
    [
        "What day is Easter?",
        "What day is the 31st of February?",
        "How many miles until Monday?",
        "Convert three days to hours.",
        "What month is Easter in?",
    ],
)
def test_unknown_days_are_not_today(question):
    assert ask(question) is None


def test_after_christmas_the_next_one_counts():
    assert ask("How many days until Christmas?", MONDAY.replace(month=12, day=26)) == (
        "It is 364 days until Christmas."
    )


def test_day_that_only_leap_years_have():
    assert ask("How many days until February 29th?") is None
    leap = datetime(2028, 2, 1, tzinfo=UTC)
    assert ask("How many days until February 29th?", leap) == "It is 28 days until February 29th."


def test_typographic_apostrophe():
    assert ask("What’s the time?") == "It is 7:05 PM."  # noqa: RUF001
