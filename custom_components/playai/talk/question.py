"""One question to the user of a page: may the home do this?"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from homeassistant.helpers import llm

from ..assist.confirmation import Run
from .actions import is_error

ACTION_SECONDS: Final = 10.0
"""The wait for an action that the user has allowed by voice."""


class Outcome(StrEnum):
    """The result of an answer; a key in the `exceptions` section of the translations."""

    ALLOWED = "question_allowed"
    DENIED = "question_denied"
    FAILED = "question_failed"


@dataclass(slots=True)
class Question:
    """One question. It may outlive the turn that asks it: an answer by voice begins a new turn."""

    call: llm.ToolInput
    seconds: float
    answer: asyncio.Future[bool]
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    limit: asyncio.TimerHandle | None = None
    has_succeeded: bool = False
    """Whether the call was allowed, and has returned no error."""

    text: str = ""
    """The spoken question, if the agent can speak it; empty before that."""

    is_repeated: bool = False
    """Whether the agent has asked again."""

    shows_result: bool = False
    """Whether the turn that asks is over, so that nobody else shows the result."""

    async def settle[T](self, run: Run[T]) -> T | None:
        """Wait for the answer, and run the call if it is allowed."""
        try:
            outcome = await run() if await self.answer else None
            self.has_succeeded = outcome is not None and not is_error(outcome)
        finally:
            self.settled.set()
        return outcome

    async def wait_outcome(self) -> Outcome | None:
        """Return the result of the answer, None without one.

        An action gets a moment to return its result.
        """
        if not self.answer.done():
            return None
        if not self.answer.result():
            return Outcome.DENIED
        with suppress(TimeoutError):
            async with asyncio.timeout(ACTION_SECONDS):
                await self.settled.wait()
        return Outcome.ALLOWED if self.has_succeeded else Outcome.FAILED

    def ask_again(self) -> str:
        """Return the question that the agent repeats; "" if it has done so already."""
        text = "" if self.is_repeated else self.text
        self.is_repeated = True
        return text

    def is_asked_in(self, words: str) -> bool:
        """Return whether these words of the agent contain the question."""
        return bool(self.text) and " ".join(self.text.split()) in " ".join(words.split())
