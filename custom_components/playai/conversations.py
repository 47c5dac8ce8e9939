"""The conversations of one config entry."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.chat_session import ChatSession

from .agent import AgentSettings, HomeOffer, ServerTraits, Session
from .agent.events import SessionEnded, SessionEvent, Status
from .const import DOMAIN
from .last_speech import LastSpeech
from .models import current_timings
from .open_conversation import OpenConversation
from .silence import Playing


class Conversations:
    """The open conversations of one entry, by their ids; the only owner of sessions.

    `on_event` is called with the data of an activity, None for an announcement, and each event of a
    session, after the conversation has changed.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        traits: ServerTraits,
        on_event: Callable[[dict[str, Any] | None, SessionEvent], None],
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

    def __contains__(self, conversation_id: str) -> bool:
        """Return whether a conversation is open."""
        return conversation_id in self._open

    @callback
    def get(self, conversation_id: str) -> OpenConversation | None:
        """Return an open conversation."""
        return self._open.get(conversation_id)

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
    def async_open(
        self,
        conversation_id: str,
        settings: AgentSettings,
        chat: ChatSession | None,
        home: HomeOffer | None,
        *,
        is_announcement: bool = False,
        source: str | None = None,
    ) -> Session:
        """Return the session of a new conversation, which ends with Home Assistant's, `chat`."""
        session = Session(
            async_get_clientsession(self._hass),
            settings,
            traits=self._traits,
            timings=current_timings(),
            on_event=partial(self._session_event, conversation_id),
            make_room=self._make_room,
            home=home,
        )
        self._open[conversation_id] = OpenConversation(session, is_announcement, source)
        if chat is not None:
            chat.async_on_cleanup(partial(self.async_end, conversation_id))
        return session

    @callback
    def async_get_session(self, conversation_id: str) -> Session | None:
        """Return the session of an open conversation."""
        conversation = self.get(conversation_id)
        return None if conversation is None else conversation.session

    @callback
    def async_watch(self, conversation_id: str, listener: Callable[[SessionEvent], None]) -> None:
        """Call a listener with each event of the session of a conversation."""
        if (conversation := self.get(conversation_id)) is not None:
            conversation.listener = listener

    @callback
    def async_note_satellite(
        self,
        conversation_id: str,
        satellite_id: str | None,
        device_id: str | None,
        source: str | None = None,
    ) -> None:
        """Remember where the user of a conversation is, for the activities that follow.

        Only the source of a conversation knows it: a talk of a page, or a pipeline.
        """
        conversation = self.get(conversation_id)
        if conversation is not None and conversation.source == source:
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
        """Hang up all conversations, within half a second."""
        await asyncio.gather(*(conversation.session.close() for conversation in self))

    @callback
    def async_note_players_of(self, conversation_id: str, players: Collection[str]) -> None:
        """Remember media players that play the answers of a conversation."""
        if (conversation := self.get(conversation_id)) is not None:
            conversation.players |= set(players)

    @callback
    def async_expect_follow_up(self, conversation_id: str) -> None:
        """Expect that the user continues after the answer, without a wake word."""
        if (conversation := self.get(conversation_id)) is not None:
            conversation.expects_follow_up = True

    @callback
    def async_take_follow_up(self, conversation_id: str) -> bool:
        """Return whether a follow-up is expected, once for each answer."""
        conversation = self.get(conversation_id)
        return conversation is not None and conversation.take_follow_up()

    @callback
    def async_expect_speech(self, conversation_id: str) -> LastSpeech:
        """Return an object to which a turn reports the level of its microphone."""
        last_speech = LastSpeech()
        if (conversation := self.get(conversation_id)) is not None:
            conversation.last_speech = last_speech
        return last_speech

    @callback
    def async_listen(self, conversation_id: str, cancel: Callable[[], None]) -> None:
        """Listen to another microphone; `cancel` stops listening to it.

        The run of the earlier turn must not wait for its client any longer: Home Assistant runs
        one turn at a time in a conversation.
        """
        if (conversation := self.get(conversation_id)) is not None:
            conversation.leave_microphone()
            conversation.leave_microphone = cancel

    @callback
    def async_response_time(self, conversation_id: str, agent_time: float) -> float:
        """Return the seconds since the user has last spoken, for an answer that begins now."""
        conversation = self.get(conversation_id)
        if conversation is None:
            return agent_time
        return conversation.response_time(agent_time, self._hass.loop.time())

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
        data = {"conversation_id": conversation_id, **conversation.satellite}
        if conversation.source is not None:
            data["source"] = conversation.source
        self._on_event(None if conversation.is_announcement else data, event)
        conversation.listener(event)
