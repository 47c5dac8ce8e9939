"""Thinks: what to answer."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import EngineError


class BrainError(EngineError):
    """There is no answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said in one earlier turn."""

    user: str
    agent: str
    """As far as it was heard."""


class Brain(Protocol):
    """Finds answers; all conversations share one."""

    def answer(self, text: str, history: Sequence[Exchange]) -> AsyncGenerator[str]:
        """Yield the answer piece by piece, each when it is known; raises `BrainError`.

        `text` is what the user said and `history` what came before, oldest first.
        It is asked in every pause; when the user goes on, the generator is closed and the
        brain asked again with all of it. So an answer must have no other effects.
        """
