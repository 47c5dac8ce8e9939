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
        ("How many centimeters is 5 feet 10?", "5 feet and 10 inches is 177.8 centimeters."),
        ("What is 5 foot 10 inches in cm?", "5 feet and 10 inches is 177.8 centimeters."),
        ("How many minutes in an hour and a half?", "1.5 hours is 90 minutes."),
        ("How many ounces is a pound and a half?", "1.5 pounds is 24 ounces."),
        ("How many minutes in 2 hours 15?", "2 hours and 15 minutes is 135 minutes."),
        ("How many hours are 2 days and 6 hours?", "2 days and 6 hours is 54 hours."),
        ("How many pounds is 11 stone 4?", "11 stone and 4 pounds is 158 pounds."),
        ("How many inches in 3 1/2 feet?", "3.5 feet is 42 inches."),
        ("How many tablespoons in 1/2 cup?", "0.5 cups is 8 tablespoons."),
        ("How many minutes in two and one half hours?", "2.5 hours is 150 minutes."),
        (
            "What is negative 5 celsius in fahrenheit?",
            "minus 5 degrees Celsius is 23 degrees Fahrenheit.",
        ),
        ("Hey, I'm so, how many feet are in a mile?", "1 mile is 5,280 feet."),
        ("How many tablespoons of butter are in a cup?", "1 cup is 16 tablespoons."),
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
        "How many feet is 6 foot 13?",
        "How many minutes is 2 hours times 3?",
        "What is 5-10 miles in kilometers?",
        "What is 5 below zero celsius in fahrenheit?",
        "How many feet are 5 meters squared?",
        "How many hours and minutes is 135 minutes?",
        "How many hours of daylight are in a day?",
        "How many teaspoons of sugar in a cup of milk?",
        "How long is a day on Mars in hours?",
        "How many days are in the year 2028?",
        "How many days left in the year?",
        "What day will it be in a week?",
        "What day is Mother's Day?",
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
        ("What is twenty-five plus thirty-two?", "25 plus 32 is 57."),
        ("What is 3 1/2 plus 2?", "3.5 plus 2 is 5.5."),
        ("What is 1/2 + 1/4?", "1 divided by 2 plus 1 divided by 4 is 0.75."),
        ("What is two and one half plus one?", "2.5 plus 1 is 3.5."),
        ("What is negative five plus three?", "Negative 5 plus 3 is minus 2."),
        ("Negative 2 times 3", "Negative 2 times 3 is minus 6."),
        ("What is 5 minus negative 3?", "5 minus negative 3 is 8."),
        ("Twice 5 plus 3", "Twice 5 plus 3 is 13."),
        ("What's double fifteen?", "Twice 15 is 30."),
        ("What is one half of 90?", "Half of 90 is 45."),
        ("What is 100 divided by 20 percent of 50?", "100 divided by 20 percent of 50 is 10."),
        ("What is the difference between 3 and 10?", "10 minus 3 is 7."),
        ("$3.50 plus $2.25", "3.5 plus 2.25 is 5.75."),
        ("How many is 5 plus 3?", "5 plus 3 is 8."),
        ("What is one point oh five times 100?", "1.05 times 100 is 105."),
        ("What is one point oh oh five times 1000?", "1.005 times 1,000 is 1,005."),
        (
            "Two thousand million divided by ten",
            "2,000,000,000 divided by 10 is 200,000,000.",
        ),
        (
            "A million million divided by a million",
            "1,000,000,000,000 divided by 1,000,000 is 1,000,000.",
        ),
        ("And how much is 5 dollars times 3?", "5 times 3 is 15."),
    ],
)
def test_sums(question, answer):
    assert calculate(Question(question, NOW)) == answer


@pytest.mark.parametrize(
    "question",
    [
        "Add milk to the list.",
        "Add five.",
        "What is point \N{SUPERSCRIPT TWO} times four?",
        "Ten and",
        "What is the square of minus 4?",
        "The sum",
        "What is six fifty minus two?",
        "What is nineteen ninety nine plus one?",
        "What is one zero plus five?",
        "What is twenty zero plus one?",
        "What is 5,5 plus 2?",
        "What is three hundred four hundred plus one?",
        "What is ten-two?",
        "What is 3 dollars 50 plus 2 dollars?",
        "What is 2 dollars and 50?",
        "What is $5 plus €6?",
        "What is 3½ plus 2?",
        "What is 5² plus 3?",
        "What is (2 + 2) * 2?",
        "What is negative 3 squared?",
        "What is cube root of 27?",
        "What is minus two?",
        "What is 7 divided by 1/2?",
        "What day is 12/24?",
    ],
)
def test_unclear_sums(question):
    assert calculate(Question(question, NOW)) is None
