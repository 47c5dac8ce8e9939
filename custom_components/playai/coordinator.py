"""The state of one agent: updated by its conversations, pushed to its entities."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, override

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.chat_session import ChatSession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .agent import (
    AgentError,
    EndOfTurn,
    ErrorKind,
    HomeOffer,
    ServerTraits,
    Session,
    Turn,
    probe,
    wait_until_it_works,
)
from .agent.errors import Remedy
from .agent.events import (
    Disconnected,
    ErrorOccurred,
    ReplyFinished,
    ReplyInterrupted,
    ReplyStarted,
    SessionEnded,
    SessionEvent,
    SessionStarted,
    StatusChanged,
    VoiceActivity,
)
from .const import DOMAIN
from .conversations import Conversations
from .health.health import Health
from .health.reconnecting import Reconnecting
from .models import Activity, AgentState, PlayAIConfigEntry, build_settings, current_timings

_LOGGER = logging.getLogger(__name__)

REPEAT_SECONDS: Final = 1.0
"""Seconds in which further errors of one kind in one conversation count as the same error."""

NO_CONVERSATION: Final[dict[str, Any]] = {"conversation_id": None}
"""Data of the activity for an error outside of conversations."""

RECONNECT_SECONDS: Final = 30.0
"""The shortest interval between attempts that announcements start."""

type ActivityListener = Callable[[Activity, dict[str, Any]], None]


class PlayAICoordinator(DataUpdateCoordinator[AgentState]):
    """The state of one config entry and its conversations."""

    config_entry: PlayAIConfigEntry

    def __init__(self, hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
        """Create the coordinator without opening a connection."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.settings = build_settings(entry)
        self.traits = ServerTraits()
        self.conversations = Conversations(hass, entry, self.traits, self._session_event)
        self.health: Final = Health(hass, entry)
        self.reconnecting: Final = Reconnecting(hass, entry, self._reconnect)
        self.on_engines_added: Callable[[], None] = lambda: None
        """Called once the entities exist that the Assist pipeline needs."""

        self.data = AgentState(last_error=self.health.last_error)
        self._http = async_get_clientsession(hass)
        self._awaited_engines = {Platform.STT, Platform.TTS}
        self._activity_listeners: list[ActivityListener] = []
        self._failed_at: dict[tuple[str | None, ErrorKind], float] = {}
        self._response_time: float | None = None
        self._may_reconnect_at = 0.0

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
        """Test the connection once, at set-up; after that the sessions push.

        An unreachable agent does not make the entities unavailable: they show the error, and
        the integration reconnects when the agent returns.
        """
        try:
            traits = await probe(self._http, self.settings, current_timings())
        except AgentError as error:
            if error.policy.remedy is Remedy.REAUTH:
                raise ConfigEntryAuthFailed(
                    translation_domain=DOMAIN,
                    translation_key=error.kind.value,
                    translation_placeholders={"message": error.message},
                ) from error
            self._failed(error, NO_CONVERSATION, in_turn=False)
            self.health.disconnected(Disconnected(error, is_refusal=True))
            self._start_reconnecting()
            return self._state()
        self.traits.learn(traits)
        self.health.mark_connected()
        self.health.mark_ok()
        return self._state()

    async def async_test_connection(self) -> None:
        """Close idle conversations, then connect; raises `AgentError`."""
        await self.conversations.async_end_idle()
        traits = await probe(self._http, self.settings, current_timings())
        self._connected(traits)
        self.health.mark_ok()
        self._push()

    async def async_close(self) -> None:
        """End all conversations and attempts to reconnect."""
        await asyncio.gather(self.reconnecting.async_close(), self.conversations.async_end_all())

    @callback
    def async_engine_added(self, platform: Platform) -> None:
        """Note that Home Assistant has added an engine."""
        self._awaited_engines.discard(platform)
        if not self._awaited_engines:
            self.on_engines_added()

    @callback
    def async_start_turn(
        self,
        conversation_id: str,
        chat: ChatSession | None,
        *,
        home: HomeOffer | None = None,
        wait_for_words: bool = False,
    ) -> Turn:
        """Start a turn; opens the conversation if it is new."""
        session = self.async_session(conversation_id, chat, home, wait_for_words=wait_for_words)
        return session.start_turn()

    @callback
    def async_session(
        self,
        conversation_id: str,
        chat: ChatSession | None,
        home: HomeOffer | None,
        *,
        wait_for_words: bool = False,
    ) -> Session:
        """Return the session of a conversation; opens it, and offers the home, if it is new."""
        session = self.conversations.async_get_session(conversation_id)
        if session is None:
            # An attempt may hold the only connection that the server has left.
            self.reconnecting.stop()
            settings = replace(self.settings, wait_for_words=wait_for_words)
            session = self.conversations.async_open(conversation_id, settings, home)
            if chat is not None:
                chat.async_on_cleanup(partial(self.conversations.async_end, conversation_id))
        return session

    @callback
    def async_reconnect_soon(self) -> None:
        """Try to connect within a second: the agent has announced that it is running.

        At most every 30 s: anybody can send announcements, and each one would cancel the
        running attempt.
        """
        now = self.hass.loop.time()
        if self.health.may_reconnect and now >= self._may_reconnect_at:
            self._may_reconnect_at = now + RECONNECT_SECONDS
            self.reconnecting.stop()
            self._start_reconnecting()

    @callback
    def async_listen_to_activity(self, listener: ActivityListener) -> CALLBACK_TYPE:
        """Call a listener with each activity and its data; returns a function that stops it."""
        self._activity_listeners.append(listener)
        return partial(self._activity_listeners.remove, listener)

    @callback
    def _session_event(self, data: dict[str, Any], event: SessionEvent) -> None:
        """Push the changes of a conversation; `data` is that of its activities."""
        match event:
            case SessionStarted():
                self._connected()
                self._emit(Activity.SESSION_STARTED, data)
            case SessionEnded(was_started):
                self._push()
                self._start_reconnecting()
                if was_started:
                    self._emit(Activity.SESSION_ENDED, data)
            case StatusChanged():
                self._push()
            case VoiceActivity(active):
                self._push()
                self._emit(
                    Activity.VOICE_ACTIVITY_STARTED if active else Activity.VOICE_ACTIVITY_ENDED,
                    data,
                )
            case ReplyStarted(response_time):
                self._response_time = round(response_time, 3)
                self.health.mark_ok()
                self._push()
                self._emit(Activity.REPLY_STARTED, data | {"response_time": self._response_time})
            case ReplyFinished(duration):
                self._emit(Activity.REPLY_FINISHED, data | {"duration": round(duration, 3)})
            case ReplyInterrupted(duration):
                self._emit(Activity.REPLY_INTERRUPTED, data | {"duration": round(duration, 3)})
            case ErrorOccurred(error):
                self._failed(error, data)
            case Disconnected():
                self.health.disconnected(event)
                self._push()
                self._start_reconnecting()

    def _failed(self, error: AgentError, data: dict[str, Any], *, in_turn: bool = True) -> None:
        self.health.failed(error, in_turn=in_turn)
        if self._is_repeated(error, data["conversation_id"]):
            return
        self._push()
        self._emit(
            Activity.ERROR,
            data | {"kind": error.kind.value, "code": error.code, "message": error.message},
        )

    def _is_repeated(self, error: AgentError, conversation_id: str | None) -> bool:
        """Whether the conversation had the same kind of error less than a second ago.

        The number of state writes and events must not depend on how fast a server sends.
        """
        now = self.hass.loop.time()
        self._failed_at = {
            key: at for key, at in self._failed_at.items() if now - at < REPEAT_SECONDS
        }
        key = (conversation_id, error.kind)
        is_repeated = key in self._failed_at
        self._failed_at.setdefault(key, now)
        return is_repeated

    def _connected(self, traits: ServerTraits | None = None) -> None:
        self.reconnecting.stop()
        if traits is not None:
            self.traits.learn(traits)
        self.health.mark_connected()
        self._push()

    def _start_reconnecting(self) -> None:
        if self.health.may_reconnect:
            self.reconnecting.start()

    async def _reconnect(self) -> None:
        """Try to connect until it works, or until only a change of the settings can help."""
        try:
            traits = await wait_until_it_works(
                self._http, self.settings, self._attempt_failed, current_timings()
            )
        except AgentError as error:
            self._attempt_failed(error)
        else:
            self._connected(traits)

    def _attempt_failed(self, error: AgentError) -> None:
        """Report why an attempt to connect has failed, if the reason has changed."""
        if self.health.is_another_error(error):
            self._failed(error, NO_CONVERSATION, in_turn=False)
        self.health.disconnected(Disconnected(error, is_refusal=True))

    def _push(self) -> None:
        """Publish the state if it has changed."""
        if (state := self._state()) != self.data:
            self.async_set_updated_data(state)

    def _state(self) -> AgentState:
        return AgentState(
            status=self.conversations.status,
            voice_active=any(each.voice_active for each in self.conversations),
            conversations=sum(each.is_started for each in self.conversations),
            connected=self.health.connected,
            has_problem=self.health.has_problem,
            last_error=self.health.last_error,
            response_time=self._response_time,
        )

    def _emit(self, activity: Activity, data: dict[str, Any]) -> None:
        for listener in list(self._activity_listeners):
            listener(activity, data)
