"""Transcripts are spelled as people write today."""

from datetime import UTC, datetime

import numpy as np
import pytest

from agent_server.brain import Turn
from agent_server.brain.builtin import BuiltinBrain
from agent_server.stt.spelling import modernize

from ..listening import hear


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("What day is it to-day?", "What day is it today?"),
        ("To-morrow, to-night and TO-DAY'S news", "Tomorrow, tonight and TODAY'S news"),
        ("Good-bye. Good-night! Good-morning.", "Goodbye. Good night! Good morning."),
        ("At the week-end it is 5 per cent.", "At the weekend it is 5 percent."),
        (
            "the bed-room, the living-room and every-thing",
            "the bedroom, the living room and everything",
        ),
        ('Turn on the "Living Room" lamp.', "Turn on the Living Room lamp."),
        ("\u201cIt\u2019s late,\u201d she said.", "It\u2019s late, she said."),
        # These are written like this today.
        ("Talk to day care, to-do lists, as per century.", None),
        ("A well-known co-operation, twenty-one, mid-nineties, Mo-to-day", None),
        ("", None),
    ],
)
def test_spelling(old, new):
    assert modernize(old) == (old if new is None else new)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What day is it today?", "Today is Wednesday, November 25th, 2026."),
        ("What day is it tomorrow?", "Tomorrow is Thursday, November 26th, 2026."),
    ],
)
async def test_question_is_answered(voice, transcriber, question, answer):
    speech = np.concatenate(list(voice.speak(question)))
    heard = hear(transcriber, speech, voice.sample_rate)
    assert heard == question
    brain = BuiltinBrain(lambda: datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert [piece async for piece in brain.answer(Turn(heard))] == [answer]
