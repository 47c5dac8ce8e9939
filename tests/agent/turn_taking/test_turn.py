"""The start of a turn, its frames, and the inputs that affect it (rules 2, 4, 7 and 11)."""

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import (
    ErrorOccurred,
    ReplyInterrupted,
    Status,
    StatusChanged,
)
from custom_components.playai.agent.messages import UserTranscript
from custom_components.playai.agent.microphone import SILENT_FRAME
from custom_components.playai.agent.settings import EndOfTurn, ServerTraits
from custom_components.playai.agent.turn_taking import Limit, Link, Phase
from custom_components.playai.agent.turn_taking.effects import (
    Connect,
    DropQueue,
    Emit,
    TurnClosed,
    TurnOver,
    WakeSender,
)
from custom_components.playai.agent.turn_taking.state import ReplyState

from .driver import (
    AE,
    HOME_ASSISTANT,
    IDLE,
    KNOWN,
    RATE,
    Driver,
    E,
    N,
    S,
    listening,
    replying,
    waiting,
)


def test_nothing_happens_before_the_first_turn() -> None:
    rules = Driver().rules
    assert (rules.phase, rules.status, rules.link) == (Phase.IDLE, Status.IDLE, Link.CLOSED)
    assert rules.turn is None
    assert rules.deadline is None
    assert rules.limits == {}
    assert not rules.is_closed
    assert rules.next_frame() == (None, False)


def test_first_turn_connects() -> None:
    driver = Driver()
    effects = driver.start()
    assert effects == [WakeSender(), Connect(), Emit(StatusChanged(Status.CONNECTING))]
    assert (driver.phase(), driver.rules.link) == (Phase.LISTENING, Link.OPENING)
    assert driver.limits == {Limit.SPEECH: 70}
    assert driver.rules.deadline == driver.now + 70
    assert driver.rules.connect_seconds(driver.now + 4) == 6
    turn = driver.turn
    assert turn.is_open
    assert not any((turn.is_over, turn.is_claimed, turn.is_silent, turn.owes_stale_reply))
    assert (turn.error, turn.stream, turn.reply, turn.ended_at) == (None, None, None, None)


def test_next_turn_uses_the_connection() -> None:
    driver = listening()
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.limits == {Limit.IDLE: IDLE}
    assert driver.start() == [WakeSender(), Emit(StatusChanged(Status.LISTENING))]
    assert driver.limits == {Limit.SPEECH: 70}


@pytest.mark.parametrize(
    ("end_of_turn", "enable_vad", "sends", "agent_ends"),
    [
        (EndOfTurn.AGENT, True, None, True),
        (EndOfTurn.AGENT, True, True, True),
        (EndOfTurn.AGENT, True, False, False),
        (EndOfTurn.AGENT, False, None, False),
        (EndOfTurn.AGENT, False, True, False),
        (HOME_ASSISTANT, True, None, False),
        (HOME_ASSISTANT, True, True, False),
    ],
)
def test_who_ends_the_turn(end_of_turn, enable_vad, sends, agent_ends) -> None:
    driver = Driver(
        end_of_turn=end_of_turn,
        enable_vad=enable_vad,
        traits=ServerTraits(sends_voice_activity=sends),
    )
    driver.start()
    assert driver.turn.agent_ends is agent_ends


@pytest.mark.parametrize("wait_for_words", [False, True])
def test_whether_words_are_awaited(wait_for_words) -> None:
    driver = Driver(wait_for_words=wait_for_words)
    driver.start()
    assert driver.turn.awaits_transcript is wait_for_words


def test_new_turn_replaces_an_open_one() -> None:
    driver = listening()
    old = driver.turn
    effects = driver.start()
    error = old.error
    assert error is not None
    assert error.kind is ErrorKind.REPLACED
    assert effects == [
        Emit(ErrorOccurred(error)),
        TurnClosed(old),
        WakeSender(),
        TurnOver(old),
        WakeSender(),
        WakeSender(),
    ]
    assert old.is_over
    assert not old.is_open
    assert not old.is_silent
    assert driver.turn is not old
    assert driver.limits == {Limit.SPEECH: 70}


