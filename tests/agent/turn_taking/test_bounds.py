"""The bounds of the rules: exactly at a limit, and what must be left when a turn is over."""

import pytest

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.turn_taking import Limit, Phase

from .driver import (
    AE,
    HOME_ASSISTANT,
    IDLE,
    KNOWN,
    SECOND,
    SILENT,
    E,
    N,
    S,
    listening,
    replying,
    waiting,
)


def test_audio_that_is_handed_is_of_the_reply_unless_it_says_otherwise() -> None:
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
