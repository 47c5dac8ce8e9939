"""Unsupported requests: the brain says so, names its abilities, and repeats nothing."""

import re
from datetime import UTC, datetime

import pytest

from agent_server.brain import Exchange, Turn
from agent_server.brain.builtin import BuiltinBrain
from agent_server.brain.builtin.unavailable import _GENERAL
from tests.agent_server.brain.test_builtin import ask

NOW = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Turn on the kitchen light.", "not switched anything.*desk lamp"),
        ("Close the curtains, please.", "not switched anything"),
        ("Turn on the", "no device or room"),
        ("Turn off everything.", "cannot switch everything.*all the lights"),
        ("Please switch everything off.", "cannot switch everything"),
        ("Is the front door locked?", "cannot see that.*exposed"),
        ("Is the garage door open?", "cannot see that"),
        ("What's the weather to-morrow?", "no weather forecast.*weather service"),
        ("Set a timer for five minutes.", "no timer.*speaker with timers"),
        ("Wake me up at seven tomorrow morning.", "no alarm clock.*set a timer"),
        ("Remind me to take out the trash at eight.", "cannot remind you.*add trash bags"),
        ("What's on my shopping list?", "cannot read out.*add bread"),
        ("Add milk to my shopping list.", "cannot .*change.*add bread"),
        ("Play jazz in the living room.", "cannot play.*media player"),
        ("Make it a bit warmer in here.", "need a number.*set the temperature"),
        ("It's too cold in here.", "need a number"),
        ("What's the temperature in the bed-room?", "cannot measure.*thermometer"),
        ("Call mom.", "cannot make calls.*phone"),
        ("When is the next bus to the station?", "no timetables.*time"),
        ("What's in the news?", "no news.*without the internet"),
        ("Who won the world cup in 2014?", "without the internet.*language model"),
        ("What is the capital of Wonderland?", "capitals of some countries, but not that one"),
        ("What appointments do I have?", "cannot see a calendar"),
        ("How do I cook rice?", "no recipes.*egg"),
        ("Translate house.", "cannot translate"),
        ("Sing a song for me.", "cannot"),
        ("What is 3 plus", "whole sum.*seven times eight"),
        ("It was the best of times.", "did not understand"),
        ("How many times did I ask?", "do not know that"),
        ("What is 1" + " plus 1" * 100, "whole sum"),
        ("What is 1" + " plus 1" * 10_000, "did not understand"),
        ("How many grams are in a mile?", "Both units must measure the same"),
        ("How many days until February 31?", "do not know that day"),
        ("What time does the store open?", "do not know that"),
        ("Go forward ten meters.", "did not understand"),
        ("9" * 5_000, "did not understand"),
        ("", "did not understand"),
    ],
)
async def test_unavailable(question, words):
    answer = await ask(question)
    assert re.search(words, answer)
    assert len(answer) < 200
    assert not question or question.rstrip(".?").lower() not in answer.lower()


async def test_the_same_again_in_other_words():
    history = []
    for general in _GENERAL:
        assert await ask("Banana.", history) == general
        history.append(Exchange("Banana.", general))


async def test_a_question_that_follows_is_about_the_same():
    history = [Exchange("What's the weather like?", "It is sunny.")]
    assert "weather" in await ask("And tomorrow?", history)
    assert "weather" in await ask("What about Berlin?", history)


FAMILY = """
Turn on the kitchen light. · What's the weather tomorrow? · Set a timer for five minutes. ·
What's on my shopping list? · Add milk to my shopping list. · Play jazz in the living room. ·
Good night. · Who won the world cup in 2014? · Tell me a joke. · How do I boil an egg? ·
Is the front door locked? · What's the temperature in the bedroom? · Stop. · Never mind. ·
What did I just ask you? · Wie spät ist es gerade? · Could you please tell me how many days there
are until Christmas? · What time is it? · What day is it today? · And tomorrow? · How many
kilometers are ten miles? · What is fifteen percent of eighty? · What's the capital of France? ·
Wake me up at seven tomorrow morning. · What can you do? · Thank you. · How are you? · Call mom. ·
Make it a bit warmer in here. · What time is it in New York? · When is the next bus to the station?
· Remind me to take out the trash at eight. · Hey, um, so, what is, uh, twelve plus thirty?
"""


async def test_no_question_of_a_family_is_repeated():
    history: list[Exchange] = []
    brain = BuiltinBrain(lambda: NOW)
    for question in (" ".join(text.split()) for text in FAMILY.split("·")):
        turn = Turn(question, history=tuple(history))
        answer = "".join([piece async for piece in brain.answer(turn)])
        assert answer not in _GENERAL
        assert question.rstrip(".?").lower() not in answer.lower()
        history.append(Exchange(question, answer))
    assert len({exchange.agent for exchange in history}) >= 30
