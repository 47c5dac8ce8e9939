"""What the user set, as the client library takes it."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL

from .agent import AgentSettings, EndOfTurn, OutputFormat, Timings
from .agent.audio import RawEncoding
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


def current_timings() -> Timings:
    """Return the limits of every conversation."""
    return TIMINGS


def settings_of(entry: ConfigEntry[Any]) -> AgentSettings:
    """Return the settings of an agent."""
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
