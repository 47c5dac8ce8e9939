"""All conversations with one agent, and what is known of it; the only owner of sessions."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryError,
    HomeAssistantError,
)
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.chat_session import ChatSession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .agent import (
    AgentError,
    AgentSettings,
    EndOfTurn,
    ErrorKind,
    OutputFormat,
    ServerTraits,
    Session,
    Turn,
    probe,
)
from .agent.events import (
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
from .const import CONF_AGENT_ID, CONF_END_OF_TURN, CONF_OUTPUT_FORMAT, DOMAIN

_LOGGER = logging.getLogger(__name__)

type PlayAIConfigEntry = ConfigEntry[PlayAICoordinator]
type ActivityListener = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class LastError:
    """The error that happened last."""

    error: AgentError
    when: datetime


@dataclass(frozen=True, slots=True)
class AgentState:
    """What the entities show."""

    voice_active: bool = False
    """Whether the user speaks in any conversation."""

    last_error: LastError | None = None
    has_problem: bool = False
    """Whether nothing has worked since the last error."""


@dataclass(slots=True)
class _Conversation:
    session: Session
    voice_active: bool = False
    used_at: float = 0.0
    """When its last turn ended, by the loop's clock."""


class PlayAICoordinator(DataUpdateCoordinator[AgentState]):
    """The conversations of one config entry; pushed to by their sessions."""

    config_entry: PlayAIConfigEntry

    def __init__(self, hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
        """Make the coordinator; nothing is connected yet."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.data = AgentState()
        self.settings = settings_of(entry)
        self.engines_added = asyncio.Event()
        """Set when the entities that the Assist pipeline needs are there."""

        self._engines_awaited = {Platform.STT, Platform.TTS}
        self._http = async_get_clientsession(hass)
        self._traits = ServerTraits()
        self._conversations: dict[str, _Conversation] = {}
        self._listeners_of_activity: list[ActivityListener] = []

    @callback
    def async_engine_added(self, platform: Platform) -> None:
        """Tell that an entity was added which is added late."""
        self._engines_awaited.discard(platform)
        if not self._engines_awaited:
            self.engines_added.set()

    @property
    def agent_ends_turn(self) -> bool:
        """Whether the agent, not Home Assistant, finds the end of the user's turn."""
        return (
            self.settings.end_of_turn is EndOfTurn.AGENT
            and self.settings.enable_vad
            and self._traits.sends_voice_activity is not False
        )

    @override
    async def _async_update_data(self) -> AgentState:
        """Test the connection once, at set-up; from then on the sessions push."""
        try:
            learnt = await probe(self._http, self.settings)
        except AgentError as error:
            match error.kind:
                case ErrorKind.INVALID_KEY | ErrorKind.KEY_NOT_ALLOWED:
                    raised: type[HomeAssistantError] = ConfigEntryAuthFailed
                case ErrorKind.UNKNOWN_AGENT | ErrorKind.NOT_THIS_SERVER:
                    raised = ConfigEntryError
                case _:
                    raised = UpdateFailed
            raise raised(
                translation_domain=DOMAIN,
                translation_key=error.kind.value,
                translation_placeholders={"message": error.message},
            ) from error
        self._traits.greets = learnt.greets
        return self.data

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
    def async_end_conversation(self, conversation_id: str) -> None:
        """Hang up in the background."""
        if (conversation := self._conversations.get(conversation_id)) is not None:
            self.config_entry.async_create_background_task(
                self.hass, conversation.session.close(), f"{DOMAIN} hangs up"
            )

    async def async_close(self) -> None:
        """End all conversations, which takes half a second at most."""
        conversations = list(self._conversations.values())
        await asyncio.gather(*(conversation.session.close() for conversation in conversations))

    @callback
    def async_listen_to_activity(self, listener: ActivityListener) -> CALLBACK_TYPE:
        """Call a listener with the type and the data of whatever happens."""
        self._listeners_of_activity.append(listener)
        return partial(self._listeners_of_activity.remove, listener)

    def _open(self, conversation_id: str, *, wait_for_words: bool) -> _Conversation:
        session = Session(
            self._http,
            replace(self.settings, wait_for_words=wait_for_words),
            traits=self._traits,
            on_event=partial(self._session_event, conversation_id),
            make_room=self._make_room,
        )
        self._conversations[conversation_id] = conversation = _Conversation(session)
        return conversation

    async def _make_room(self) -> bool:
        """Close the conversation that is idle longest, of all with this server and key."""
        entries: list[PlayAIConfigEntry] = self.hass.config_entries.async_loaded_entries(DOMAIN)
        idle = [
            conversation
            for entry in entries
            if entry.data[CONF_URL] == self.settings.url
            and entry.data[CONF_API_KEY] == self.settings.api_key
            for conversation in entry.runtime_data._conversations.values()  # noqa: SLF001
            if not conversation.session.is_busy
        ]
        if not idle:
            return False
        await min(idle, key=lambda conversation: conversation.used_at).session.close()
        return True

    @callback
    def _session_event(self, conversation_id: str, event: SessionEvent) -> None:
        """Push what a session tells; called in a context of its own, see `Session`."""
        conversation = self._conversations.get(conversation_id)
        if conversation is None:
            return
        data: dict[str, Any] = {"conversation_id": conversation_id}
        match event:
            case SessionStarted():
                self._tell("session_started", data)
                self._set(has_problem=False)
            case SessionEnded(was_started):
                del self._conversations[conversation_id]
                self._update_voice()
                if was_started:
                    self._tell("session_ended", data)
            case StatusChanged():
                conversation.used_at = self.hass.loop.time()
            case VoiceActivity(active):
                conversation.voice_active = active
                self._update_voice()
                self._tell(f"voice_activity_{'started' if active else 'ended'}", data)
            case ReplyStarted(response_time):
                self._tell("reply_started", data | {"response_time": round(response_time, 3)})
                self._set(has_problem=False)
            case ReplyFinished(duration):
                self._tell("reply_finished", data | {"duration": round(duration, 3)})
            case ReplyInterrupted(duration):
                self._tell("reply_interrupted", data | {"duration": round(duration, 3)})
            case ErrorOccurred(error):
                self._error(error, data)

    def _error(self, error: AgentError, data: dict[str, Any]) -> None:
        if not self.data.has_problem:
            _LOGGER.warning("%s: %s", self.name, error)
        self._set(last_error=LastError(error, dt_util.utcnow()), has_problem=True)
        self._tell(
            "error",
            data | {"kind": error.kind.value, "code": error.code, "message": error.message},
        )
        if error.kind in (ErrorKind.INVALID_KEY, ErrorKind.KEY_NOT_ALLOWED):
            self.config_entry.async_start_reauth(self.hass)

    def _update_voice(self) -> None:
        self._set(voice_active=any(c.voice_active for c in self._conversations.values()))

    def _set(self, **changes: Any) -> None:
        data = replace(self.data, **changes)
        if data.has_problem is not self.data.has_problem and not data.has_problem:
            _LOGGER.info("%s: works again", self.name)
        if data != self.data:
            self.async_set_updated_data(data)

    def _tell(self, activity: str, data: dict[str, Any]) -> None:
        for listener in list(self._listeners_of_activity):
            listener(activity, data)


def settings_of(entry: ConfigEntry[Any]) -> AgentSettings:
    """Return what the user set."""
    return AgentSettings(
        url=entry.data[CONF_URL],
        api_key=entry.data[CONF_API_KEY],
        agent_id=entry.data[CONF_AGENT_ID],
        output_format=OutputFormat(entry.data[CONF_OUTPUT_FORMAT]),
        end_of_turn=EndOfTurn(entry.options.get(CONF_END_OF_TURN, EndOfTurn.AGENT)),
    )
