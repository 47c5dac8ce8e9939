"""Turns in which the server calls the home, and the effects of these calls."""

from custom_components.playai.agent.home import AnswerEnd, HomeOffer
from custom_components.playai.agent.messages import AnswerEndMessage, Ask, Message, ToolCall
from custom_components.playai.agent.turn_taking.effects import BeginCall, CancelCall, Effect, Send
from custom_components.playai.agent.turn_taking.state import CallState

from .driver import KNOWN, Driver, waiting

OFFER = HomeOffer("en", True)
ASK = Ask("1", "Lights on.")
TOOL = ToolCall("t", "turn_on", {"area": "kitchen"})


def sent(effects: list[Effect]) -> list[Message]:
    """The messages to the server."""
    return [e.message for e in effects if isinstance(e, Send)]


def begun(effects: list[Effect]) -> list[CallState]:
    """The calls that begin."""
    return [e.call for e in effects if isinstance(e, BeginCall)]


def cancelled(effects: list[Effect]) -> list[CallState]:
    """The calls that are cancelled."""
    return [e.call for e in effects if isinstance(e, CancelCall)]


def claim(driver: Driver, *, has_handler: bool = True) -> list[Effect]:
    return driver.rules.claim(driver.turn, driver.now, has_handler=has_handler)


def home(**options) -> Driver:
    """The user has finished, and a caller that answers for the home waits for the reply."""
    driver = waiting(offer=OFFER, traits=KNOWN, **options)
    claim(driver)
    return driver


def asked(**options) -> tuple[Driver, CallState]:
    """The server has asked the home, which answers."""
    driver = home(**options)
    (call,) = begun(driver.receive(ASK))
    return driver, call


def refusal(reason: str) -> AnswerEndMessage:
    return AnswerEndMessage("1", AnswerEnd(error=reason))
