"""How the answers to a family are judged."""

from datetime import UTC, datetime

import pytest

from benchmarks.family_questions import QUESTIONS, Observation, Verdict, judge
from tests.harness.changes import Change

NOW = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)
BY_TEXT = {question.text: question for question in QUESTIONS}


def change(entity_id, what="state", after="on"):
    return Change(0.0, entity_id, "Name", what, "off", after)


@pytest.mark.parametrize(
    ("text", "said", "changes", "verdict"),
    [
        ("Turn on the kitchen light.", "Done", [change("light.kitchen_light")], "done"),
        ("Turn on the kitchen light.", "Done", [], "wrong"),
        (
            "Turn on the kitchen light.",
            "I cannot",
            [change("light.kitchen_light"), change("light.floor_lamp")],
            "wrong",
        ),
        ("Turn on the kitchen light.", "I cannot switch it.", [], "explained"),
        ("Turn on the kitchen light.", "I heard: turn on the kitchen light", [], "echo"),
        ("What time is it?", "It is 7:05 PM.", [], "done"),
        ("What time is it?", "7:06 PM", [], "done"),
        ("What time is it?", "It is 5:07 PM.", [], "wrong"),
        ("What time is it in New York?", "It is 2:05 PM in New York.", [], "done"),
        ("And tomorrow?", "Tomorrow is Tuesday.", [], "done"),
        ("What did I just ask you?", "You said: Never mind.", [], "done"),
        ("Call mom.", "I cannot make calls.", [], "explained"),
        ("Call mom.", "Calling mom.", [], "wrong"),
        ("Stop.", "Okay.", [], "done"),
        ("Stop.", "", [], "done"),
        ("Good night.", "Good night.", [], "echo"),
    ],
)
def test_verdicts(text, said, changes, verdict):
    seen = Observation(text, "Never mind.", text, said, changes, NOW)
    assert judge(BY_TEXT[text], seen) is Verdict(verdict)


def test_explanation_of_something_else():
    asked = "Call mom."
    seen = Observation(asked, "", "Come on,", "I cannot help.", [], NOW)
    assert judge(BY_TEXT[asked], seen) is Verdict.MISHEARD


def test_there_are_33_questions():
    assert len(BY_TEXT) == 33
