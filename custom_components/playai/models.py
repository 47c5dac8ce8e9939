"""The types that the modules of the integration share."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL

from .agent import AgentError, AgentSettings, EndOfTurn, OutputFormat, Timings
from .agent.audio import RawEncoding
from .agent.events import Status
from .const import (
    CONF_AGENT_ID,
    CONF_ENABLE_VAD,
    CONF_END_OF_TURN,
    CONF_IDLE_TIMEOUT,
    CONF_OUTPUT_FORMAT,
    CONF_OUTPUT_SAMPLE_RATE,
    CONF_RAW_ENCODING,
    DEFAULT_OPTIONS,
)

TIMINGS = Timings()
"""The limits of every conversation."""


class Activity(StrEnum):
    """An event type of the activity entity, in the order of a conversation."""

    SESSION_STARTED = "session_started"
    VOICE_ACTIVITY_STARTED = "voice_activity_started"
    VOICE_ACTIVITY_ENDED = "voice_activity_ended"
    REPLY_STARTED = "reply_started"
    REPLY_FINISHED = "reply_finished"
    REPLY_INTERRUPTED = "reply_interrupted"
    ERROR = "error"
    SESSION_ENDED = "session_ended"


@dataclass(frozen=True, slots=True)
class LastError:
    """The most recent error."""

    error: AgentError
    when: datetime


@dataclass(frozen=True, slots=True)
class AgentState:
    """The state of one agent over all its conversations, as the entities show it."""

    status: Status = Status.IDLE
    """The status of the conversations; the first of `Status` that one of them has."""

    voice_active: bool = False
    """Whether the user speaks in any conversation."""

    conversations: int = 0
    """Number of conversations that the server has accepted and that have not ended."""

    connected: bool = True
    """Whether the last attempt to connect worked, and no connection has been lost since."""

    has_problem: bool = False
    """Whether nothing has worked since the last error."""

    last_error: LastError | None = None
    response_time: float | None = None
    """Seconds from the user's last speech to the first audio handed to a player."""

    agent_time: float | None = None
    """The agent's part of the response time: from the detected end of the turn to the first
    audio received."""

    @property
    def speaking(self) -> bool:
        """Whether the agent speaks in any conversation."""
        return self.status is Status.SPEAKING


def current_timings() -> Timings:
    """Return the limits of conversations and attempts that begin now."""
    return TIMINGS


def build_settings(entry: ConfigEntry[Any]) -> AgentSettings:
    """Return the settings of an entry for the client library."""
    options = {**DEFAULT_OPTIONS, **entry.options}
    return AgentSettings(
        url=entry.data[CONF_URL],
        api_key=entry.data[CONF_API_KEY],
        agent_id=entry.data[CONF_AGENT_ID],
        output_format=OutputFormat(entry.data[CONF_OUTPUT_FORMAT]),
        output_sample_rate=int(options[CONF_OUTPUT_SAMPLE_RATE]),
        raw_encoding=RawEncoding(options[CONF_RAW_ENCODING]),
        enable_vad=options[CONF_ENABLE_VAD],
        end_of_turn=EndOfTurn(options[CONF_END_OF_TURN]),
        idle_timeout=float(options[CONF_IDLE_TIMEOUT]),
    )
