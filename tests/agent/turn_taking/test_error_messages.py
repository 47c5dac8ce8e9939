"""The effect of errors and hang-ups on a turn and its connection."""

import logging

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import Disconnected, SessionEnded
from custom_components.playai.agent.messages import Hangup, Init
from custom_components.playai.agent.turn_taking import Limit
from custom_components.playai.agent.turn_taking.effects import CloseConnection, Emit

from .connections import FAILED, FATAL, FAULT, REJECTED, closing, errors, events, idle
from .driver import AE, KNOWN, WORDS, Driver, E, S, listening, replying, waiting

# Hang-ups.


@pytest.mark.parametrize(
    ("ended_by", "text"),
    [("agent", "agent"), (None, "the server"), ("", "the server"), ("x" * 50, "x" * 40)],
)
def test_hangup_closes_the_connection(ended_by, text) -> None:
    driver = waiting()
    [effect] = driver.receive(Hangup(ended_by))
    assert isinstance(effect, CloseConnection)
    assert effect.error.kind is ErrorKind.AGENT_HUNG_UP
    assert effect.error.message == f"hung up by {text}"


def test_hangup_completes_a_reply() -> None:
    driver = replying(traits=KNOWN)
    reply = driver.reply
    effects = driver.lose(ErrorKind.AGENT_HUNG_UP)
    assert events(effects) == []
    assert reply.is_complete
    assert reply.error is None


def test_hangup_instead_of_an_answer_fails_the_turn() -> None:
    driver = waiting()
    turn = driver.turn
    effects = driver.lose(ErrorKind.AGENT_HUNG_UP)
    assert errors(effects) == [ErrorKind.AGENT_HUNG_UP]
    assert turn.error is not None


@pytest.mark.parametrize(
    ("kind", "is_accepted", "is_reported"),
    [
        (ErrorKind.AGENT_HUNG_UP, True, False),
        (ErrorKind.AGENT_HUNG_UP, False, True),
        (ErrorKind.SERVER_FAULT, True, False),
        (ErrorKind.SERVER_FAULT, False, True),
        (ErrorKind.CONNECTION_LOST, True, True),
        (ErrorKind.CONNECTION_LOST, False, True),
    ],
)
def test_idle_session_that_expires_is_not_disconnected(kind, is_accepted, is_reported) -> None:
    driver = Driver()
    driver.start()
    driver.connect()
    if is_accepted:
        driver.receive(Init())
    driver.rules.cancel(driver.turn, driver.now)
    error = AgentError(kind)
    effects = driver.rules.connection_lost(error, driver.now)
    disconnected = Disconnected(error, is_refusal=not is_accepted)
    assert (disconnected in events(effects)) is is_reported
    assert Emit(SessionEnded(is_accepted)) in effects


def test_server_fault_of_a_turn_disconnects() -> None:
    driver = waiting()
    turn = driver.turn
    effects = driver.lose(ErrorKind.SERVER_FAULT)
    assert turn.error is not None
    assert Disconnected(turn.error, is_refusal=False) in events(effects)


# Error messages.


def test_close_belongs_to_an_error_just_before() -> None:
    driver = waiting()
    turn = driver.turn
    driver.receive(FATAL)
    driver.wait(1)
    driver.lose()
    assert turn.error is not None
    assert (turn.error.kind, turn.error.code) == (ErrorKind.UNKNOWN_AGENT, 1002)


def test_close_long_after_an_error_is_a_loss() -> None:
    driver = waiting()
    turn = driver.turn
    driver.receive(FATAL)
    driver.wait(1.25)
    driver.lose()
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.CONNECTION_LOST


def test_broken_frames_are_not_blamed_on_an_error() -> None:
    driver = waiting()
    turn = driver.turn
    driver.receive(FATAL)
    driver.lose(ErrorKind.BAD_MESSAGE)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.BAD_MESSAGE


def test_error_of_an_older_turn_or_connection_is_not_blamed() -> None:
    driver = idle()
    driver.receive(FATAL)
    driver.start()
    driver.speak()
    driver.end_input()
    driver.receive(E, WORDS)
    turn = driver.turn
    driver.lose()
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.CONNECTION_LOST
    driver = listening()
    driver.receive(FAULT)
    driver.lose()
    driver.connect()
    turn = driver.turn
    driver.lose()
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.CONNECTION_LOST


