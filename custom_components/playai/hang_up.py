"""Ends conversations at the request of the user, and silences the answers that still play."""

import asyncio
from collections.abc import Collection

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .coordinator import PlayAIConfigEntry
from .open_conversation import OpenConversation
from .silence import async_players_of_voice, async_stop_players


async def async_hang_up(hass: HomeAssistant, conversation: OpenConversation) -> None:
    """End one conversation, and stop its answer immediately."""
    await _silence_and_close(hass, [conversation])


async def async_hang_up_all(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """End all conversations with an agent, and stop all playback of its voice."""
    conversations = entry.runtime_data.conversations
    players = conversations.playing.async_take()
    unique_id = f"{entry.entry_id}_{Platform.TTS}"
    voice = er.async_get(hass).async_get_entity_id(Platform.TTS, DOMAIN, unique_id)
    if voice is not None:
        players |= async_players_of_voice(hass, voice)
    await _silence_and_close(hass, list(conversations), players)


async def _silence_and_close(
    hass: HomeAssistant, conversations: list[OpenConversation], players: Collection[str] = ()
) -> None:
    players = set(players).union(*(each.current_players(hass) for each in conversations))
    await asyncio.gather(
        *(conversation.session.close() for conversation in conversations),
        async_stop_players(hass, players),
    )
