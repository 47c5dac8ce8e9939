"""When a reply is complete, when it is over, and how a turn ends (rules 6, 7 and 11)."""

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import (
    ErrorOccurred,
    ReplyFinished,
    ReplyInterrupted,
    ReplyStarted,
    Status,
    StatusChanged,
)
from custom_components.playai.agent.settings import ServerTraits
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.effects import (
    DropQueue,
    DropStream,
    Emit,
    FinishStream,
    ReplyBegan,
    ReplyChanged,
    TurnOver,
    WakeSender,
)
from custom_components.playai.agent.turn_taking.playout import MAX_REPLY_BYTES

from .connections import events
from .driver import (
    AE,
    IDLE,
    KNOWN,
    RATE,
    SECOND,
    WORDS,
    Driver,
    E,
    N,
    S,
    listening,
    replying,
    waiting,
)


def complete(driver: Driver) -> Driver:
    """The server has marked the end of the reply."""
    driver.receive(AE)
    driver.wait(0.25)
    assert driver.reply.is_complete
    return driver


# The first audio.


def test_reply_begins_with_its_first_audio() -> None:
    driver = waiting(traits=KNOWN)
    driver.wait(1.5)
    driver.receive(N)
    driver.wait(0.5)
    driver.audio()
    reply = driver.reply
    assert (reply.rate, reply.response_time) == (RATE, 2)
    assert reply.received_bytes == reply.queued_bytes == SECOND
    assert reply.received_until == driver.now + 1
    assert driver.limits == {Limit.REPLY_COMPLETE: 17}
    driver.wait(0.25)
    assert driver.audio(2) == [ReplyChanged(reply)]
    assert reply.response_time == 2
    assert reply.received_bytes == reply.queued_bytes == 3 * SECOND
    assert reply.received_until == driver.now + 2.75


def test_audio_that_comes_after_a_pause_plays_from_now() -> None:
    driver = replying(traits=KNOWN)
    driver.wait(5)
    driver.audio()
    assert driver.reply.received_until == driver.now + 1


def test_second_rate_does_not_change_the_reply() -> None:
    driver = replying()
    driver.rules.audio_decoded(driver.reply, 2, 8000, driver.now)
    assert driver.reply.rate == RATE


# Complete.


@pytest.mark.parametrize(("marks", "quiet"), [(None, 2.5), (False, 2.5), (True, 16)])
def test_quiet_completes_a_reply(marks, quiet) -> None:
    driver = replying(traits=ServerTraits(sends_voice_activity=True, marks_stream_end=marks))
    reply = driver.reply
    assert driver.limits == {Limit.REPLY_COMPLETE: 1 + quiet}
    driver.wait(1 + quiet - 0.01)
    assert not reply.is_complete
    driver.wait(0.01)
    assert reply.is_complete
    assert driver.traits.marks_stream_end is False


def test_more_audio_moves_the_quiet() -> None:
    driver = replying()
    reply = driver.reply
    driver.wait(3)
    driver.audio()
    driver.wait(0.5)
    assert not reply.is_complete
    assert driver.limits == {Limit.REPLY_COMPLETE: 3}
    driver.wait(3)
    assert reply.is_complete


def test_mark_completes_a_reply_soon() -> None:
    driver = replying(traits=KNOWN)
    reply = driver.reply
    driver.receive(AE)
    assert not reply.is_complete
    assert driver.phase() is Phase.REPLYING
    assert driver.wait(0.25) == [FinishStream(reply), ReplyChanged(reply)]
    assert driver.phase() is Phase.PLAYING_OUT
    assert driver.traits.marks_stream_end is True
    assert driver.limits == {Limit.REPLY_OVER: 0.75}


def test_audio_after_the_mark_withdraws_it() -> None:
    driver = replying(traits=KNOWN)
    driver.receive(AE)
    driver.audio()
    assert not driver.reply.is_marked
    assert driver.limits == {Limit.REPLY_COMPLETE: 18}


def test_mark_of_a_complete_reply_changes_nothing() -> None:
    driver = complete(replying(traits=KNOWN))
    before = driver.limits
    driver.receive(AE)
    assert driver.limits == before


def test_longest_reply_is_complete() -> None:
    driver = replying()
    driver.audio(298.75)
    assert not driver.reply.is_complete
    driver.audio(0.25)
    assert driver.reply.is_complete


