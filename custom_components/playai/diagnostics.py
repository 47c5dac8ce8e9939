"""Diagnostics of an agent, without its key and without the words of a conversation."""

import re
from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant

from .coordinator import PlayAIConfigEntry, PlayAICoordinator
from .health.history import Timing, async_history
from .models import LastError
from .urls import shown_url

SECRETS: Final = {CONF_API_KEY}

_QUOTED: Final = re.compile(
    r"""["“„«].*?["”“»]|(?<!\w)['\u2018\u201a].*?['\u2019](?!\w)""", re.DOTALL
)


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: PlayAIConfigEntry
) -> dict[str, Any]:
    """Return the settings, the state, the latest errors and times, and the server's traits."""
    history = async_history(hass, entry.entry_id)
    url = shown_url(entry.data[CONF_URL])
    return {
        "data": async_redact_data(entry.data, SECRETS) | {CONF_URL: url},
        "options": dict(entry.options),
        "errors": [_error(error) for error in history.errors],
        "timings": [_timing(timing) for timing in history.timings],
        **(_known(entry.runtime_data) if entry.state is ConfigEntryState.LOADED else {}),
    }


def _error(error: LastError) -> dict[str, Any]:
    return {
        "kind": error.error.kind,
        "code": error.error.code,
        # A server may quote the words of a user.
        "message": _QUOTED.sub(REDACTED, error.error.message),
        "time": error.when.isoformat(),
    }


def _timing(timing: Timing) -> dict[str, Any]:
    return asdict(timing) | {"when": timing.when.isoformat()}


def _known(coordinator: PlayAICoordinator) -> dict[str, Any]:
    """Return the state of an agent, as values that become JSON."""
    state = coordinator.data
    last = state.last_error
    return {
        "state": {
            "status": state.status,
            "conversations": state.conversations,
            "connected": state.connected,
            "has_problem": state.has_problem,
            "response_time": state.response_time,
            "agent_time": state.agent_time,
            "last_error": last and _error(last),
        },
        "traits": asdict(coordinator.traits),
        "agent_ends_turn": coordinator.agent_ends_turn,
    }
