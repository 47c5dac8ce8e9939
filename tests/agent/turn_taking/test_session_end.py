"""How room is made on the server, and how a session ends (rules 9 and 10)."""

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import (
    Disconnected,
    SessionEnded,
    Status,
    StatusChanged,
    VoiceActivity,
)
from custom_components.playai.agent.home import AgentFeatures, Feature
from custom_components.playai.agent.live_microphone import LiveMicrophone
from custom_components.playai.agent.microphone import FRAME_BYTES
from custom_components.playai.agent.turn_taking import Limit, Link
from custom_components.playai.agent.turn_taking.effects import (
    Connect,
    Disconnect,
    Emit,
    MakeRoom,
    TurnOver,
)

from .connections import events, idle
from .driver import AE, IDLE, KNOWN, TIMINGS, Driver, S, listening, replying, waiting
from .home_calls import OFFER, TOOL

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


def test_no_room_is_asked_for_once_the_home_was_called() -> None:
    driver = waiting(offer=OFFER, traits=KNOWN, can_make_room=True)
    driver.receive(TOOL)
    turn = driver.turn
    assert MakeRoom() not in driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.TOO_MANY_CONNECTIONS


def test_no_room_is_asked_for_once_a_text_was_sent() -> None:
    agent = AgentFeatures("Agent", (), frozenset({Feature.SAY}))
    driver = idle(offer=OFFER, features=agent, can_make_room=True)
    driver.rules.start_text(None, driver.now)
    driver.rules.push_text(driver.turn, "It is late.", driver.now)
    assert driver.turn.has_sent_text
    assert MakeRoom() not in driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)


def refused_call() -> tuple[Driver, LiveMicrophone]:
    """A live call has sent a frame when the server says that it has no room."""
    driver = Driver(can_make_room=True)
    microphone = LiveMicrophone()
    driver.rules.begin_call(microphone, driver.now)
    driver.connect()
    microphone.push(bytes(FRAME_BYTES))
    assert driver.rules.next_frame() == (bytes(FRAME_BYTES), True)
    assert MakeRoom() in driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    return driver, microphone


def test_call_that_begins_is_tried_again_after_room_was_made() -> None:
    driver, microphone = refused_call()
    assert driver.rules.room_made(driver.now, has_room=True) == [Connect()]
    driver.connect()
    assert microphone.has_frame
    effects = driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    assert MakeRoom() not in effects
    assert driver.rules.is_closed


def test_call_ends_without_room() -> None:
    driver, _ = refused_call()
    effects = driver.rules.room_made(driver.now, has_room=False)
    [refusal] = [event for event in events(effects) if isinstance(event, Disconnected)]
    assert refusal.error.kind is ErrorKind.TOO_MANY_CONNECTIONS
    assert refusal.is_refusal
    assert driver.rules.is_closed


def test_call_goes_on_without_the_turn_for_which_room_was_made() -> None:
    driver = Driver(can_make_room=True, traits=KNOWN)
    driver.rules.begin_call(LiveMicrophone(), driver.now)
    driver.connect()
    driver.receive(S)
    assert MakeRoom() in driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    driver.rules.interrupt(driver.now)
    assert Connect() in driver.rules.room_made(driver.now, has_room=True)


def test_call_whose_connection_was_taken_makes_no_room() -> None:
    driver = Driver(can_make_room=True)
    driver.rules.begin_call(LiveMicrophone(), driver.now)
    driver.connect()
    driver.wait(TIMINGS.accept)
    assert MakeRoom() not in driver.lose(ErrorKind.TOO_MANY_CONNECTIONS)
    assert driver.rules.is_closed


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
