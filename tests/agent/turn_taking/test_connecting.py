"""When a connection is opened, reopened and abandoned (rules 1, 9 and 10)."""

import logging

import pytest

from custom_components.playai.agent.errors import POLICIES, AgentError, ErrorKind
from custom_components.playai.agent.events import (
    Disconnected,
    ErrorOccurred,
    SessionEnded,
    SessionEvent,
    SessionStarted,
    Status,
    StatusChanged,
    VoiceActivity,
)
from custom_components.playai.agent.messages import AgentTranscript, ErrorMessage, Hangup, Init
from custom_components.playai.agent.turn_taking import Limit, Link
from custom_components.playai.agent.turn_taking.effects import (
    CloseConnection,
    Connect,
    Disconnect,
    DropStream,
    Emit,
    FinishStream,
    MakeRoom,
    TurnOver,
)

from .driver import (
    AE,
    HOME_ASSISTANT,
    IDLE,
    KNOWN,
    WORDS,
    Driver,
    E,
    N,
    S,
    listening,
    replying,
    waiting,
)

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
    """No turn, on an open connection."""
    driver = listening(**options)
    driver.rules.cancel(driver.turn, driver.now)
    return driver


# The setup is accepted.


def test_setup_is_accepted_after_a_while() -> None:
    driver = Driver()
    driver.start()
    effects = driver.connect()
    assert effects == [Emit(StatusChanged(Status.LISTENING))]
    assert driver.rules.link is Link.OPEN
    assert driver.limits == {Limit.SPEECH: 70, Limit.ACCEPT: 2}
    driver.wait(1.99)
    assert driver.wait(0.01) == [Emit(SessionStarted())]
    assert Limit.ACCEPT not in driver.limits


@pytest.mark.parametrize("message", [Init(), S, N])
def test_any_message_accepts_the_setup(message) -> None:
    driver = Driver()
    driver.start()
    driver.connect()
    assert SessionStarted() in events(driver.receive(message))
    assert Limit.ACCEPT not in driver.limits
    assert SessionStarted() not in events(driver.receive(message))


def test_audio_accepts_the_setup() -> None:
    driver = Driver()
    driver.start()
    driver.connect()
    assert events(driver.audio()) == [SessionStarted()]


def test_error_does_not_accept_the_setup() -> None:
    driver = Driver()
    driver.start()
    driver.connect()
    assert SessionStarted() not in events(driver.receive(FAILED))
    assert Limit.ACCEPT in driver.limits


def test_second_connection_starts_no_second_session() -> None:
    driver = listening()
    driver.lose()
    driver.connect()
    assert events(driver.receive(Init())) == []


# A lost connection is opened once more.


def test_lost_connection_is_opened_again_while_the_user_speaks() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, WORDS)
    assert driver.lose() == [
        Emit(VoiceActivity(active=False)),
        Connect(),
        Emit(StatusChanged(Status.CONNECTING)),
    ]
    assert driver.rules.link is Link.OPENING
    turn = driver.turn
    assert not any((turn.heard_speech, turn.is_speaking, turn.heard_any_end))
    assert turn.words.text == ""
    assert not turn.microphone.was_read
    assert driver.limits == {Limit.SPEECH: 68}
    assert driver.rules.connect_seconds(driver.now + 1) == 9


def test_second_loss_fails_the_turn() -> None:
    driver = listening()
    turn = driver.turn
    driver.lose()
    driver.connect()
    effects = driver.lose()
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.CONNECTION_LOST
    assert errors(effects) == [ErrorKind.CONNECTION_LOST]
    assert Disconnect() in effects
    assert driver.rules.is_closed


def test_second_connection_that_cannot_be_opened_is_a_refusal() -> None:
    driver = listening()
    driver.lose()
    error = AgentError(ErrorKind.CANNOT_CONNECT)
    effects = driver.rules.connection_lost(error, driver.now)
    assert Disconnected(error, is_refusal=True) in events(effects)


def test_every_turn_may_open_a_second_connection() -> None:
    driver = listening()
    driver.lose()
    driver.connect()
    driver.rules.cancel(driver.turn, driver.now)
    driver.start()
    assert Connect() in driver.lose()


def test_connection_that_cannot_be_opened_is_tried_within_its_limit() -> None:
    driver = Driver()
    driver.start()
    driver.wait(9.75)
    assert Connect() in driver.lose(ErrorKind.CANNOT_CONNECT)
    assert driver.rules.connect_seconds(driver.now) == 0.25
    driver = Driver()
    driver.start()
    driver.wait(10)
    assert Connect() not in driver.lose(ErrorKind.CANNOT_CONNECT)
    assert driver.rules.is_closed