def test_largest_reply_is_complete() -> None:
    driver = waiting()
    driver.receive(N)
    stream = driver.turn.stream
    assert stream is not None
    rate = 192_000
    driver.rules.audio_decoded(stream, MAX_REPLY_BYTES - 2, rate, driver.now)
    assert not stream.is_complete
    driver.rules.audio_decoded(stream, 2, rate, driver.now)
    assert stream.is_complete


def test_rest_of_the_stream_is_decoded_after_the_end() -> None:
    driver = complete(replying(traits=KNOWN))
    reply = driver.reply
    driver.rules.audio_decoded(reply, SECOND, RATE, driver.now)
    assert driver.limits == {Limit.REPLY_OVER: 1.75}


# Over.


def test_reply_is_over_when_it_has_played() -> None:
    driver = complete(replying(traits=KNOWN))
    turn, reply = driver.turn, driver.reply
    effects = driver.hand()
    assert events(effects) == [ReplyStarted(1), StatusChanged(Status.SPEAKING)]
    assert reply.was_heard
    assert reply.queued_bytes == 0
    assert reply.played_until == driver.now + 1
    assert driver.rules.listener_left(reply, driver.now) == []
    assert driver.limits == {Limit.REPLY_OVER: 1}
    driver.wait(0.99)
    assert not reply.is_over
    effects = driver.wait(0.01)
    assert effects == [
        Emit(ReplyFinished(1)),
        TurnOver(turn),
        WakeSender(),
        Emit(StatusChanged(Status.IDLE)),
    ]
    assert reply.is_over
    assert turn.is_over
    assert driver.limits == {Limit.IDLE: IDLE}


def test_only_the_first_audio_is_reported() -> None:
    driver = replying()
    driver.audio()
    driver.hand()
    assert driver.hand(0.5) == []
    reply = driver.reply
    assert reply.handed_seconds == 1.5
    assert reply.handed_at == driver.now
    assert reply.played_until == driver.now + 1.5


def test_audio_that_is_handed_late_plays_from_now() -> None:
    driver = replying(traits=KNOWN)
    driver.wait(3)
    driver.hand()
    assert driver.reply.played_until == driver.now + 1
    assert driver.reply.handed_at == driver.now


def test_listener_comes() -> None:
    driver = replying(traits=KNOWN)
    assert driver.reply.has_listener
    assert driver.reply.handed_at == driver.reply.played_until == driver.now


def test_silence_is_not_of_the_reply() -> None:
    driver = replying()
    driver.hand(0.5, is_silence=True)
    assert driver.reply.queued_bytes == SECOND
    assert driver.reply.played_until == driver.now + 0.5
    driver.hand(0.5)
    assert driver.reply.queued_bytes == SECOND / 2


def test_listener_may_come_until_five_seconds_after_a_reply_could_have_played() -> None:
    driver = waiting(traits=KNOWN)
    driver.receive(N)
    driver.audio(3)
    complete(driver)
    reply = driver.reply
    driver.wait(7.74)
    assert not reply.is_over
    driver.wait(0.01)
    assert reply.is_over


def test_reply_that_was_handed_over_may_play_longer_than_it_was_received() -> None:
    driver = replying(traits=KNOWN)
    reply = driver.reply
    driver.hand(2, is_silence=True)
    driver.hand()
    complete(driver)
    assert driver.limits == {Limit.REPLY_OVER: 2.75}
    driver.wait(2.75)
    assert reply.is_over


def test_slow_listener_is_not_cut_off() -> None:
    driver = complete(replying(traits=KNOWN))
    reply = driver.reply
    driver.wait(0.75)
    assert driver.limits == {Limit.REPLY_OVER: 5}
    driver.wait(4)
    driver.hand(0.5)
    driver.wait(1)
    # Half a second is queued, and the other half has been playing for a second.
    assert driver.limits == {Limit.REPLY_OVER: 5}
    driver.wait(4.99)
    assert not reply.is_over
    driver.wait(0.01)
    assert reply.is_over


def test_listener_that_has_left_is_not_waited_for() -> None:
    driver = complete(replying(traits=KNOWN))
    reply = driver.reply
    reply.has_listener = False
    driver.wait(0.75)
    assert reply.is_over


