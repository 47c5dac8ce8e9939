"""Asks the user of a conversation before the home does something risky."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from homeassistant.helpers import llm

type Run[T] = Callable[[], Awaitable[T]]
"""Runs a call of a tool."""


class Ask(Protocol):
    """Runs a call of a tool if the user allows it; returns None if not.

    The user has `seconds` to answer, by default as long as the asker allows. The call may also run
    after its caller was cancelled: the user's answer may end the caller's turn.
    """

    def __call__[T](
        self, call: llm.ToolInput, run: Run[T], seconds: float | None = None, /
    ) -> Awaitable[T | None]:
        """Run the call if the user allows it, see the class."""


_ask_here: Final = ContextVar[Ask | None]("playai_ask", default=None)
"""How to ask the user whose turn this task answers."""


@contextmanager
def confirming(ask: Ask) -> Iterator[None]:
    """Ask before risky calls of tools in the turn that this task answers."""
    token = _ask_here.set(ask)
    try:
        yield
    finally:
        _ask_here.reset(token)


def ask_here() -> Ask | None:
    """Return how to ask the user whose turn this task answers.

    None if nobody can be asked, as on a satellite.
    """
    return _ask_here.get()
