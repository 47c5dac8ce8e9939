"""The bounds of the rules: exactly at a limit, and the state after the end of a turn."""

import pytest

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.messages import AgentTranscript
from custom_components.playai.agent.settings import ServerTraits
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.effects import BeginStream
from custom_components.playai.agent.turn_taking.state import ReplyState

from .driver import (
    AE,
    HOME_ASSISTANT,
    IDLE,
    KNOWN,
    SECOND,
    SILENT,
    WORDS,
    Driver,
    E,
    N,
    S,
    listening,
    replying,
    waiting,
)


def test_audio_belongs_to_the_reply_by_default() -> None:
    driver = replying()
    driver.rules.audio_handed(driver.reply, SECOND // 2, driver.now)
    assert driver.reply.queued_bytes == SECOND // 2


def test_turn_that_is_cancelled_leaves_no_limit() -> None:
    driver = waiting()
    driver.rules.expect_claim(driver.turn, driver.now)
    driver.receive(N, AE)
    assert {Limit.NO_REPLY, Limit.EMPTY_REPLY, Limit.TURN_CLAIM} == set(driver.limits)
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.limits == {Limit.IDLE: IDLE}


def test_flush_may_be_shorter_than_a_second() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    driver.end_input()
    driver.wait(3.5 + 3.25)
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.limits[Limit.FLUSH] == 0.75


def test_session_ends_with_the_reply_after_a_loss() -> None:
    driver = replying(traits=KNOWN)
    driver.receive(AE)
    driver.wait(0.25)
    driver.hand()
    driver.lose()
    assert driver.phase() is Phase.PLAYING_OUT
    driver.wait(0.75)
    assert not driver.rules.is_closed
    driver.wait(0.25)
    assert driver.rules.is_closed


def test_speech_after_the_end_of_the_stream_waits_for_its_end() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(S)
    driver.end_input()
    driver.receive(E)
    assert Limit.NO_END not in driver.limits
    driver.receive(S)
    assert driver.limits == {Limit.SPEECH: 68, Limit.NO_END: 3.5}


def test_speech_that_is_reported_late_stops_the_wait_for_it() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN, wait_for_words=True)
    driver.speak()
    driver.end_input()
    assert Limit.NO_END in driver.limits
    driver.receive(S)
    assert driver.limits == {Limit.SPEECH: 68, Limit.CLOSE_TURN: 3.25}


@pytest.mark.parametrize(
    ("seconds", "may_be_silent"),
    [(14.0, False), (14.5, True), (15.5, True), (16.0, False)],
)
def test_tolerance_of_a_stream_that_may_be_silent(seconds, may_be_silent) -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=SILENT)
    driver.speak(seconds)
    driver.end_input()
    assert driver.turn.is_open is may_be_silent


def test_loss_of_a_connection_while_it_is_opened_does_not_extend_its_limit() -> None:
    driver = listening()
    driver.lose()
    until = driver.rules.connect_seconds(driver.now)
    driver.wait(4)
    driver.lose(ErrorKind.CANNOT_CONNECT)
    assert driver.rules.connect_seconds(driver.now) == until - 4


def test_backlog_of_a_closed_turn_waits_for_no_speech() -> None:
    driver = listening()
    driver.speak()
    driver.receive(E, WORDS)
    assert not driver.turn.is_open
    assert not driver.turn.heard_speech
    driver.rules.frame_sent(driver.now)
    assert driver.limits == {Limit.NO_REPLY: 30}


def test_words_after_the_first_audio_do_not_wait_for_the_reply_again() -> None:
    driver = listening(wait_for_words=True)
    driver.speak()
    driver.receive(S, E, N)
    driver.audio()
    assert driver.turn.is_open
    driver.receive(WORDS)
    assert not driver.turn.is_open
    assert Limit.NO_REPLY not in driver.limits


# Streams.


def begins(driver: Driver) -> bool:
    """Whether a stream that is announced now is the reply."""
    return any(isinstance(effect, BeginStream) for effect in driver.receive(N))


def test_audio_without_a_turn_is_ignored_although_no_stream_was_announced() -> None:
    driver = listening()
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.rules.audio_arrived(100, driver.now) == []


def test_stream_without_a_turn_on_a_new_connection_is_ignored() -> None:
    driver = Driver()
    driver.start()
    driver.connect()
    driver.rules.cancel(driver.turn, driver.now)
    driver.receive(N)
    assert driver.phase() is Phase.IDLE


@pytest.mark.parametrize(("seconds", "is_reply"), [(0, False), (1.5, False), (1.75, True)])
def test_unknown_agent_may_greet_where_home_assistant_ends_the_turn(seconds, is_reply) -> None:
    driver = Driver(end_of_turn=HOME_ASSISTANT, traits=ServerTraits())
    driver.start()
    driver.connect()
    driver.speak()
    driver.wait(seconds)
    assert begins(driver) is is_reply


def test_stale_reply_may_come_when_the_user_continues() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(S)
    driver.rules.cancel(driver.turn, driver.now)
    driver.start()
    driver.receive(E)
    driver.speak()
    driver.receive(S, E, S)
    assert not begins(driver)
    driver.receive(E)
    assert begins(driver)


def test_words_of_the_agent_after_the_end_of_speech_answer_the_turn() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT)
    driver.speak()
    driver.receive(S, E, AgentTranscript("Yes."))
    assert driver.turn.ended_at is None
    assert driver.turn.agent_words.text == "Yes."


# Replies.


def test_reply_has_at_most_32_mb() -> None:
    driver = waiting()
    driver.receive(N)
    stream = driver.turn.stream
    assert stream is not None
    driver.rules.audio_decoded(stream, 33_554_430, 192_000, driver.now)
    assert not stream.is_complete
    driver.rules.audio_decoded(stream, 2, 192_000, driver.now)
    assert stream.is_complete


def test_new_reply() -> None:
    reply = ReplyState()
    assert (reply.rate, reply.response_time, reply.transcript.text) == (0, 0, "")
    assert not any((reply.is_marked, reply.is_complete, reply.is_over, reply.has_begun))


def test_states_are_compared_by_identity() -> None:
    assert len({ReplyState(), ReplyState()}) == 2
    driver = listening()
    old = driver.turn
    driver.start()
    assert len({old, driver.turn}) == 2
