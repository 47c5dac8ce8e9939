"""A brain that answers questions without a network, topic by topic."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Final

from .. import Turn
from .arithmetic import calculate
from .clock import tell_time
from .question import Question
from .smalltalk import chat
from .units import convert

type Topic = Callable[[Question], str | None]
"""Returns the answer to a question of its topic, None for any other."""

TOPICS: Final[tuple[Topic, ...]] = (tell_time, convert, calculate, chat)


def local_time() -> datetime:
    """Return the time where this program runs."""
    return datetime.now().astimezone()


class BuiltinBrain:
    """Answers questions about time, sums and units, and some small talk; repeats the rest."""

    def __init__(self, clock: Callable[[], datetime] = local_time) -> None:
        self._clock = clock

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        """See `Brain`."""
        question = Question(turn.text, self._clock(), tuple(turn.history))
        for topic in TOPICS:
            if (answer := topic(question)) is not None:
                yield answer
                return
        yield f"I heard: {turn.text.strip()}"
