"""The conversations of one config entry, and the connections that a server allows."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any

from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .agent import AgentSettings, HomeOffer, ServerTraits, Session
from .agent.events import (
    SessionEnded,
    SessionEvent,
    SessionStarted,
    Status,
    StatusChanged,
    VoiceActivity,
)
from .const import DOMAIN
from .models import PlayAIConfigEntry, current_timings


@dataclass(slots=True)
class Conversation:
    """One conversation, from its first turn to the end of its session."""

    session: Session
    is_started: bool = False
    """Whether the server has accepted it."""

    voice_active: bool = False
    satellite: dict[str, str | None] = field(default_factory=dict)
    """Where the user is, as far as Home Assistant knows; data of the activities."""

    used_at: float = 0.0
    """When its status last changed, in seconds of the loop's clock."""


class Conversations:
    """The open conversations of one entry, by their ids; the only owner of sessions.

    `on_event` is called with the data of an activity and each event of a session, after the
    conversation has changed.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: PlayAIConfigEntry,
        traits: ServerTraits,
        on_event: Callable[[dict[str, Any], SessionEvent], None],
    ) -> None:
        """Create an empty collection; `traits` are shared by its sessions."""
        self._hass = hass
        self._entry = entry
        self._traits = traits
        self._on_event = on_event
        self._open: dict[str, Conversation] = {}

    def __iter__(self) -> Iterator[Conversation]:
        """Iterate over the open conversations."""
        return iter(self._open.values())

    def __contains__(self, conversation_id: str) -> bool:
        """Return whether a conversation is open."""
        return conversation_id in self._open

    @property
    def idle(self) -> list[Conversation]:
        """The conversations without an open turn or reply."""
        return [conversation for conversation in self if not conversation.session.is_busy]

    @property
    def status(self) -> Status:
        """The first of `Status` that a conversation has."""
        statuses = {conversation.session.status for conversation in self}
        return next(status for status in Status if status in {*statuses, Status.IDLE})

    @callback
    def async_open(
        self, conversation_id: str, settings: AgentSettings, home: HomeOffer | None = None
    ) -> Session:
        """Return the session of a new conversation."""
        session = Session(
            async_get_clientsession(self._hass),
            settings,
            traits=self._traits,
            timings=current_timings(),
            on_event=partial(self._session_event, conversation_id),
            make_room=partial(async_make_room, self._hass, settings),
            home=home,
        )
        self._open[conversation_id] = Conversation(session)
        return session

    @callback
    def async_get_session(self, conversation_id: str) -> Session | None:
        """Return the session of an open conversation."""
        conversation = self._open.get(conversation_id)
        return None if conversation is None else conversation.session

    @callback
    def async_note_satellite(
        self, conversation_id: str, satellite_id: str | None, device_id: str | None
    ) -> None:
        """Remember where the user of a conversation is, for the activities that follow."""
        if (conversation := self._open.get(conversation_id)) is not None:
            conversation.satellite = {
                "satellite_id": satellite_id,
                "satellite_device_id": device_id,
            }

    @callback
    def async_end(self, conversation_id: str) -> None:
        """Hang up in the background."""
        if (session := self.async_get_session(conversation_id)) is not None:
            self._entry.async_create_background_task(
                self._hass, session.close(), f"{DOMAIN} hangs up"
            )

    async def async_end_all(self) -> None:
        """Hang up everywhere, which takes half a second at most."""
        await asyncio.gather(*(conversation.session.close() for conversation in self))

    async def async_end_idle(self) -> None:
        """Hang up where nobody speaks."""
        await asyncio.gather(*(conversation.session.close() for conversation in self.idle))

    @callback
    def _session_event(self, conversation_id: str, event: SessionEvent) -> None:
        """Update a conversation; called in an empty context, see `Session`."""
        conversation = self._open.get(conversation_id)
        if conversation is None:
            return
        match event:
            case SessionStarted():
                conversation.is_started = True
            case SessionEnded():
                del self._open[conversation_id]
            case StatusChanged():
                conversation.used_at = self._hass.loop.time()
            case VoiceActivity(active):
                conversation.voice_active = active
        self._on_event({"conversation_id": conversation_id, **conversation.satellite}, event)


async def async_make_room(hass: HomeAssistant, settings: AgentSettings) -> bool:
    """Close one connection to a server; returns whether a second attempt is worth it.

    Attempts to reconnect are stopped first. Without one, the conversation that has been idle
    longest is closed, of all entries with this server and key.
    """
    entries: list[PlayAIConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    coordinators = [
        entry.runtime_data
        for entry in entries
        if entry.data[CONF_URL] == settings.url and entry.data[CONF_API_KEY] == settings.api_key
    ]
    attempts = [task for each in coordinators for task in each.reconnecting.stop()]
    if attempts:
        await asyncio.gather(*attempts, return_exceptions=True)
        return True
    idle = [conversation for each in coordinators for conversation in each.conversations.idle]
    if not idle:
        return False
    await min(idle, key=attrgetter("used_at")).session.close()
    return True