@pytest.mark.parametrize("kind", ErrorKind)
def test_policy_says_whether_a_connection_is_opened_again(kind) -> None:
    driver = listening()
    effects = driver.lose(kind)
    assert (Connect() in effects) is POLICIES[kind].may_reopen


def test_reopened_turn_begins_again() -> None:
    driver = listening(traits=KNOWN, wait_for_words=True)
    driver.speak(0.08)
    driver.receive(S, E, AgentTranscript("Yes."), N)
    driver.rules.audio_arrived(100, driver.now)
    effects = driver.lose()
    assert DropStream() in effects
    turn = driver.turn
    assert (turn.ended_at, turn.stream, turn.stream_bytes) == (None, None, 0)
    assert not any((turn.has_stream, turn.heard_end, turn.heard_no_words))
    assert turn.agent_words.text == ""
    assert driver.limits == {Limit.SPEECH: 68}


def test_reopened_turn_keeps_the_end_that_home_assistant_found() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN, wait_for_words=True)
    driver.speak(1, send=False)
    driver.receive(S)
    driver.rules.end_input(driver.turn, driver.now)
    ended_at = driver.turn.ended_at
    assert ended_at is not None
    driver.receive(S)
    assert driver.turn.is_open
    assert Limit.CLOSE_TURN in driver.limits
    assert Connect() in driver.lose()
    assert driver.turn.ended_at == ended_at
    assert Limit.CLOSE_TURN in driver.limits


def test_words_of_a_closed_turn_stay() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN)
    driver.speak(1, send=False)
    driver.receive(S, WORDS)
    driver.rules.end_input(driver.turn, driver.now)
    assert not driver.turn.is_open
    assert Connect() in driver.lose()
    assert driver.turn.words.text == "Lights on."
    assert driver.limits == {Limit.NO_REPLY: 30}


def test_limits_of_the_lost_connection_stop() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    assert Limit.NO_SPEECH in driver.limits
    driver.end_input()
    assert Limit.NO_END in driver.limits
    driver.lose()
    assert driver.limits == {Limit.SPEECH: 68}


def test_flush_stops_with_the_connection() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(S)
    driver.start()
    assert Limit.FLUSH in driver.limits
    driver.lose()
    assert Limit.FLUSH not in driver.limits
    assert not driver.turn.owes_stale_reply
    driver = listening()
    driver.lose()
    driver.connect()
    driver.lose()
    assert Limit.ACCEPT not in driver.limits


def test_turn_that_was_sent_completely_is_not_repeated() -> None:
    driver = waiting()
    assert driver.turn.microphone.drained
    turn = driver.turn
    effects = driver.lose()
    assert Connect() not in effects
    assert turn.error is not None


def test_hangup_after_speech_is_an_answer() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    assert Connect() not in driver.lose(ErrorKind.AGENT_HUNG_UP)
    driver = listening()
    driver.speak()
    assert Connect() in driver.lose(ErrorKind.AGENT_HUNG_UP)


def test_fatal_error_after_the_end_is_an_answer() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E)
    error = AgentError.from_code(3003, "Failed.", is_fatal=True)
    assert Connect() not in driver.rules.connection_lost(error, driver.now)
    driver = listening()
    driver.speak()
    driver.receive(S)
    error = AgentError.from_code(3003, "Failed.", is_fatal=True)
    assert Connect() in driver.rules.connection_lost(error, driver.now)


def test_loss_without_a_turn_ends_the_session() -> None:
    driver = idle()
    effects = driver.lose()
    assert [type(event) for event in events(effects)] == [Disconnected, SessionEnded]
    assert effects[-1] == Disconnect()
    assert driver.rules.is_closed
    assert driver.rules.link is Link.CLOSED
    assert driver.rules.limits == {}


def test_loss_during_a_reply_breaks_it_off() -> None:
    driver = replying(traits=KNOWN)
    driver.hand(0.5)
    reply = driver.reply
    effects = driver.lose()
    assert FinishStream(reply) in effects
    assert errors(effects) == [ErrorKind.CONNECTION_LOST]
    assert reply.error is not None
    assert not driver.rules.is_closed
    assert driver.rules.link is Link.CLOSED
    effects = driver.wait(5 + 1)
    assert Emit(SessionEnded(was_started=True)) in effects


def test_loss_after_the_mark_is_no_error() -> None:
    driver = replying(traits=KNOWN)
    reply = driver.reply
    driver.receive(AE)
    effects = driver.lose()
    assert errors(effects) == []
    assert reply.is_complete
    assert reply.error is None


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
    """The caller logs what is reported; the library does so for developers only."""
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


# Room on the server (rule 10).