def test_new_turn_drops_an_unclaimed_one_without_an_error() -> None:
    driver = waiting()
    old = driver.turn
    driver.start()
    assert (old.error, old.is_silent, old.is_over) == (None, True, True)


def test_new_turn_replaces_a_claimed_one_with_an_error() -> None:
    driver = waiting()
    old = driver.turn
    driver.rules.claim(old, driver.now)
    driver.start()
    assert old.error is not None


def test_new_turn_interrupts_a_reply() -> None:
    driver = replying()
    driver.hand(0.5)
    driver.wait(0.25)
    old, reply = driver.turn, driver.reply
    effects = driver.start()
    assert DropQueue(reply) in effects
    assert Emit(ReplyInterrupted(0.25)) in effects
    assert (old.error, old.is_over, reply.is_over) == (None, True, True)


# Frames (rules 2, 4 and 7).


def test_voice_is_sent_frame_by_frame_and_nothing_in_a_pause() -> None:
    driver = listening()
    driver.speak(0.07, send=False)
    frame, is_voice = driver.rules.next_frame()
    assert is_voice
    assert frame == bytes(640)
    assert driver.rules.next_frame() == (None, False)


def test_silence_is_sent_from_the_end_of_the_turn() -> None:
    driver = waiting()
    assert driver.rules.next_frame() == (SILENT_FRAME, False)


def test_silence_is_sent_while_a_cancelled_turn_is_flushed() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    driver.start()
    driver.speak(send=False)
    assert driver.phase() is Phase.FLUSHING
    assert driver.rules.next_frame() == (SILENT_FRAME, False)
    assert WakeSender() in driver.receive(E)
    assert driver.rules.next_frame() == (bytes(640), True)


# Inputs of an older turn or reply change nothing.


def test_inputs_of_an_older_turn_are_ignored() -> None:
    driver = listening()
    old = driver.turn
    driver.start()
    rules, now = driver.rules, driver.now
    before = driver.limits
    error = AgentError(ErrorKind.BAD_AUDIO)
    for effects in (
        rules.end_input(old, now),
        rules.cancel(old, now),
        rules.fail(old, error, now),
        rules.expect_claim(old, now),
        rules.claim(old, now),
    ):
        assert effects == []
    assert driver.limits == before
    assert driver.turn.is_open
    assert not driver.turn.microphone.ended


def test_claim_of_an_older_turn_keeps_the_limit_of_the_newest() -> None:
    driver = waiting()
    old = driver.turn
    driver.start()
    driver.receive(S, E, UserTranscript("Yes."))
    driver.rules.expect_claim(driver.turn, driver.now)
    driver.rules.claim(old, driver.now)
    assert driver.limits[Limit.TURN_CLAIM] == 5


def test_inputs_of_an_older_reply_are_ignored() -> None:
    driver = replying()
    old = driver.reply
    driver.start()
    driver.receive(S, E, UserTranscript("Yes."), N)
    driver.audio()
    driver.rules.expect_listener(driver.reply, driver.now)
    rules, now = driver.rules, driver.now
    before = driver.limits
    for effects in (
        rules.expect_listener(old, now),
        rules.listener_came(old, now),
        rules.audio_handed(old, 2, now),
        rules.listener_left(old, now),
        rules.drop(old, now),
        rules.audio_decoded(old, 2, RATE, now),
    ):
        assert effects == []
    assert driver.limits == before
    assert before[Limit.REPLY_CLAIM] == 5
    assert not rules.takes_audio(old)
    assert rules.takes_audio(driver.reply)


def test_audio_is_wanted_only_of_the_current_stream() -> None:
    driver = Driver()
    assert not driver.rules.takes_audio(ReplyState())
    driver = listening()
    assert not driver.rules.takes_audio(ReplyState())


# Claims (rule 11).


def test_unclaimed_turn_is_dropped() -> None:
    driver = waiting()
    turn = driver.turn
    driver.rules.expect_claim(turn, driver.now)
    assert driver.limits == {Limit.NO_REPLY: 30, Limit.TURN_CLAIM: 5}
    driver.wait(4.99)
    assert not turn.is_over
    effects = driver.wait(0.01)
    assert TurnOver(turn) in effects
    assert (turn.error, turn.is_silent, turn.was_unclaimed) == (None, True, True)


