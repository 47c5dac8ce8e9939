"""Errors of the server, and the events that effects contain."""

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.events import ErrorOccurred, SessionEvent
from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.agent.turn_taking.effects import CloseConnection, Emit

from .driver import Driver, listening

FATAL = ErrorMessage(1002, "Invalid agent id.")
FAULT = ErrorMessage(5001, "Unknown error.")
FAILED = ErrorMessage(3003, "Failed.")
REJECTED = ErrorMessage(4400, "Bad message.")


def events(effects) -> list[SessionEvent]:
    return [effect.event for effect in effects if isinstance(effect, Emit)]


def errors(effects) -> list[ErrorKind]:
    return [event.error.kind for event in events(effects) if isinstance(event, ErrorOccurred)]


def closing(effects) -> list[ErrorKind]:
    return [effect.error.kind for effect in effects if isinstance(effect, CloseConnection)]


def idle(**options) -> Driver:
    """Return a driver with an open connection and no turn."""
    driver = listening(**options)
    driver.rules.cancel(driver.turn, driver.now)
    return driver
