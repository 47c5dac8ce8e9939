"""Speaks texts with the agent's own voice, where its server can.

These are the texts that are not the agent's reply: local commands, announcements, errors.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.language import matches

from ..agent import AgentError, BaseSession, Feature, HomeOffer, Reply, Turn
from ..const import DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..models import current_timings
from .answer_with import async_knows
from .fallback_voice import has_voice
from .handover import take_turn

_LOGGER = logging.getLogger(__name__)

SAY_SECONDS: Final = 10.0
"""The wait for the first audio; the fallback voice speaks after that."""

MAX_SESSIONS: Final = 4
"""Texts that the agent speaks at the same time."""


class Text:
    """A text that arrives in pieces, and can be read several times from its beginning."""

    def __init__(self) -> None:
        """Create a text that is still empty."""
        self._pieces: list[str] = []
        self._is_complete = False
        self._changed = asyncio.Event()

    async def collect(self, pieces: AsyncGenerator[str]) -> None:
        """Collect the pieces without the leading blanks, which only start text-to-speech early."""
        try:
            async with asyncio.timeout(current_timings().reply), aclosing(pieces):
                async for piece in pieces:
                    if text := piece if self._pieces else piece.lstrip():
                        self._pieces.append(text)
                        self._changed.set()
        except TimeoutError:
            pass  # The pieces of a run that was cancelled never end.
        finally:
            self._is_complete = True
            self._changed.set()

    async def read(self) -> AsyncGenerator[str]:
        """Yield the pieces as they arrive."""
        position = 0
        while True:
            if position < len(self._pieces):
                yield self._pieces[position]
                position += 1
            elif self._is_complete:
                return
            else:
                self._changed.clear()
                await self._changed.wait()


@callback
def async_collect(
    hass: HomeAssistant, entry: PlayAIConfigEntry, pieces: AsyncGenerator[str]
) -> Text:
    """Return a text whose pieces are collected in the background."""
    text = Text()
    name = f"{DOMAIN} collects a text"
    entry.async_create_background_task(hass, text.collect(pieces), name)
    return text


@callback
def can_say(hass: HomeAssistant, entry: PlayAIConfigEntry, language: str) -> bool:
    """Return whether the agent speaks texts in a language, or in any if no other voice does."""
    coordinator = entry.runtime_data
    features = coordinator.traits.features
    if features is None or not coordinator.data.connected or not async_knows(entry, Feature.SAY):
        return False
    knows_language = not features.languages or bool(
        matches(language, features.languages, hass.config.country)
    )
    return knows_language or not has_voice(hass, entry)


async def async_say(
    hass: HomeAssistant, entry: PlayAIConfigEntry, text: Text, language: str
) -> Reply | None:
    """Return the reply in which the agent speaks a text; None if it fails or begins too late."""
    tag = hass.config.language if language == MATCH_ALL else language
    turn = _begin(entry, tag)
    if turn is None:
        return None
    pushing = entry.async_create_background_task(hass, _push(turn, text), f"{DOMAIN} says a text")
    try:
        async with asyncio.timeout(SAY_SECONDS):
            reply = await turn.wait_reply()
    except (AgentError, TimeoutError) as error:
        _LOGGER.debug("%s cannot say a text: %r", entry.title, error)
        pushing.cancel()
        return None
    reply.expect_listener()
    return reply


async def _push(turn: Turn, text: Text) -> None:
    async with aclosing(text.read()) as pieces:
        async for piece in pieces:
            turn.push_text(piece)
    turn.end_text()


@callback
def _begin(entry: PlayAIConfigEntry, tag: str) -> Turn | None:
    """Return a turn for a text: that of the run, which the home has answered, or a new one."""
    turn = take_turn(entry.entry_id)
    if turn is not None and not turn.is_over:
        turn.answer_locally(tag)
        return turn
    session = _free_session(entry, tag)
    return None if session is None else session.say(tag)


@callback
def _free_session(entry: PlayAIConfigEntry, tag: str) -> BaseSession | None:
    """Return a session in which nobody speaks; None if there are too many."""
    coordinator = entry.runtime_data
    for number in range(MAX_SESSIONS):
        conversation_id = f"{DOMAIN} says {number}"
        session = coordinator.conversations.async_get_session(conversation_id)
        if session is None or not (session.is_busy or session.is_closed):
            return coordinator.async_session(
                conversation_id, None, HomeOffer(tag, answers=False), is_announcement=True
            )
    return None