def refused() -> Driver:
    driver = Driver(can_make_room=True)
    driver.start()
    assert driver.lose(ErrorKind.TOO_MANY_CONNECTIONS) == [MakeRoom()]
    assert driver.rules.link is Link.MAKING_ROOM
    return driver


def test_turn_is_tried_again_after_room_was_made() -> None:
    driver = refused()
    effects = driver.rules.room_made(driver.now, has_room=True)
    assert effects == [Connect()]
    assert driver.rules.link is Link.OPENING
    effects = driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    assert MakeRoom() not in effects
    assert driver.rules.is_closed


def test_next_turn_may_ask_for_room_again() -> None:
    driver = refused()
    driver.rules.room_made(driver.now, has_room=True)
    driver.connect()
    driver.start()
    assert MakeRoom() in driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)


def test_turn_fails_without_room() -> None:
    driver = refused()
    turn = driver.turn
    effects = driver.rules.room_made(driver.now, has_room=False)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.TOO_MANY_CONNECTIONS
    assert Disconnect() in effects
    assert Emit(Disconnected(turn.error, is_refusal=True)) in effects


@pytest.mark.parametrize("has_room", [False, True])
def test_turn_that_began_meanwhile_is_tried_in_any_case(has_room) -> None:
    driver = refused()
    driver.start()
    assert driver.rules.room_made(driver.now, has_room=has_room) == [Connect()]


def test_room_is_of_no_use_without_a_turn() -> None:
    driver = refused()
    driver.rules.cancel(driver.turn, driver.now)
    effects = driver.rules.room_made(driver.now, has_room=True)
    assert Connect() not in effects
    assert driver.rules.is_closed


def test_room_that_nobody_asked_for_changes_nothing() -> None:
    driver = listening(can_make_room=True)
    assert driver.rules.room_made(driver.now, has_room=True) == []


def test_no_room_is_asked_for_where_none_can_be_made() -> None:
    driver = Driver()
    driver.start()
    effects = driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    assert MakeRoom() not in effects
    driver = idle(can_make_room=True)
    assert MakeRoom() not in driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    driver = replying(can_make_room=True)
    assert MakeRoom() not in driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    driver = listening(can_make_room=True)
    assert MakeRoom() not in driver.lose()


# The end of the session (rule 9).


def test_idle_session_ends() -> None:
    driver = idle()
    driver.wait(IDLE - 0.01)
    assert not driver.rules.is_closed
    assert driver.wait(0.01) == [Emit(SessionEnded(was_started=True)), Disconnect()]
    assert driver.rules.is_closed


def test_session_that_ends_cancels_its_turn() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    turn = driver.turn
    effects = driver.rules.end(driver.now)
    assert TurnOver(turn) in effects
    assert (turn.error, turn.is_silent) == (None, True)
    assert events(effects) == [
        VoiceActivity(active=False),
        StatusChanged(Status.IDLE),
        SessionEnded(was_started=True),
    ]
    assert effects[-1] == Disconnect()
    assert driver.rules.limits == {}
    assert driver.rules.turn is None


def test_session_ends_once() -> None:
    driver = Driver()
    driver.start()
    assert Emit(SessionEnded(was_started=False)) in driver.rules.end(driver.now)
    assert driver.rules.end(driver.now) == []


def test_closed_session_ignores_its_connection() -> None:
    driver = listening(can_make_room=True)
    driver.rules.end(driver.now)
    rules, now = driver.rules, driver.now
    error = AgentError(ErrorKind.CONNECTION_LOST)
    for effects in (
        rules.receive(S, now),
        rules.audio_arrived(100, now),
        rules.connection_lost(error, now),
        rules.connection_failed(error, now),
        rules.room_made(now, has_room=True),
    ):
        assert effects == []
    assert rules.limits == {}


def test_failed_connection_is_never_opened_again() -> None:
    driver = listening()
    driver.speak()
    turn = driver.turn
    error = AgentError(ErrorKind.SERVER_FAULT, "internal error")
    effects = driver.rules.connection_failed(error, driver.now)
    assert Connect() not in effects
    assert turn.error is error
    assert driver.rules.is_closed


def test_failed_connection_ends_the_voice_activity_and_a_marked_reply() -> None:
    driver = replying(traits=KNOWN)
    reply = driver.reply
    driver.receive(S, AE)
    error = AgentError(ErrorKind.SERVER_FAULT)
    effects = driver.rules.connection_failed(error, driver.now)
    assert Emit(VoiceActivity(active=False)) in effects
    assert reply.is_complete
    assert reply.error is None
    assert Limit.ACCEPT not in driver.limits


def test_turn_after_a_loss_with_a_reply_opens_a_connection() -> None:
    driver = replying(traits=KNOWN)
    driver.lose()
    assert Connect() in driver.start()