def test_listener_that_leaves_early_drops_the_reply() -> None:
    driver = replying()
    turn, reply = driver.turn, driver.reply
    driver.hand(0.5)
    driver.wait(0.25)
    effects = driver.rules.listener_left(reply, driver.now)
    assert not reply.has_listener
    assert effects == [
        DropQueue(reply),
        ReplyChanged(reply),
        Emit(ReplyInterrupted(0.25)),
        DropStream(),
        TurnOver(turn),
        WakeSender(),
        Emit(StatusChanged(Status.IDLE)),
    ]
    assert reply.was_interrupted
    assert reply.is_complete
    assert reply.queued_bytes == 0
    assert driver.limits == {Limit.IDLE: IDLE}


def test_listener_that_leaves_a_complete_reply_early_drops_it() -> None:
    driver = complete(replying(traits=KNOWN))
    driver.hand(0.5)
    reply = driver.reply
    driver.rules.listener_left(reply, driver.now)
    assert reply.was_interrupted


def test_listener_that_leaves_an_incomplete_reply_drops_it() -> None:
    driver = replying(traits=KNOWN)
    driver.hand()
    reply = driver.reply
    assert reply.queued_bytes == 0
    driver.rules.listener_left(reply, driver.now)
    assert reply.was_interrupted


def test_reply_that_nobody_heard_ends_without_an_event() -> None:
    driver = replying()
    turn, reply = driver.turn, driver.reply
    driver.rules.expect_listener(reply, driver.now)
    effects = driver.rules.drop(reply, driver.now)
    assert events(effects) == [StatusChanged(Status.IDLE)]
    assert turn.is_over
    assert reply.is_over


def test_played_seconds_do_not_exceed_what_was_handed() -> None:
    driver = replying(traits=KNOWN)
    driver.hand(0.5)
    reply = driver.reply
    assert reply.played_seconds(driver.now) == 0
    assert reply.played_seconds(driver.now + 0.25) == 0.25
    assert reply.played_seconds(driver.now + 3) == 0.5
    assert reply.played_seconds(driver.now - 3) == 0


def test_cancelling_a_turn_drops_its_reply() -> None:
    driver = replying()
    turn, reply = driver.turn, driver.reply
    driver.rules.cancel(turn, driver.now)
    assert reply.was_interrupted
    assert not turn.is_silent
    assert not turn.is_unanswered


# Failures.


def test_reply_breaks_off_with_an_error() -> None:
    driver = replying(traits=KNOWN)
    reply = driver.reply
    error = AgentError(ErrorKind.BAD_AUDIO, "damaged")
    effects = driver.rules.decoding_failed(error, driver.now)
    assert effects == [DropStream(), Emit(ErrorOccurred(error)), ReplyChanged(reply)]
    assert reply.error is error
    assert reply.is_complete
    assert driver.limits == {Limit.REPLY_OVER: 1}
    assert driver.turn.error is None


def test_listener_is_woken_before_a_reply_that_has_played_breaks_off() -> None:
    driver = replying(traits=KNOWN)
    reply, turn = driver.reply, driver.turn
    driver.hand()
    driver.wait(1.5)
    effects = driver.rules.decoding_failed(AgentError(ErrorKind.BAD_AUDIO), driver.now)
    assert turn.is_over
    assert effects.index(ReplyChanged(reply)) < effects.index(TurnOver(turn))


def test_second_error_does_not_replace_the_first() -> None:
    driver = replying(traits=KNOWN)
    first = AgentError(ErrorKind.BAD_AUDIO)
    driver.rules.fail(driver.turn, first, driver.now)
    driver.rules.fail(driver.turn, AgentError(ErrorKind.AGENT_FAILED), driver.now)
    assert driver.reply.error is first


def test_error_is_reported_once() -> None:
    driver = replying(traits=KNOWN)
    error = AgentError(ErrorKind.AGENT_FAILED, code=3003)
    assert events(driver.rules.fail(driver.turn, error, driver.now)) == [ErrorOccurred(error)]
    assert events(driver.rules.fail(driver.turn, error, driver.now)) == []
    assert error.was_reported


@pytest.mark.parametrize(("code", "is_reported"), [(None, False), (3003, True)])
def test_loss_is_not_an_error_of_a_complete_reply(code, is_reported) -> None:
    driver = complete(replying(traits=KNOWN))
    error = AgentError(ErrorKind.AGENT_FAILED, code=code)
    effects = driver.rules.fail(driver.turn, error, driver.now)
    assert (Emit(ErrorOccurred(error)) in effects) is is_reported
    assert driver.reply.error is None


