"""Questions and answers at a fixed time."""

from datetime import UTC, datetime

import pytest

from agent_server.brain import Exchange, Turn
from agent_server.brain.builtin import BuiltinBrain
from agent_server.brain.builtin.smalltalk import HELP, JOKES, STORY
from agent_server.brain.echo import EchoBrain

NOW = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)


async def ask(question, history=(), now=NOW):
    brain = BuiltinBrain(lambda: now)
    return " ".join([piece async for piece in brain.answer(Turn(question, history=history))])


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        # Time and date
        ("What time is it?", "It is 7:05 PM."),
        ("What's the time?", "It is 7:05 PM."),
        ("Do you have the time", "It is 7:05 PM."),
        ("Tell me the time, please.", "It is 7:05 PM."),
        ("What is the date?", "Today is Monday, November 23rd, 2026."),
        ("What's today's date?", "Today is Monday, November 23rd, 2026."),
        ("What day is it?", "Today is Monday, November 23rd, 2026."),
        ("What day is it tomorrow?", "Tomorrow is Tuesday, November 24th, 2026."),
        ("Which day was yesterday?", "Yesterday was Sunday, November 22nd, 2026."),
        ("What day is Christmas?", "Christmas is on Friday, December 25th, 2026."),
        ("How many days until Christmas?", "It is 32 days until Christmas."),
        ("How long until November 24th?", "It is 1 day until November 24th."),
        ("How many days until the 5th of May", "It is 163 days until May 5th."),
        ("How many days until November 23?", "November 23rd is today."),
        ("What month is it?", "It is November."),
        ("What year is it?", "It is the year 2026."),
        # Sums
        ("What is seventeen times twenty three?", "17 times 23 is 391."),
        ("What's 17 x 23?", "17 times 23 is 391."),
        ("17x23", "17 times 23 is 391."),
        ("How much is 12 divided by 5?", "12 divided by 5 is 2.4."),
        ("What is 2 plus 3 times 4?", "2 plus 3 times 4 is 14."),
        ("What is 10 minus 2 minus 3?", "10 minus 2 minus 3 is 5."),
        ("What is 15 percent of 80?", "15 percent of 80 is 12."),
        ("Half of ninety", "Half of 90 is 45."),
        ("What is the square root of 144?", "The square root of 144 is 12."),
        ("Square root of two", "The square root of 2 is about 1.4142."),
        ("Two to the power of ten", "2 to the power of 10 is 1,024."),
        ("Nine squared plus four", "9 squared plus 4 is 85."),
        ("Two to the power of minus two", "2 to the power of minus 2 is 0.25."),
        ("Minus five plus two", "Minus 5 plus 2 is minus 3."),
        ("One hundred and five plus twenty", "105 plus 20 is 125."),
        ("A million divided by 7", "1,000,000 divided by 7 is about 142,857.1429."),
        ("Three point five times two", "3.5 times 2 is 7."),
        ("1,250 times 2", "1,250 times 2 is 2,500."),
        ("One divided by a million", "1 divided by 1,000,000 is 0.000001."),
        ("Ten divided by zero", "Nothing can be divided by zero."),
        ("0 to the power of minus 1", "Nothing can be divided by zero."),
        ("Square root of minus 4", "A negative number has no real square root."),
        ("10 to the power of 1000", "That number is too large for me."),
        ("9 to the power of 9 to the power of 9", "That number is too large for me."),
        ("2 to the power of 0.5", "That number is too large for me."),
        ("1 to the power of 99999999999", "1 to the power of 99,999,999,999 is 1."),
        ("10 to the power of 20", "10 to the power of 20 is about 1 times 10 to the 20."),
        # Units
        ("Convert ten miles to kilometers.", "10 miles is about 16.09 kilometers."),
        ("How many feet are in a mile?", "1 mile is 5,280 feet."),
        ("How many feet in 2 miles?", "2 miles is 10,560 feet."),
        ("What's 100 fahrenheit in celsius", "100 degrees Fahrenheit is about 37.78 degrees Celsius."),
        ("What is 20 degrees Celsius in Fahrenheit?", "20 degrees Celsius is 68 degrees Fahrenheit."),
        ("What is minus 40 celsius in fahrenheit", "minus 40 degrees Celsius is minus 40 degrees Fahrenheit."),
        ("What is minus 500 celsius in kelvin", "No temperature is that low."),
        ("How many grams are in a pound?", "1 pound is about 453.59 grams."),
        ("What is 60 miles per hour in kilometers per hour", "60 miles per hour is about 96.56 kilometers per hour."),
        ("How many seconds are in a week?", "1 week is 604,800 seconds."),
        ("What is an inch in centimeters", "1 inch is 2.54 centimeters."),
        ("How many grams is 8 ounces of chocolate?", "8 ounces is about 226.8 grams."),
        ("The recipe says 2 cups, how many milliliters is that?", "2 cups is about 473.18 milliliters."),
        ("What is 1 kilometre in metres?", "1 kilometer is 1,000 meters."),
        # Small talk
        ("Hello!", "Hello! What can I do for you?"),
        ("How are you?", "I am well, thank you. And you?"),
        ("Thank you very much.", "You are welcome."),
        ("Thanks, that was very kind of you.", "You are welcome."),
        ("Good bye", "Goodbye!"),
        ("Who are you?", "I am a voice agent that runs on your own computer."),
        ("What can you do?", HELP),
        ("Tell me a story.", STORY),
        ("Can you hear me?", "Yes, I can hear you."),
    ],
)  # fmt: skip
async def test_answers(question, answer):
    assert await ask(question) == answer


@pytest.mark.parametrize(
    ("hour", "minute", "answer"),
    [
        (0, 0, "It is midnight."),
        (12, 0, "It is noon."),
        (9, 0, "It is 9 o'clock AM."),
        (0, 30, "It is 12:30 AM."),
        (12, 30, "It is 12:30 PM."),
    ],
)
async def test_every_hour_can_be_said(hour, minute, answer):
    assert await ask("What time is it?", now=NOW.replace(hour=hour, minute=minute)) == answer


async def test_another_joke():
    assert await ask("Tell me a joke.") == JOKES[0]
    assert await ask("Tell me another joke.", [Exchange("A joke", JOKES[0])]) == JOKES[1]


async def test_local_time_has_a_zone():
    assert "It is" in "".join([p async for p in BuiltinBrain().answer(Turn("What time is it?"))])


async def test_echo():
    assert [p async for p in EchoBrain().answer(Turn("Go forward."))] == ["Go forward."]
