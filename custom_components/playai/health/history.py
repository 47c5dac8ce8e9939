"""The latest errors and response times of an agent, which survive a reload of its entry."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..agent import AgentError
from ..const import DOMAIN
from ..models import LastError

MAX_KEPT: Final = 20
"""Number of errors, and of response times, that are kept for the diagnostics."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of one answer, in seconds; see `AgentState`."""

    response_time: float
    agent_time: float
    when: datetime


@dataclass(slots=True)
class History:
    """The events of one agent, newest last."""

    errors: deque[LastError] = field(default_factory=lambda: deque(maxlen=MAX_KEPT))
    timings: deque[Timing] = field(default_factory=lambda: deque(maxlen=MAX_KEPT))

    @property
    def last_error(self) -> LastError | None:
        """The most recent error."""
        return self.errors[-1] if self.errors else None

    @callback
    def add_error(self, error: AgentError) -> None:
        """Record an error that happened now."""
        self.errors.append(LastError(error, dt_util.utcnow()))

    @callback
    def add_timing(self, response_time: float, agent_time: float) -> None:
        """Record the times of an answer that starts now."""
        self.timings.append(Timing(response_time, agent_time, dt_util.utcnow()))


_HISTORIES: HassKey[dict[str, History]] = HassKey(f"{DOMAIN}_history")


@callback
def async_history(hass: HomeAssistant, entry_id: str) -> History:
    """Return the history of an entry."""
    return hass.data.setdefault(_HISTORIES, {}).setdefault(entry_id, History())


@callback
def async_forget_history(hass: HomeAssistant, entry_id: str) -> None:
    """Drop the history of an entry that was removed."""
    hass.data.get(_HISTORIES, {}).pop(entry_id, None)
