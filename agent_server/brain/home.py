"""Brains that let the home of the user answer."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..home import NotUnderstoodError
from . import Brain, Turn
from .sentences import ENGLISH, sentences


class HomeBrain:
    """Always asks the home; without one, it says that it needs a home."""

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        """See `Brain`."""
        own = sentences(turn.language) or ENGLISH
        if turn.is_typed:
            # The home has passed the text on, and would do so again, without end.
            yield own.no_own_answer
        elif turn.home is None or not turn.home.answers:
            yield own.no_home
        else:
            await turn.confirmed()
            try:
                async with aclosing(turn.home.converse(turn.text)) as pieces:
                    async for piece in pieces:
                        yield piece
            except NotUnderstoodError as error:
                yield error.words or own.not_understood


class AutoBrain:
    """Asks the home if it answers; if not, or if it does not understand, asks the `own` brain."""

    def __init__(self, own: Brain) -> None:
        self._own = own

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        """See `Brain`."""
        if turn.home is not None and turn.home.answers and not turn.is_typed:
            await turn.confirmed()
            try:
                async with aclosing(turn.home.converse(turn.text)) as pieces:
                    async for piece in pieces:
                        yield piece
            except NotUnderstoodError:
                pass
            else:
                return
        async with aclosing(self._own.answer(turn)) as pieces:
            async for piece in pieces:
                yield piece
