"""Sentences that people say besides the usual questions."""

import re

import pytest

from agent_server.brain.builtin.smalltalk import HELP, JOKES
from tests.agent_server.brain.test_builtin import ask

SEE = "I cannot see that"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the whole sum?", "I did not get the whole sum"),
        ("What's the sum of it?", "I did not get the whole sum"),
        ("What's the whole sum of three and four?", "3 plus 4 is 7"),
        ("Split 84 euros between four people.", "84 divided by 4 is 21"),
        ("How much is 50 cents plus 2 dollars?", "I did not get the whole sum"),
        ("What is 20 cents plus 5 cents?", "20 plus 5 is 25"),
        ("What's a 15 percent tip on 40 dollars?", "15 percent of 40 is 6"),
        ("Desk lamp.", "Please say what to do with it"),
        ("The kitchen light, please.", "Please say what to do with it"),
        ("What else can you do?", re.escape(HELP)),
        ("I'm bored.", re.escape(JOKES[0])),
        ("How old are you?", "program"),
        ("Are you listening to me?", "Yes"),
        ("That's wrong.", "sorry"),
        ("Why?", "reasons"),
        ("Really?", "As far as I know"),
        ("Which lights are on?", SEE),
        ("How many windows are open?", SEE),
        ("Set the thermostat to twenty three.", "cannot set that myself.*twenty one"),
        ("Make it brighter.", "not switched"),
        ("How much time is left?", "no timer"),
        ("When is Easter?", "do not know that day"),
        ("What is the date in Tokyo?", "In Tokyo, today is .*day, "),
        ("What time is lunch?", "do not know that"),
        ("What time is it at home?", "^It is "),
        ("What's the time difference to London?", "do not know that"),
    ],
)
async def test_answers(question, answer):
    assert re.search(answer, await ask(question))


@pytest.mark.parametrize(
    "question",
    [
        "Desk lamp.",
        "Turn off the desk lamp.",
        "Pause the music.",
        "Set a timer for ten minutes.",
        "Set the temperature to twenty one degrees.",
        "Add bread to my shopping list.",
    ],
)
async def test_no_example_repeats_the_question(question):
    answer = await ask(question)
    assert question.rstrip(".").lower() not in answer.lower()
    assert answer.endswith((".", "!"))
    assert ".." not in answer
