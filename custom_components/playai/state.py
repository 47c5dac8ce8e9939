"""What is known of an agent: a value that the entities show."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .agent import AgentError
from .agent.events import Status
from .const import DOMAIN

MAX_ERRORS: Final = 10
"""Number of errors kept for the diagnostics."""


@dataclass(frozen=True, slots=True)
class LastError:
    """The error that happened last."""

    error: AgentError
    when: datetime


_HISTORIES: HassKey[dict[str, deque[LastError]]] = HassKey(f"{DOMAIN}_errors")


@callback
def error_history(hass: HomeAssistant, entry_id: str) -> deque[LastError]:
    """Return the latest errors of an entry, newest last; they survive a reload."""
    histories = hass.data.setdefault(_HISTORIES, {})
    return histories.setdefault(entry_id, deque(maxlen=MAX_ERRORS))


@callback
def forget_errors(hass: HomeAssistant, entry_id: str) -> None:
    """Drop the errors of an entry that was removed."""
    hass.data.get(_HISTORIES, {}).pop(entry_id, None)


@dataclass(frozen=True, slots=True)
class AgentState:
    """What holds over all conversations with one agent."""

    status: Status = Status.IDLE
    """What is done in any conversation; the first that holds, see `Status`."""

    voice_active: bool = False
    """Whether the user speaks in any conversation."""

    conversations: int = 0
    """How many are going on: accepted by the server, and not ended."""

    connected: bool = True
    """Whether the last attempt to connect worked, and nothing failed since."""

    has_problem: bool = False
    """Whether nothing has worked since the last error."""

    last_error: LastError | None = None
    response_time: float | None = None
    """Seconds from the end of the user's last turn to the first audio of its reply."""

    @property
    def speaking(self) -> bool:
        """Whether the agent speaks in any conversation."""
        return self.status is Status.SPEAKING