def test_undecodable_audio_before_the_reply_fails_the_turn() -> None:
    driver = waiting()
    driver.receive(N)
    turn = driver.turn
    error = AgentError(ErrorKind.BAD_AUDIO)
    driver.rules.decoding_failed(error, driver.now)
    assert turn.error is error


def test_failure_without_a_turn_is_nothing() -> None:
    driver = listening()
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.rules.decoding_failed(AgentError(ErrorKind.BAD_AUDIO), driver.now) == []


@pytest.mark.parametrize(
    ("size", "has_stream", "kind", "message"),
    [
        (2, True, ErrorKind.BAD_AUDIO, "nothing in the reply could be decoded"),
        (0, True, ErrorKind.EMPTY_REPLY, "the reply has no audio"),
        (0, False, ErrorKind.NO_REPLY, "no reply in time"),
    ],
)
def test_reply_that_does_not_begin(size, has_stream, kind, message) -> None:
    driver = waiting()
    if has_stream:
        driver.receive(N)
        driver.rules.audio_arrived(size, driver.now)
    turn = driver.turn
    effects = driver.wait(30)
    assert turn.error is not None
    assert (turn.error.kind, turn.error.message) == (kind, message)
    assert Emit(ErrorOccurred(turn.error)) in effects
    assert turn.is_over


# The state after a turn.


def finished(driver: Driver) -> Driver:
    driver.rules.cancel(driver.turn, driver.now)
    return driver


@pytest.mark.parametrize(
    ("spoken", "messages", "flush"),
    [
        (False, (), None),
        (True, (), 4),
        (True, (S,), 4),
        (True, (S, E), None),
        (True, (S, E, S), 4),
        (True, (E,), 4),
        (True, (WORDS, N), None),
    ],
)
def test_cancelled_turn_is_flushed(spoken, messages, flush) -> None:
    driver = listening()
    if spoken:
        driver.speak()
    driver.receive(*messages)
    finished(driver)
    assert driver.limits.get(Limit.FLUSH) == flush
    assert driver.limits[Limit.IDLE] == IDLE
    if flush:
        assert driver.phase() is Phase.FLUSHING
        assert WakeSender() in driver.wait(4)
        assert driver.phase() is Phase.IDLE


def test_flush_is_shorter_if_the_turn_had_ended() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    driver.end_input()
    driver.wait(3.5)
    driver.wait(1)
    finished(driver)
    assert driver.limits[Limit.FLUSH] == 3


def test_turn_that_ended_long_ago_is_not_flushed() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    driver.end_input()
    driver.wait(3.5 + 4)
    finished(driver)
    assert Limit.FLUSH not in driver.limits


@pytest.mark.parametrize(
    ("kind", "traits", "messages", "owes"),
    [
        (ErrorKind.AGENT_FAILED, KNOWN, (), True),
        (ErrorKind.AGENT_FAILED, KNOWN, (S,), True),
        (ErrorKind.AGENT_FAILED, KNOWN, (S, E), False),
        (ErrorKind.AGENT_FAILED, KNOWN, (S, E, N), False),
        (ErrorKind.AGENT_FAILED, None, (), False),
        (ErrorKind.REPLACED, None, (), True),
        (ErrorKind.REPLACED, KNOWN, (S, E), True),
        (ErrorKind.REPLACED, KNOWN, (S, E, N), False),
    ],
)
def test_server_may_answer_a_turn_that_failed(kind, traits, messages, owes) -> None:
    driver = listening(traits=traits)
    driver.speak()
    driver.receive(*messages)
    driver.rules.fail(driver.turn, AgentError(kind), driver.now)
    driver.start()
    assert driver.turn.owes_stale_reply is owes


def test_first_audio_is_reported_with_the_reply() -> None:
    driver = waiting()
    driver.receive(N)
    effects = driver.audio()
    assert effects[0] == ReplyBegan(driver.turn, driver.reply)


def test_reply_that_trickles_ends_at_its_longest() -> None:
    """Audio that keeps coming does not move this limit, however little it is."""
    driver = replying()
    began = driver.now
    while driver.phase() is Phase.REPLYING:
        driver.audio(0.02)
        driver.wait(2)
        assert driver.now - began <= 310
    assert driver.now - began >= 300