def test_unclaimed_turn_with_a_reply_was_answered() -> None:
    driver = waiting()
    turn = driver.turn
    driver.rules.expect_claim(turn, driver.now)
    driver.receive(N)
    driver.audio()
    driver.wait(5)
    assert turn.is_over
    assert not turn.was_unclaimed


def test_claimed_turn_is_kept() -> None:
    driver = waiting()
    driver.rules.expect_claim(driver.turn, driver.now)
    assert driver.rules.claim(driver.turn, driver.now) == []
    assert driver.turn.is_claimed
    assert driver.limits == {Limit.NO_REPLY: 30}
    driver.rules.expect_claim(driver.turn, driver.now)
    assert driver.limits == {Limit.NO_REPLY: 30}


def test_reply_without_a_listener_is_dropped() -> None:
    driver = waiting()
    driver.receive(N)
    driver.audio(20)
    turn, reply = driver.turn, driver.reply
    driver.rules.expect_listener(reply, driver.now)
    assert driver.limits[Limit.REPLY_CLAIM] == 5
    driver.wait(4.99)
    assert not reply.is_over
    driver.wait(0.01)
    assert reply.was_interrupted
    assert turn.is_over


def test_reply_with_a_listener_is_kept() -> None:
    driver = replying()
    assert driver.reply.is_claimed
    driver.rules.expect_listener(driver.reply, driver.now)
    assert Limit.REPLY_CLAIM not in driver.limits
    driver = waiting()
    driver.receive(N)
    driver.audio(20)
    driver.rules.expect_listener(driver.reply, driver.now)
    driver.come()
    assert Limit.REPLY_CLAIM not in driver.limits


# The end of a turn.


def test_user_side_fails() -> None:
    driver = listening()
    turn = driver.turn
    error = AgentError(ErrorKind.BAD_AUDIO, "the microphone failed")
    effects = driver.rules.fail(turn, error, driver.now)
    assert Emit(ErrorOccurred(error)) in effects
    assert turn.error is error
    assert not turn.is_silent
    assert effects[-1] == Emit(StatusChanged(Status.IDLE))


def test_cancelled_turn_has_no_error() -> None:
    driver = listening()
    turn = driver.turn
    assert driver.rules.cancel(turn, driver.now) == [
        TurnClosed(turn),
        WakeSender(),
        TurnOver(turn),
        WakeSender(),
        Emit(StatusChanged(Status.IDLE)),
    ]
    assert (turn.error, turn.is_silent, turn.is_over) == (None, True, True)
    assert driver.rules.turn is None


def test_turn_without_a_connection_leaves_nothing_to_keep() -> None:
    driver = Driver()
    driver.start()
    driver.rules.connection_failed(AgentError(ErrorKind.TLS), driver.now)
    assert driver.rules.is_closed


def test_phases_of_a_whole_turn() -> None:
    driver = listening(traits=KNOWN)
    phases = [driver.phase()]
    statuses = [driver.rules.status]

    def note() -> None:
        phases.append(driver.phase())
        statuses.append(driver.rules.status)

    driver.speak()
    driver.receive(S, E)
    note()
    driver.wait(0.75)
    note()
    driver.receive(N)
    driver.audio()
    note()
    driver.come()
    driver.hand()
    note()
    driver.receive(AE)
    driver.wait(0.25)
    note()
    driver.wait(0.75)
    note()
    assert phases == [
        Phase.LISTENING,
        Phase.MAYBE_OVER,
        Phase.WAITING,
        Phase.REPLYING,
        Phase.REPLYING,
        Phase.PLAYING_OUT,
        Phase.IDLE,
    ]
    assert statuses == [
        Status.LISTENING,
        Status.LISTENING,
        Status.THINKING,
        Status.THINKING,
        Status.SPEAKING,
        Status.SPEAKING,
        Status.IDLE,
    ]
