"""Whether an agent works: its errors, and what the user must do about them."""

import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from . import issues
from .agent import AgentError, ErrorKind
from .agent.events import Disconnected
from .state import LastError, error_history

_LOGGER = logging.getLogger(__name__)

REASON: Final = "reason"
"""Why a key is asked for: the kind of an error, in the data of the flow."""

TURNS_REFUSED: Final = 3
"""How many turns in a row too many connections must stop to be worth an issue."""


class Health:
    """What went wrong with one agent, until it works again."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Create the health of a working agent, with the errors from before a reload."""
        self.connected = True
        self.has_problem = False
        self.errors = error_history(hass, entry.entry_id)
        self._hass = hass
        self._entry = entry
        self._is_mended_by_connecting = False
        self._turns_refused = 0
        self._logged: set[ErrorKind] = set()

    @callback
    def failed(self, error: AgentError, *, in_turn: bool) -> None:
        """Note an error: log each kind once per problem, and ask the user where needed."""
        error = error.without_traceback()
        if error.kind not in self._logged:
            _LOGGER.warning("%s: %s", self._entry.title, error)
        self._logged.add(error.kind)
        self.has_problem = True
        self.errors.append(LastError(error, dt_util.utcnow()))
        self._is_mended_by_connecting = False
        match error.kind:
            case ErrorKind.INVALID_KEY | ErrorKind.KEY_NOT_ALLOWED:
                self._entry.async_start_reauth(self._hass, data={REASON: error.kind.value})
            case ErrorKind.UNKNOWN_AGENT:
                issues.async_report(self._hass, self._entry, issues.UNKNOWN_AGENT)
            case ErrorKind.NO_CREDITS:
                issues.async_report(self._hass, self._entry, issues.NO_CREDITS)
            case ErrorKind.TOO_MANY_CONNECTIONS:
                self._turns_refused += in_turn
                if self._turns_refused >= TURNS_REFUSED:
                    issues.async_report(self._hass, self._entry, issues.TOO_MANY_CONNECTIONS)

    @callback
    def disconnected(self, event: Disconnected) -> None:
        """Note that there was no connection, or that it broke."""
        self.connected = False
        if not self.is_another_error(event.error):
            # What was said after the setup had been accepted may be said again.
            self._is_mended_by_connecting = event.is_refusal or event.error.code is None

    @property
    def last_error(self) -> LastError | None:
        """The most recent error, which may be from before a reload."""
        return self.errors[-1] if self.errors else None

    @property
    def may_recover(self) -> bool:
        """Whether there is no connection, and trying again may help."""
        may_retry = self.last_error is None or self.last_error.error.policy.may_retry
        return not self.connected and (may_retry or not self.has_problem)

    @callback
    def is_another_error(self, error: AgentError) -> bool:
        """Whether an error is of another kind than the problem that there is."""
        last = self.last_error
        return not self.has_problem or last is None or last.error.kind is not error.kind

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
        self.connected = True
        self.has_problem = self._is_mended_by_connecting = False
        self._logged.clear()
