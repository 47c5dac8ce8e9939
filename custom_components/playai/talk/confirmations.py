"""Questions to the user of a page: may the home do this?"""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers import llm

from .actions import shown_call
from .limits import CONFIRM_SECONDS, MAX_QUESTIONS

if TYPE_CHECKING:
    from .talk import Talk


class Confirmations:
    """The questions of one talk. Without an answer, nothing is done."""

    def __init__(self, talk: Talk) -> None:
        """Create it without questions."""
        self._talk = talk
        self._asked: dict[str, asyncio.Future[bool]] = {}

    async def ask(self, call: llm.ToolInput, seconds: float | None = None) -> bool:
        """Return whether the user allows a call; an interruption means no."""
        seconds = seconds or CONFIRM_SECONDS
        if len(self._asked) >= MAX_QUESTIONS:
            return False
        link = self._talk.link
        answer: asyncio.Future[bool] = self._talk.hass.loop.create_future()
        self._asked[call.id] = answer
        is_allowed = False
        link.send("confirm", id=call.id, **shown_call(call), seconds=seconds)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    is_allowed = await answer
        finally:
            del self._asked[call.id]
            link.send("confirmed", id=call.id, allow=is_allowed)
        return is_allowed

    @callback
    def answer(self, call_id: str, *, is_allowed: bool) -> None:
        """Take the answer of the user; one that comes late is ignored."""
        answer = self._asked.get(call_id)
        if answer is not None and not answer.done():
            answer.set_result(is_allowed)
