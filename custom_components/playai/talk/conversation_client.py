"""Asks the agent's conversation entity in a talk, as a pipeline would, and plays its answers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from homeassistant.components import conversation

from ..agent import Turn
from ..assist.confirmation import confirming
from .actions import Actions

if TYPE_CHECKING:
    from .talk import Talk


class ConversationClient:
    """Asks for the answers of one talk."""

    def __init__(self, talk: Talk) -> None:
        """Create it before the first turn."""
        self._talk = talk
        self._running = 0
        """The number of answers that the entity is preparing."""

    @property
    def is_answering(self) -> bool:
        """Whether the entity prepares an answer."""
        return self._running > 0

    async def converse(self, text: str, turn: Turn | asyncio.Future[Turn], number: int) -> str:
        """Ask the entity, which claims the turn, and play its reply to the end.

        For a typed text, `turn` gets the turn of the answer if the agent speaks. Returns the words
        of an answer that has no voice, else an empty text.
        """
        talk = self._talk
        playing = asyncio.create_task(self._play(turn, number))
        try:
            with (
                self._counted(),
                Actions(talk).watch(),
                confirming(talk.confirmations.ask),
            ):
                result = await conversation.async_converse(
                    talk.hass,
                    text,
                    talk.call.conversation_id,
                    talk.context,
                    talk.place.language,
                    talk.entity_id,
                    talk.place.device_id,
                )
            if isinstance(turn, asyncio.Future):
                turn.cancel()  # Unless the agent speaks.
            is_spoken = await playing
        finally:
            playing.cancel()
            if isinstance(turn, asyncio.Future):
                turn.cancel()
        return "" if is_spoken else str(result.response.speech.get("plain", {}).get("speech", ""))

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    async def _play(self, turn: Turn | asyncio.Future[Turn], number: int) -> bool:
        """Play the reply of a turn when it begins; returns whether there was one."""
        if isinstance(turn, asyncio.Future):
            await asyncio.wait({turn})
            if turn.cancelled():
                return False
            turn = turn.result()
        reply = await turn.watch_reply()
        if reply is not None:
            await self._talk.player.play(turn, number, reply)
        return reply is not None
