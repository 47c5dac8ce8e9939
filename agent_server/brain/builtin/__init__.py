"""A brain that answers real questions without a network, topic by topic."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import Final

from .. import Exchange
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
    """Knows the time, sums, units and a little small talk; repeats the rest."""

    def __init__(self, clock: Callable[[], datetime] = local_time) -> None:
        self._clock = clock

    async def answer(self, text: str, history: Sequence[Exchange]) -> AsyncGenerator[str]:
        """See `Brain`."""
        question = Question(text, self._clock(), tuple(history))
        for topic in TOPICS:
            if (answer := topic(question)) is not None:
                yield answer
                return
        yield f"I heard: {text.strip()}"