def test_fatal_error_closes_the_connection() -> None:
    for driver in (idle(), listening(), waiting(), replying()):
        effects = driver.receive(FATAL)
        assert closing(effects) == [ErrorKind.UNKNOWN_AGENT]
        assert errors(effects) == []


def test_error_fails_the_turn() -> None:
    driver = waiting()
    turn = driver.turn
    effects = driver.receive(FAILED)
    assert errors(effects) == [ErrorKind.AGENT_FAILED]
    assert turn.error is not None
    assert turn.error.message == "Failed."
    assert closing(effects) == []


def test_error_breaks_off_a_reply() -> None:
    driver = replying()
    assert errors(driver.receive(FAILED)) == [ErrorKind.AGENT_FAILED]
    assert driver.reply.error is not None


def test_error_of_a_complete_reply_is_reported_only() -> None:
    driver = replying(traits=KNOWN)
    driver.receive(AE)
    driver.wait(0.25)
    assert errors(driver.receive(FAILED)) == [ErrorKind.AGENT_FAILED]
    assert errors(driver.receive(FAILED)) == []
    assert driver.reply.error is None


def test_error_without_a_turn_is_reported_once_until_the_next() -> None:
    driver = idle()
    assert errors(driver.receive(FAILED)) == [ErrorKind.AGENT_FAILED]
    assert errors(driver.receive(FAILED)) == []
    driver.start()
    assert errors(driver.receive(FAILED)) == [ErrorKind.AGENT_FAILED]
    assert driver.turn.is_open


def test_agent_that_fails_before_the_end_of_the_turn_may_still_answer() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, FAILED)
    assert driver.turn.error is None
    driver.receive(E)
    turn = driver.turn
    driver.receive(FAILED)
    assert turn.error is not None


def test_protocol_error_is_reported_once_and_fails_no_turn(caplog) -> None:
    """The caller logs reported errors; the library logs them at debug level only."""
    driver = waiting()
    assert errors(driver.receive(REJECTED)) == [ErrorKind.PROTOCOL]
    assert errors(driver.receive(REJECTED)) == []
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []
    assert driver.turn.error is None


def test_server_fault_while_the_user_speaks_closes_the_connection_once() -> None:
    driver = listening()
    driver.speak()
    assert closing(driver.receive(FAULT)) == [ErrorKind.SERVER_FAULT]
    driver.lose()
    driver.connect()
    driver.speak()
    turn = driver.turn
    assert closing(driver.receive(FAULT)) == []
    assert turn.error is not None


def test_server_fault_after_the_end_fails_the_turn() -> None:
    driver = waiting()
    turn = driver.turn
    assert closing(driver.receive(FAULT)) == []
    assert turn.error is not None


def test_server_fault_of_an_idle_session_closes_it() -> None:
    driver = idle()
    effects = driver.receive(FAULT)
    assert closing(effects) == [ErrorKind.SERVER_FAULT]
    assert errors(effects) == []


def test_server_fault_that_belongs_to_a_cancelled_turn_is_reported_only() -> None:
    def cancelled() -> Driver:
        driver = listening(traits=KNOWN)
        driver.speak()
        driver.receive(S)
        driver.rules.cancel(driver.turn, driver.now)
        return driver

    driver = cancelled()
    effects = driver.receive(FAULT)
    assert (closing(effects), errors(effects)) == ([], [ErrorKind.SERVER_FAULT])
    driver = cancelled()
    driver.receive(E)  # The reply may still come.
    assert closing(driver.receive(FAULT)) == []
    driver = cancelled()
    driver.receive(E)
    driver.wait(9)
    assert closing(driver.receive(FAULT)) == [ErrorKind.SERVER_FAULT]
    driver = cancelled()
    driver.start()
    driver.receive(E)
    assert driver.turn.belongs_to_cancelled
    effects = driver.receive(FAULT)
    assert (closing(effects), errors(effects)) == ([], [ErrorKind.SERVER_FAULT])
    assert driver.turn.error is None
    driver.speak()
    assert closing(driver.receive(FAULT)) == [ErrorKind.SERVER_FAULT]


def test_flush_alone_keeps_the_connection_of_a_faulty_server() -> None:
    driver = listening()
    driver.speak()
    driver.rules.fail(driver.turn, AgentError(ErrorKind.BAD_AUDIO), driver.now)
    assert Limit.FLUSH in driver.limits
    assert closing(driver.receive(FAULT)) == []
