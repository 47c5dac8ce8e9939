"""All conversations with one agent, and what is known of it; the only owner of sessions."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.chat_session import ChatSession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .activities import Activity
from .agent import (
    AgentError,
    EndOfTurn,
    ErrorKind,
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
    Status,
    StatusChanged,
    VoiceActivity,
)
from .const import DOMAIN
from .health import Health
from .recovery import Recovery
from .settings import current_timings, settings_of
from .state import AgentState

_LOGGER = logging.getLogger(__name__)

REPEAT_SECONDS: Final = 1.0
"""Seconds in which further errors of one kind in one conversation count as the same error."""

type PlayAIConfigEntry = ConfigEntry[PlayAICoordinator]
type ActivityListener = Callable[[Activity, dict[str, Any]], None]


@dataclass(slots=True)
class _Conversation:
    session: Session
    is_started: bool = False
    """Whether the server has accepted it."""

    voice_active: bool = False
    satellite: dict[str, str | None] = field(default_factory=dict)
    """Where the user is, as far as it is known."""

    used_at: float = 0.0
    """When it last did something else than before, by the loop's clock."""


class PlayAICoordinator(DataUpdateCoordinator[AgentState]):
    """The conversations of one config entry; pushed to by their sessions."""

    config_entry: PlayAIConfigEntry

    def __init__(self, hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
        """Make the coordinator; nothing is connected yet."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.settings = settings_of(entry)
        self.traits = ServerTraits()
        """What was learnt of the server."""

        self.on_engines_added: Callable[[], None] = lambda: None
        """Called once the entities exist that the Assist pipeline needs."""

        self._engines_awaited = {Platform.STT, Platform.TTS}
        self._http = async_get_clientsession(hass)
        self._conversations: dict[str, _Conversation] = {}
        self._listeners_of_activity: list[ActivityListener] = []
        self._health = Health(hass, entry)
        self._failed_at: dict[tuple[str | None, ErrorKind], float] = {}
        self.data = AgentState(last_error=self._health.last_error)
        self._response_time: float | None = None
        self._recovery = Recovery(hass, entry, self._recover)

    @callback
    def async_engine_added(self, platform: Platform) -> None:
        """Note an engine that Home Assistant has added."""
        self._engines_awaited.discard(platform)
        if not self._engines_awaited:
            self.on_engines_added()

    @property
    def agent_ends_turn(self) -> bool:
        """Whether the agent, not Home Assistant, finds the end of the user's turn."""
        return (
            self.settings.end_of_turn is EndOfTurn.AGENT
            and self.settings.enable_vad
            and self.traits.sends_voice_activity is not False
        )

    @override
    async def _async_update_data(self) -> AgentState:
        """Test the connection once, at set-up; from then on the sessions push.

        An agent that is away is no reason to be unavailable: the entities say what is
        wrong, and the recovery connects when it returns.
        """
        try:
            learnt = await probe(self._http, self.settings, current_timings())
        except AgentError as error:
            if error.policy.remedy is Remedy.REAUTH:
                raise ConfigEntryAuthFailed(
                    translation_domain=DOMAIN,
                    translation_key=error.kind.value,
                    translation_placeholders={"message": error.message},
                ) from error
            self._failed(error, {"conversation_id": None}, in_turn=False)
            self._health.disconnected(Disconnected(error, is_refusal=True))
            self._start_recovery()
            return self._state()
        self.traits.learn(learnt)
        self._health.connected_again()
        self._health.works()
        return self._state()

    async def async_test_connection(self) -> None:
        """Connect now, with room made for it; raises `AgentError`."""
        await asyncio.gather(*(session.close() for _, session in self.idle_sessions))
        learnt = await probe(self._http, self.settings, current_timings())
        self._connected(learnt)
        self._health.works()
        self._push()

    @callback
    def async_start_turn(
        self, conversation_id: str, chat: ChatSession | None, *, wait_for_words: bool = False
    ) -> Turn:
        """Begin a turn in a conversation, which is opened when it is new."""
        conversation = self._conversations.get(conversation_id)
        if conversation is None:
            conversation = self._open(conversation_id, wait_for_words=wait_for_words)
            if chat is not None:
                chat.async_on_cleanup(partial(self.async_end_conversation, conversation_id))
        return conversation.session.start_turn()

    @callback
    def async_note_satellite(
        self, conversation_id: str, satellite_id: str | None, device_id: str | None
    ) -> None:
        """Keep where the user of a conversation is, for the activities to come."""
        if (conversation := self._conversations.get(conversation_id)) is not None:
            conversation.satellite = {
                "satellite_id": satellite_id,
                "satellite_device_id": device_id,
            }

    @callback
    def async_end_conversation(self, conversation_id: str) -> None:
        """Hang up in the background."""
        if (conversation := self._conversations.get(conversation_id)) is not None:
            self.config_entry.async_create_background_task(
                self.hass, conversation.session.close(), f"{DOMAIN} hangs up"
            )

    async def async_end_conversations(self) -> None:
        """Hang up everywhere, which takes half a second at most."""
        sessions = [conversation.session for conversation in self._conversations.values()]
        await asyncio.gather(*(session.close() for session in sessions))

    async def async_close(self) -> None:
        """End all that goes on."""
        await asyncio.gather(self._recovery.close(), self.async_end_conversations())

    @property
    def idle_sessions(self) -> list[tuple[float, Session]]:
        """The sessions without an open turn or reply, each with the time of its last use."""
        return [
            (conversation.used_at, conversation.session)
            for conversation in self._conversations.values()
            if not conversation.session.is_busy
        ]

    @callback
    def async_stop_recovery(self) -> list[asyncio.Task[None]]:
        """Stop reconnecting; returns the tasks that still close a connection."""
        return self._recovery.stop()

    @callback
    def async_reconnect_soon(self) -> None:
        """Try to connect within a second: the agent says that it is there."""
        if self._health.may_recover:
            self._recovery.stop()
            self._start_recovery()

    @callback
    def async_listen_to_activity(self, listener: ActivityListener) -> CALLBACK_TYPE:
        """Call a listener with whatever happens and its data."""
        self._listeners_of_activity.append(listener)
        return partial(self._listeners_of_activity.remove, listener)

    def _open(self, conversation_id: str, *, wait_for_words: bool) -> _Conversation:
        self._recovery.stop()  # It may hold the only connection that the server has left.
        session = Session(
            self._http,
            replace(self.settings, wait_for_words=wait_for_words),
            traits=self.traits,
            timings=current_timings(),
            on_event=partial(self._session_event, conversation_id),
            make_room=self._make_room,
        )
        self._conversations[conversation_id] = conversation = _Conversation(session)
        return conversation

    async def _make_room(self) -> bool:
        """Close the conversation that is idle longest, of all with this server and key."""
        entries: list[PlayAIConfigEntry] = self.hass.config_entries.async_loaded_entries(DOMAIN)
        neighbours = [
            entry.runtime_data
            for entry in entries
            if entry.data[CONF_URL] == self.settings.url
            and entry.data[CONF_API_KEY] == self.settings.api_key
        ]
        attempts = [task for each in neighbours for task in each.async_stop_recovery()]
        if attempts:
            await asyncio.gather(*attempts, return_exceptions=True)
            return True
        idle = [session for each in neighbours for session in each.idle_sessions]
        if not idle:
            return False
        _, session = min(idle, key=itemgetter(0))
        await session.close()
        return True

    @callback
    def _session_event(self, conversation_id: str, event: SessionEvent) -> None:
        """Push what a session tells; called in a context of its own, see `Session`."""
        conversation = self._conversations.get(conversation_id)
        if conversation is None:
            return
        data: dict[str, Any] = {"conversation_id": conversation_id, **conversation.satellite}
        match event:
            case SessionStarted():
                conversation.is_started = True
                self._connected()
                self._tell(Activity.SESSION_STARTED, data)
            case SessionEnded(was_started):
                del self._conversations[conversation_id]
                self._push()
                self._start_recovery()
                if was_started:
                    self._tell(Activity.SESSION_ENDED, data)
            case StatusChanged():
                conversation.used_at = self.hass.loop.time()
                self._push()
            case VoiceActivity(active):
                conversation.voice_active = active
                self._push()
                self._tell(
                    Activity.VOICE_ACTIVITY_STARTED if active else Activity.VOICE_ACTIVITY_ENDED,
                    data,
                )
            case ReplyStarted(response_time):
                self._response_time = round(response_time, 3)
                self._health.works()
                self._push()
                self._tell(Activity.REPLY_STARTED, data | {"response_time": self._response_time})
            case ReplyFinished(duration):
                self._tell(Activity.REPLY_FINISHED, data | {"duration": round(duration, 3)})
            case ReplyInterrupted(duration):
                self._tell(Activity.REPLY_INTERRUPTED, data | {"duration": round(duration, 3)})
            case ErrorOccurred(error):
                self._failed(error, data)
            case Disconnected():
                self._health.disconnected(event)
                self._push()
                self._start_recovery()

    def _failed(self, error: AgentError, data: dict[str, Any], *, in_turn: bool = True) -> None:
        self._health.failed(error, in_turn=in_turn)
        if self._is_repeated(error, data["conversation_id"]):
            return
        self._push()
        self._tell(
            Activity.ERROR,
            data | {"kind": error.kind.value, "code": error.code, "message": error.message},
        )

    def _is_repeated(self, error: AgentError, conversation_id: str | None) -> bool:
        """Whether the conversation had the same kind of error less than a second ago.

        The number of state writes and events must not depend on how fast a server talks.
        """
        now = self.hass.loop.time()
        self._failed_at = {
            key: at for key, at in self._failed_at.items() if now - at < REPEAT_SECONDS
        }
        key = (conversation_id, error.kind)
        is_repeated = key in self._failed_at
        self._failed_at.setdefault(key, now)
        return is_repeated

    def _connected(self, learnt: ServerTraits | None = None) -> None:
        self._recovery.stop()
        if learnt is not None:
            self.traits.learn(learnt)
        self._health.connected_again()
        self._push()

    def _start_recovery(self) -> None:
        if self._health.may_recover:
            self._recovery.start()

    async def _recover(self) -> None:
        """Try to connect until it works, or only another key can help."""
        try:
            learnt = await wait_until_it_works(
                self._http, self.settings, self._still_fails, current_timings()
            )
        except AgentError as error:
            self._still_fails(error)
        else:
            self._connected(learnt)

    def _still_fails(self, error: AgentError) -> None:
        """Tell why trying again was in vain, when it is another reason."""
        if self._health.is_another_error(error):
            self._failed(error, {"conversation_id": None}, in_turn=False)
        self._health.disconnected(Disconnected(error, is_refusal=True))

    def _push(self) -> None:
        """Publish the state if it has changed."""
        if (state := self._state()) != self.data:
            self.async_set_updated_data(state)

    def _state(self) -> AgentState:
        conversations = self._conversations.values()
        statuses = {conversation.session.status for conversation in conversations}
        return AgentState(
            status=next(status for status in Status if status in {*statuses, Status.IDLE}),
            voice_active=any(c.voice_active for c in conversations),
            conversations=sum(c.is_started for c in conversations),
            connected=self._health.connected,
            has_problem=self._health.has_problem,
            last_error=self._health.last_error,
            response_time=self._response_time,
        )

    def _tell(self, activity: Activity, data: dict[str, Any]) -> None:
        for listener in list(self._listeners_of_activity):
            listener(activity, data)
