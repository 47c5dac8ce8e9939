"""A brain that answers simple questions without a network, topic by topic."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Final

from .. import Turn
from .arithmetic import calculate
from .clock import tell_time
from .facts import state_fact
from .foreign import detect_language
from .question import Question
from .recall import recall
from .smalltalk import chat
from .unavailable import explain
from .units import convert

type Topic = Callable[[Question], str | None]
"""Returns the answer to a question about its topic, None for any other question."""

TOPICS: Final[tuple[Topic, ...]] = (
    recall,
    tell_time,
    convert,
    calculate,
    state_fact,
    chat,
    detect_language,
)


def local_time() -> datetime:
    """Return the time where this program runs."""
    return datetime.now().astimezone()


class BuiltinBrain:
    """Answers questions about time, sums, units and a few facts, and some small talk.

    For other questions it states its limit and suggests a question, without repeating the user's.
    """

    def __init__(self, clock: Callable[[], datetime] = local_time) -> None:
        self._clock = clock

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        """See `Brain`."""
        question = Question(turn.text, self._clock(), tuple(turn.history))
        for topic in TOPICS:
            if (answer := topic(question)) is not None:
                yield answer
                return
        yield explain(question)
