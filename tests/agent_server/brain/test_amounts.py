"""Amounts and sums in spoken English."""

from datetime import UTC, datetime

import pytest

from agent_server.brain.builtin.arithmetic import calculate
from agent_server.brain.builtin.question import Question
from agent_server.brain.builtin.units import convert

NOW = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is half a mile in kilometers?", "0.5 miles is about 0.8047 kilometers."),
        ("A quarter of a mile in feet is what?", "0.25 miles is 1,320 feet."),
        ("What is three quarters of an hour in minutes?", "0.75 hours is 45 minutes."),
        ("How many feet in two and a half miles?", "2.5 miles is 13,200 feet."),
        ("3 hours in minutes", "3 hours is 180 minutes."),
        ("100 km/h in mph", "100 kilometers per hour is about 62.14 miles per hour."),
        ("What is 5 miles an hour in knots?", "5 miles per hour is about 4.34 knots."),
        ("How many fluid ounces in a cup?", "1 cup is 8 fluid ounces."),
        ("How many days are in a year?", "1 year is 365 days."),
    ],
)
def test_conversions(question, answer):
    assert convert(Question(question, NOW)) == answer


@pytest.mark.parametrize(
    "question",
    [
        "How many feet in a couple of miles?",
        "What is a third of a mile in meters?",
        "How many feet are in several miles?",
        "I ran 5 kilometers in 20 minutes.",
        "5 feet 10 inches in centimeters",
        "",
    ],
)
def test_unclear_amounts(question):
    assert convert(Question(question, NOW)) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What's five and five?", "5 plus 5 is 10."),
        ("Can you add five to seven?", "5 plus 7 is 12."),
        ("Subtract three from ten.", "10 minus 3 is 7."),
        ("Multiply six by seven.", "6 times 7 is 42."),
        ("Divide ten by four.", "10 divided by 4 is 2.5."),
        ("Divide 4 into 10.", "10 divided by 4 is 2.5."),
        ("Divide zero by zero.", "Nothing can be divided by zero."),
        ("What is the square of 12?", "12 squared is 144."),
        ("What is the cube of three?", "3 cubed is 27."),
        ("What is a third of 90?", "90 divided by 3 is 30."),
        ("What is two thirds of 90?", "2 divided by 3 times 90 is 60."),
        ("What is the sum of 3 and 4?", "3 plus 4 is 7."),
        ("What is the difference between 10 and 4?", "10 minus 4 is 6."),
        ("Two and a half times four", "2.5 times 4 is 10."),
        ("What is point five times four?", "0.5 times 4 is 2."),
        ("What is fifteen per cent of eighty?", "15 percent of 80 is 12."),
        ("Hey, um, so, what is, uh, twelve plus thirty?", "12 plus 30 is 42."),
        ("Hey, I'm so, what is a 12 plus 30?", "12 plus 30 is 42."),
        ("Hey, I'm so what is our 12 plus 30?", "12 plus 30 is 42."),
        ("Would you tell me what two plus two is, please?", "2 plus 2 is 4."),
    ],
)
def test_sums(question, answer):
    assert calculate(Question(question, NOW)) == answer


@pytest.mark.parametrize(
    "question",
    ["Add milk to the list.", "Add five.", "Ten and", "What is the square of minus 4?", "The sum"],
)
def test_unclear_sums(question):
    assert calculate(Question(question, NOW)) is None
