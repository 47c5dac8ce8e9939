"""The conversations of one config entry."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Final
from uuid import uuid4

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.chat_session import ChatSession

from .agent import AgentSettings, BaseSession, HomeOffer, ServerTraits
from .agent.events import SessionEnded, SessionEvent, Status
from .const import DOMAIN
from .models import current_timings
from .open_conversation import OpenConversation
from .silence import Playing


class Conversations:
    """The open conversations of one entry, by their ids; the only owner of sessions.

    `on_event` is called with a conversation and each event of its session, after the conversation
    has changed.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        traits: ServerTraits,
        on_event: Callable[[OpenConversation, SessionEvent], None],
        make_room: Callable[[], Awaitable[bool]],
    ) -> None:
        """Create an empty collection; `traits` and `make_room` are shared by its sessions."""
        self._hass = hass
        self._entry = entry
        self._traits = traits
        self._on_event = on_event
        self._make_room = make_room
        self._open: dict[str, OpenConversation] = {}
        self.playing: Final = Playing(hass.loop.time)

    def __iter__(self) -> Iterator[OpenConversation]:
        """Iterate over the open conversations."""
        return iter(self._open.values())

    def __getitem__(self, conversation_id: str) -> OpenConversation:
        """Return a conversation that is open; raises `KeyError` for others."""
        return self._open[conversation_id]

    @callback
    def get(self, conversation_id: str | None) -> OpenConversation | None:
        """Return a conversation, None if it is not open."""
        return None if conversation_id is None else self._open.get(conversation_id)

    @callback
    def find(self, public_id: str) -> OpenConversation | None:
        """Return the conversation with this id in its activities, None if it is not open."""
        return next((each for each in self if each.public_id == public_id), None)

    @callback
    def async_get_session(self, conversation_id: str) -> BaseSession | None:
        """Return the session of a conversation, None if it is not open."""
        conversation = self.get(conversation_id)
        return None if conversation is None else conversation.session

    @property
    def idle(self) -> list[OpenConversation]:
        """The conversations without an open turn or reply."""
        return [conversation for conversation in self if not conversation.session.is_busy]

    @property
    def is_busy(self) -> bool:
        """Whether a turn is open or a reply plays in any conversation."""
        return any(conversation.session.is_busy for conversation in self)

    @property
    def count(self) -> int:
        """The number of conversations that the server has accepted, without announcements."""
        return sum(each.is_started and not each.is_announcement for each in self)

    @property
    def status(self) -> Status:
        """The first of `Status` that a conversation has."""
        statuses = {conversation.session.status for conversation in self}
        return next(status for status in Status if status in {*statuses, Status.IDLE})

    @callback
    def async_open[S: BaseSession](
        self,
        conversation_id: str,
        new_session: Callable[..., S],
        settings: AgentSettings,
        home: HomeOffer | None,
        chat: ChatSession | None = None,
        *,
        is_announcement: bool = False,
        source: str | None = None,
    ) -> S:
        """Open a conversation, which ends with Home Assistant's `chat`, and return its session."""
        session = new_session(
            async_get_clientsession(self._hass),
            settings,
            traits=self._traits,
            timings=current_timings(),
            on_event=partial(self._session_event, conversation_id),
            make_room=self._make_room,
            home=home,
        )
        public_id = conversation_id if source is None else uuid4().hex
        self._open[conversation_id] = OpenConversation(
            conversation_id, public_id, session, is_announcement, source
        )
        if chat is not None:
            chat.async_on_cleanup(partial(self.async_end, conversation_id))
        return session

    @callback
    def async_end(self, conversation_id: str) -> None:
        """Hang up in the background."""
        if (conversation := self.get(conversation_id)) is not None:
            self._entry.async_create_background_task(
                self._hass, conversation.session.close(), f"{DOMAIN} hangs up"
            )

    async def async_end_all(self) -> None:
        """Hang up all conversations, and wait until they are closed."""
        await asyncio.gather(*(conversation.session.close() for conversation in self))

    async def async_end_idle(self) -> None:
        """Hang up all idle conversations."""
        await asyncio.gather(*(conversation.session.close() for conversation in self.idle))

    @callback
    def _session_event(self, conversation_id: str, event: SessionEvent) -> None:
        """Update a conversation; called in an empty context, see `Session`."""
        conversation = self.get(conversation_id)
        if conversation is None:
            return
        conversation.take_event(event, self._hass.loop.time())
        if isinstance(event, SessionEnded):
            del self._open[conversation_id]
        self._on_event(conversation, event)
        conversation.listener(event)
