"""Whether an agent works: its errors, and the actions that they need from the user."""

import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..agent import AgentError, ErrorKind
from ..agent.errors import Remedy
from ..agent.events import Disconnected
from ..models import LastError
from . import issues
from .app import async_app_is_removed
from .history import async_history

_LOGGER = logging.getLogger(__name__)

REASON: Final = "reason"
"""The kind of the error that a reauthentication flow is about, in the data of the flow."""

TURNS_REFUSED: Final = 3
"""Number of consecutive turns refused for too many connections before an issue is created."""

MINUTES_UNREACHABLE: Final = 10
"""Minutes without a connection after which an issue is created."""


class Health:
    """The errors of one agent since it last worked."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Create the health of a working agent, with the errors from before a reload."""
        self.connected = True
        self.has_problem = False
        self.history = async_history(hass, entry.entry_id)
        self._hass = hass
        self._entry = entry
        self._ends_with_connection = False
        """Whether a connection proves that the problem is over."""

        self._turns_refused = 0
        self._minutes_disconnected = 0
        self._logged: set[ErrorKind] = set()

    @property
    def last_error(self) -> LastError | None:
        """The most recent error, which may be from before a reload."""
        return self.history.last_error

    @property
    def may_reconnect(self) -> bool:
        """Whether there is no connection, and another attempt may succeed."""
        may_retry = self.last_error is None or self.last_error.error.policy.may_retry
        return not self.connected and (may_retry or not self.has_problem)

    @callback
    def is_another_error(self, error: AgentError) -> bool:
        """Return whether the kind of an error differs from that of the current problem."""
        last = self.last_error
        return not self.has_problem or last is None or last.error.kind is not error.kind

    @callback
    def failed(self, error: AgentError, *, in_turn: bool) -> None:
        """Record an error; log each kind once per problem, and ask the user to act if needed."""
        error = error.without_traceback()
        if error.kind not in self._logged:
            _LOGGER.warning("%s: %s", self._entry.title, error)
        self._logged.add(error.kind)
        self.has_problem = True
        self.history.add_error(error)
        self._ends_with_connection = False
        if error.policy.remedy is not Remedy.NONE:  # The server can be reached.
            issues.async_resolve(self._hass, self._entry, issues.UNREACHABLE, issues.APP_REMOVED)
        if error.kind is ErrorKind.TOO_MANY_CONNECTIONS:
            self._turns_refused += in_turn
            if self._turns_refused < TURNS_REFUSED:
                return
        match error.policy.remedy:
            case Remedy.REAUTH:
                self._entry.async_start_reauth(self._hass, data={REASON: error.kind.value})
            case Remedy.REPAIR:
                issues.async_report(self._hass, self._entry, error.kind.value)

    @callback
    def disconnected(self, event: Disconnected) -> None:
        """Record that a connection could not be opened, or was lost."""
        self.connected = False
        if not self.is_another_error(event.error):
            # An error message that came after the setup was accepted may come again.
            self._ends_with_connection = event.is_refusal or event.error.code is None

    @callback
    def minute_passed(self) -> None:
        """Create an issue if there has been no connection for ten minutes.

        Errors that already ask the user for something else get none.
        """
        self._minutes_disconnected = 0 if self.connected else self._minutes_disconnected + 1
        if self._minutes_disconnected < MINUTES_UNREACHABLE:
            return
        if self.last_error is None or self.last_error.error.policy.remedy is Remedy.NONE:
            issue, other = issues.UNREACHABLE, issues.APP_REMOVED
            if async_app_is_removed(self._hass, self._entry):
                issue, other = other, issue
            issues.async_report(self._hass, self._entry, issue)
            issues.async_resolve(self._hass, self._entry, other)

    @callback
    def mark_connected(self) -> None:
        """Record that the server has accepted a connection."""
        self.connected = True
        self._minutes_disconnected = 0
        self._turns_refused = 0
        issues.async_resolve(
            self._hass,
            self._entry,
            issues.TOO_MANY_CONNECTIONS,
            issues.UNREACHABLE,
            issues.APP_REMOVED,
        )
        if self._ends_with_connection:
            self.mark_ok()

    @callback
    def mark_ok(self) -> None:
        """Record that the agent works."""
        issues.async_resolve(self._hass, self._entry, issues.UNKNOWN_AGENT, issues.NO_CREDITS)
        if self.has_problem:
            _LOGGER.info("%s: works again", self._entry.title)
        self.connected = True
        self.has_problem = self._ends_with_connection = False
        self._logged.clear()
