"""When a connection is opened and reopened (rule 1)."""

import pytest

from custom_components.playai.agent.errors import POLICIES, AgentError, ErrorKind
from custom_components.playai.agent.events import (
    Disconnected,
    SessionEnded,
    SessionStarted,
    Status,
    StatusChanged,
    VoiceActivity,
)
from custom_components.playai.agent.messages import AgentTranscript, Init
from custom_components.playai.agent.turn_taking import Limit, Link
from custom_components.playai.agent.turn_taking.effects import (
    Connect,
    Disconnect,
    DropStream,
    Emit,
    FinishStream,
)

from .connections import FAILED, errors, events, idle
from .driver import (
    AE,
    HOME_ASSISTANT,
    KNOWN,
    TIMINGS,
    WORDS,
    Driver,
    E,
    N,
    S,
    listening,
    replying,
    waiting,
)

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


def test_reopened_turn_without_audio_ends() -> None:
    driver = listening()
    driver.end_input()
    driver.wait(1)
    assert Connect() in driver.lose()
    driver.connect()
    driver.wait(TIMINGS.silence)
    assert not driver.turn.is_open


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


def test_loss_after_the_mark_is_not_an_error() -> None:
    driver = replying(traits=KNOWN)
    reply = driver.reply
    driver.receive(AE)
    effects = driver.lose()
    assert errors(effects) == []
    assert reply.is_complete
    assert reply.error is None
