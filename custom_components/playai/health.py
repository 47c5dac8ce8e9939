"""Whether an agent works: its errors, and what the user must do about them."""

import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from . import issues
from .agent import AgentError, ErrorKind
from .agent.events import Disconnected
from .state import LastError

_LOGGER = logging.getLogger(__name__)

TURNS_REFUSED: Final = 3
"""How many turns in a row too many connections must stop to be worth an issue."""


class Health:
    """What went wrong with one agent, until it works again."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Make the health of an agent that works."""
        self.connected = True
        self.has_problem = False
        self.last_error: LastError | None = None
        self._hass = hass
        self._entry = entry
        self._is_mended_by_connecting = False
        self._turns_refused = 0

    @callback
    def failed(self, error: AgentError) -> None:
        """Note an error: in the log when it starts, and where the user must do something."""
        error = error.without_traceback()
        if not self.has_problem:
            _LOGGER.warning("%s: %s", self._entry.title, error)
        self.has_problem = True
        self.last_error = LastError(error, dt_util.utcnow())
        self._is_mended_by_connecting = False
        match error.kind:
            case ErrorKind.INVALID_KEY | ErrorKind.KEY_NOT_ALLOWED:
                self._entry.async_start_reauth(self._hass)
            case ErrorKind.UNKNOWN_AGENT:
                issues.async_report(self._hass, self._entry, issues.UNKNOWN_AGENT)
            case ErrorKind.NO_CREDITS:
                issues.async_report(self._hass, self._entry, issues.NO_CREDITS)
            case ErrorKind.TOO_MANY_CONNECTIONS:
                self._turns_refused += 1
                if self._turns_refused >= TURNS_REFUSED:
                    issues.async_report(self._hass, self._entry, issues.TOO_MANY_CONNECTIONS)

    @callback
    def disconnected(self, event: Disconnected) -> None:
        """Note that there was no connection, or that it broke."""
        self.connected = False
        # What was said after the setup had been accepted may be said again.
        self._is_mended_by_connecting = event.is_refusal or event.error.code is None

    @callback
    def is_news(self, error: AgentError) -> bool:
        """Whether connecting fails for another reason than the last error."""
        return self.last_error is None or self.last_error.error.kind is not error.kind

    @callback
    def connected_again(self) -> None:
        """Note that a connection was accepted."""
        self.connected = True
        self._turns_refused = 0
        issues.async_settle(self._hass, self._entry, issues.TOO_MANY_CONNECTIONS)
        if self._is_mended_by_connecting:
            self.works()

    @callback
    def works(self) -> None:
        """Note a success."""
        issues.async_settle(self._hass, self._entry, issues.UNKNOWN_AGENT, issues.NO_CREDITS)
        if self.has_problem:
            _LOGGER.info("%s: works again", self._entry.title)
        self.has_problem = self._is_mended_by_connecting = False
