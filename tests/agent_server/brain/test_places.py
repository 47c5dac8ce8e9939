"""The time and the date in other places, and questions that follow."""

from datetime import UTC, datetime

import pytest

from agent_server.brain import Exchange
from agent_server.brain.builtin.clock import tell_time
from agent_server.brain.builtin.places import find_zone
from agent_server.brain.builtin.question import Question

MONDAY = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)


def ask(text, *earlier):
    history = tuple(Exchange(question, "") for question in earlier)
    return tell_time(Question(text, MONDAY, history))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What time is it in New York?", "It is 2:05 PM in New York."),
        ("What is the time in Tokyo right now?", "It is 4:05 AM on Tuesday in Tokyo."),
        ("What time is it in San Francisco, please?", "It is 11:05 AM in San Francisco."),
        ("Um, what time is it in India?", "It is 12:35 AM on Tuesday in India."),
        ("What's the time in the Netherlands?", "It is 8:05 PM in Netherlands."),
        ("What time is it at the moment?", "It is 7:05 PM."),
        ("What time is it in here?", "It is 7:05 PM."),
        ("What time is it in Atlantis?", "I do not know that time. Here it is 7:05 PM."),
        ("What time is it in the kitchen?", "I do not know that time. Here it is 7:05 PM."),
        ("What time is it on the moon?", "I do not know that time. Here it is 7:05 PM."),
        ("What time is it over there?", "I do not know that time. Here it is 7:05 PM."),
        (
            "Do you know the time when the bus comes?",
            "I do not know that time. Here it is 7:05 PM.",
        ),
    ],
)
def test_time_elsewhere(question, answer):
    assert ask(question) == answer


@pytest.mark.parametrize(
    "place", ["", "..", "../../etc", "etc/passwd", "a b c d e f", "Tokyo", "indiana", "münchen"]
)
def test_places_that_are_not_looked_up(place):
    assert find_zone(place) is None


def test_every_zone_in_the_table_exists():
    from agent_server.brain.builtin import places  # noqa: PLC0415

    for names in places._ZONES.values():
        for name in names:
            assert find_zone(name) is not None, name


@pytest.mark.parametrize(
    ("question", "earlier", "answer"),
    [
        ("And tomorrow?", "What day is it today?", "Tomorrow is Tuesday, November 24th, 2026."),
        ("And to-morrow?", "What day is it to-day?", "Tomorrow is Tuesday, November 24th, 2026."),
        (
            "What about the day after tomorrow?",
            "And tomorrow?",
            "The day after tomorrow is Wednesday, November 25th, 2026.",
        ),
        ("And in London?", "What time is it?", "It is 7:05 PM in London."),
        ("And tomorrow?", "What's the weather like?", None),
        ("And in London?", "What is two plus two?", None),
        ("And the weather tomorrow?", "What day is it?", None),
    ],
)
def test_follow_up(question, earlier, answer):
    assert ask(question, earlier) == answer


def test_follow_up_to_nothing():
    assert ask("And tomorrow?") == "Tomorrow is Tuesday, November 24th, 2026."
