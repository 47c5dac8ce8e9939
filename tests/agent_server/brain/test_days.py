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
        ("What day is my birthday, June 12?", "That is Saturday, June 12th, 2027."),
        ("And what day is tomorrow then?", "Tomorrow is Tuesday, November 24th, 2026."),
        ("Good morning, what day is it?", "Today is Monday, November 23rd, 2026."),
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
        ("What date was last Monday?", "Last Monday was Monday, November 16th, 2026."),
        ("What day was it last Friday?", "Last Friday was Friday, November 20th, 2026."),
        ("What date was Friday?", "Last Friday was Friday, November 20th, 2026."),
        ("What date is this Monday?", "That is Monday, November 23rd, 2026."),
        ("What is next Monday's date?", "Next Monday is Monday, November 30th, 2026."),
        (
            "What was the day before yesterday?",
            "The day before yesterday was Saturday, November 21st, 2026.",
        ),
        ("What day will it be in a week?", "In 1 week it is Monday, November 30th, 2026."),
        ("What day was it a week ago?", "1 week ago it was Monday, November 16th, 2026."),
        ("What day was January 1st, 2000?", "That was Saturday, January 1st, 2000."),
        ("What day was the third of March?", "That was Tuesday, March 3rd, 2026."),
        ("What day was Christmas?", "Christmas was on Thursday, December 25th, 2025."),
        ("What day was last Christmas?", "Christmas was on Thursday, December 25th, 2025."),
        (
            "What day was Christmas last year?",
            "Christmas 2025 was on Thursday, December 25th, 2025.",
        ),
        ("What day is Christmas next year?", "Christmas 2027 is on Saturday, December 25th, 2027."),
        ("What day is Friday, December 25th?", "That is Friday, December 25th, 2026."),
        ("How many days until December 25th 2027?", "It is 397 days until December 25th, 2027."),
        ("How many days until January 1st, 2030?", "It is 1,135 days until January 1st, 2030."),
        (
            "How many more days do we have to wait until Christmas?",
            "It is 32 days until Christmas.",
        ),
        ("Computer, what day is Christmas?", "Christmas is on Friday, December 25th, 2026."),
        ("In 2027, what day is Christmas?", "Christmas 2027 is on Saturday, December 25th, 2027."),
        (
            "What day did Christmas fall on last year?",
            "Christmas 2025 was on Thursday, December 25th, 2025.",
        ),
        ("What day is it in 2030 days?", "In 2030 days it is Monday, June 14th, 2032."),
    ],
)
def test_days(question, answer):
    assert ask(question) == answer


@pytest.mark.parametrize(
    "question",
    [
        "What day is Easter?",
        "What date is Easter Sunday?",
        "How many days until Good Friday?",
        "How many days until Black Friday?",
        "What day is Chinese New Year?",
        "What day is it a week from tomorrow?",
        "What day is two weeks from Friday?",
        "What day is before Thursday?",
        "What day is Friday the 13th?",
        "What day is Thursday, December 25th?",
        "What date is the first Monday in December?",
        "What date is the last Friday of the month?",
        "What date is Friday next week?",
        "What date is next Friday?",
        "What day is the concert on Friday?",
        "What day is tomorrow in Tokyo?",
        "What day was July 4th 1776?",
        "What day is Friday next year?",
        "What day is May 5th next year, 2030?",
        "How many days until two weeks from now?",
        "How many days from Wednesday to Friday?",
        "From Wednesday, how many days until Friday?",
        "How many days until Christmas is over?",
        "What day is the 31st of February?",
        "How many miles until Monday?",
        "Convert three days to hours.",
        "What month is Easter in?",
    ],
)
def test_unknown_days_are_not_today(question):
    assert ask(question) is None


def test_on_sunday_any_next_day_is_uncertain():
    sunday = MONDAY.replace(day=22)
    assert ask("What date is next Monday?", sunday) is None
    assert ask("What date is next Sunday?", sunday) == "Next Sunday is Sunday, November 29th, 2026."


def test_after_christmas_the_next_one_counts():
    assert ask("How many days until Christmas?", MONDAY.replace(month=12, day=26)) == (
        "It is 364 days until Christmas."
    )


def test_day_that_only_leap_years_have():
    assert ask("How many days until February 29th?") == "It is 463 days until February 29th."
    assert ask("What day is February 29?") == "That is Tuesday, February 29th, 2028."
    assert ask("What day was February 29?") == "That was Thursday, February 29th, 2024."
    assert ask("What day is February 30?") is None
    leap = datetime(2028, 2, 1, tzinfo=UTC)
    assert ask("How many days until February 29th?", leap) == "It is 28 days until February 29th."


@pytest.mark.parametrize(
    "question",
    [
        "What time are the kids coming home?",
        "What time can I come over?",
        "What time would you like to go?",
        "What is the time limit?",
    ],
)
def test_other_times_are_not_the_present_one(question):
    assert ask(question) is None


def test_typographic_apostrophe():
    assert ask("What’s the time?") == "It is 7:05 PM."  # noqa: RUF001
