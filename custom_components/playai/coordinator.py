"""The state of one agent: updated by its conversations, pushed to its entities."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.chat_session import ChatSession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .activities import NO_CONVERSATION, Activities
from .agent import (
    AgentError,
    BaseSession,
    EndOfTurn,
    HomeOffer,
    LiveCall,
    ServerTraits,
    Session,
    Turn,
    probe,
)
from .agent.errors import Remedy
from .agent.events import (
    Disconnected,
    ErrorOccurred,
    ReplyStarted,
    SessionEvent,
    SessionStarted,
)
from .assist.engines import Engines
from .connection_limit import async_make_room
from .const import BROWSER, DOMAIN
from .conversations import Conversations
from .health.health import Health
from .health.watch import Watch
from .models import Activity, AgentState, build_settings, current_timings
from .open_conversation import OpenConversation

_LOGGER = logging.getLogger(__name__)

type PlayAIConfigEntry = ConfigEntry[PlayAICoordinator]


class PlayAICoordinator(DataUpdateCoordinator[AgentState]):
    """The state of one config entry and its conversations."""

    config_entry: PlayAIConfigEntry

    def __init__(self, hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
        """Create the coordinator without opening a connection."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.settings = build_settings(entry)
        self.traits = ServerTraits()
        self.activities: Final = Activities(hass.loop.time)
        self.conversations: Final = Conversations(
            hass, entry, self.traits, self._session_event, partial(async_make_room, hass, entry)
        )
        self.health: Final = Health(hass, entry)
        self.watch: Final = Watch(
            hass,
            entry,
            current_settings=lambda: self.settings,
            traits=self.traits,
            health=self.health,
            is_talking=lambda: self.conversations.is_busy,
            on_connected=self._connected,
            on_failure=self._attempt_failed,
        )
        self.engines: Final = Engines()
        self.data = AgentState(last_error=self.health.last_error)
        self._times: dict[str, float] = {}

    @property
    def agent_ends_turn(self) -> bool:
        """Whether the agent, not Home Assistant, detects the end of the user's turn."""
        return (
            self.settings.end_of_turn is EndOfTurn.AGENT
            and self.settings.enable_vad
            and self.traits.sends_voice_activity is not False
        )

    @override
    async def _async_update_data(self) -> AgentState:
        """Test the connection once, at set-up; after that, sessions and watch push the state.

        An unreachable agent does not make the entities unavailable: they show the error, and
        the integration reconnects when the agent returns.
        """
        try:
            traits = await self._probe()
        except AgentError as error:
            if error.policy.remedy is Remedy.REAUTH:
                raise ConfigEntryAuthFailed(
                    translation_domain=DOMAIN,
                    translation_key=error.kind.value,
                    translation_placeholders={"message": error.message},
                ) from error
            self._failed(error, NO_CONVERSATION, in_turn=False)
            self.health.disconnected(Disconnected(error, is_refusal=True))
        else:
            self.traits.learn(traits)
            self.health.mark_connected()
            self.health.mark_ok()
        return self._state()

    async def async_test_connection(self) -> None:
        """Close idle conversations, then connect; raises `AgentError`."""
        await self.conversations.async_end_idle()
        self._connected(await self._probe())
        self.health.mark_ok()
        self._push()

    async def async_options_changed(self) -> None:
        """Apply the options of the entry; a turn that runs is not disturbed.

        Idle conversations end, because their connections have the previous options.
        """
        self.settings = build_settings(self.config_entry)
        self.async_update_listeners()
        await self.conversations.async_end_idle()

    async def async_close(self) -> None:
        """End all conversations, checks and attempts to reconnect."""
        await asyncio.gather(self.watch.async_close(), self.conversations.async_end_all())

    @callback
    def async_start_turn(
        self,
        conversation_id: str,
        chat: ChatSession | None,
        *,
        home: HomeOffer | None = None,
        wait_for_words: bool = False,
    ) -> Turn:
        """Start a turn of a pipeline; opens the conversation if it is new.

        A live call in the same conversation ends: it hears only its own microphone.
        """
        session = self._session(conversation_id)
        if not isinstance(session, Session):
            self.conversations.async_end(conversation_id)
            settings = replace(self.settings, wait_for_words=wait_for_words)
            session = self.conversations.async_open(conversation_id, Session, settings, home, chat)
        return session.start_turn()

    @callback
    def async_session(
        self,
        conversation_id: str,
        chat: ChatSession | None,
        home: HomeOffer | None,
        *,
        is_announcement: bool = False,
    ) -> BaseSession:
        """Return the session of a conversation; opens it, and offers the home, if it is new."""
        return self._session(conversation_id) or self.conversations.async_open(
            conversation_id, Session, self.settings, home, chat, is_announcement=is_announcement
        )

    @callback
    def async_begin_call(
        self,
        conversation_id: str,
        home: HomeOffer,
        on_event: Callable[[LiveCall, SessionEvent], None],
        on_turn: Callable[[Turn], None],
    ) -> LiveCall:
        """Open a conversation in which the agent listens to a page all the time."""
        self.watch.stop()
        settings = replace(
            self.settings, wait_for_words=True, enable_vad=True, end_of_turn=EndOfTurn.AGENT
        )
        call = self.conversations.async_open(
            conversation_id, partial(LiveCall, on_turn=on_turn), settings, home, source=BROWSER
        )
        self.conversations[conversation_id].listener = partial(on_event, call)
        call.begin()
        return call

    def _session(self, conversation_id: str) -> BaseSession | None:
        """Return the session of a conversation, None if it is not open; stop the watch first.

        A check or an attempt to reconnect may hold the last connection that the server allows.
        """
        self.watch.stop()
        return self.conversations.async_get_session(conversation_id)

    async def _probe(self) -> ServerTraits:
        http = async_get_clientsession(self.hass)
        return await probe(http, self.settings, current_timings())

    @callback
    def _session_event(self, conversation: OpenConversation, event: SessionEvent) -> None:
        """Push the changes of a conversation; an announcement has no activities."""
        data = conversation.data
        match event:
            case SessionStarted():
                self._connected()
            case ReplyStarted() if conversation.is_announcement:
                self.health.mark_ok()
            case ReplyStarted(agent_time):
                seconds = conversation.response_time(agent_time, self.hass.loop.time())
                self._times = {
                    "response_time": round(seconds, 3),
                    "agent_time": round(agent_time, 3),
                }
                self.health.history.add_timing(**self._times)
                self.health.mark_ok()
                self._push()
                self.activities.emit(Activity.REPLY_STARTED, data | self._times)
            case ErrorOccurred(error):
                self._failed(error, NO_CONVERSATION if conversation.is_announcement else data)
                return
            case Disconnected():
                self.health.disconnected(event)
        self._push()
        self.watch.reconnect()
        if not conversation.is_announcement:
            self.activities.emit_event(event, data)

    def _failed(self, error: AgentError, data: dict[str, Any], *, in_turn: bool = True) -> None:
        self.health.failed(error, in_turn=in_turn)
        if not self.activities.is_repeated(error, data["conversation_id"]):
            self._push()
            self.activities.emit_error(error, data)

    def _connected(self, traits: ServerTraits | None = None) -> None:
        self.watch.stop()
        if traits is not None:
            self.traits.learn(traits)
        self.health.mark_connected()
        self._push()

    def _attempt_failed(self, error: AgentError) -> None:
        """Report why an attempt to connect has failed, if the reason has changed."""
        if self.health.is_another_error(error):
            self._failed(error, NO_CONVERSATION, in_turn=False)
        self.health.disconnected(Disconnected(error, is_refusal=True))
        self._push()

    def _push(self) -> None:
        """Publish the state if it has changed."""
        if (state := self._state()) != self.data:
            self.async_set_updated_data(state)

    def _state(self) -> AgentState:
        return AgentState(
            status=self.conversations.status,
            voice_active=any(each.voice_active for each in self.conversations),
            conversations=self.conversations.count,
            connected=self.health.connected,
            has_problem=self.health.has_problem,
            last_error=self.health.last_error,
            **self._times,
        )
