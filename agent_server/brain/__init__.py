"""Brains: they find the words of an answer."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import EngineError
from ..home import Home
from ..languages import DEFAULT_LANGUAGE


class BrainError(EngineError):
    """There is no answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The words of one earlier turn."""

    user: str
    """Empty if the agent spoke unprompted."""

    agent: str
    """The part of the answer that the user has heard."""

    rest: str | None = None
    """The known rest of the answer, from the start of the interrupted sentence; None unless the
    user is known to have interrupted the agent."""


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the user, perhaps not finished yet."""

    text: str
    language: str = DEFAULT_LANGUAGE
    history: Sequence[Exchange] = ()
    """Earlier turns, oldest first."""

    end: asyncio.Event = field(default_factory=_set_event, repr=False, compare=False)
    """Set once it is certain that the user has finished, and the client knows the words."""

    home: Home | None = field(default=None, repr=False, compare=False)
    """The home of the user; None for clients without one."""

    is_typed: bool = False
    """Whether the home has passed on a typed text: the home must not be asked again."""

    async def confirmed(self) -> None:
        """Wait until the user has certainly finished. A brain must have no effects before that."""
        await self.end.wait()


class Brain(Protocol):
    """Finds the answers of one conversation."""

    def answer(self, turn: Turn) -> AsyncGenerator[str]:
        """Yield the answer in pieces, each as soon as it is known; raises `BrainError`.

        The answer is prepared in every pause. When the user continues, the generator is closed,
        and another one is started with all the words. An answer with outside effects must wait
        for `turn.confirmed()` first; calls of `turn.home` do so themselves.
        """
