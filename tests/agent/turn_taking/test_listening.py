"""When the user has finished (rule 3)."""

import logging

import pytest

from custom_components.playai.agent.events import Status, StatusChanged, UserSaid, VoiceActivity
from custom_components.playai.agent.messages import (
    AgentTranscript,
    Init,
    PartialTranscript,
    UserTranscript,
)
from custom_components.playai.agent.settings import EndOfTurn, ServerTraits
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.effects import (
    Emit,
    TurnClosed,
    TurnOver,
    WakeSender,
)

from .driver import (
    HOME_ASSISTANT,
    IDLE,
    KNOWN,
    NO_WORDS,
    SILENT,
    TIMINGS,
    WORDS,
    Driver,
    E,
    N,
    S,
    listening,
    waiting,
)
from .home_calls import OFFER

UNKNOWN = ServerTraits()


def spoke(driver: Driver, seconds: float = 1.0) -> Driver:
    """The user has spoken, and the stream of the microphone has ended."""
    driver.speak(seconds)
    driver.end_input()
    return driver


# The agent ends the turn.


def test_first_frame_starts_the_wait_for_speech() -> None:
    driver = listening()
    driver.speak()
    assert driver.limits == {Limit.SPEECH: 68, Limit.NO_SPEECH: 15}
    driver.wait(1)
    driver.speak()
    assert driver.limits[Limit.NO_SPEECH] == 14


def test_end_of_speech_closes_the_turn_after_a_moment() -> None:
    driver = listening()
    driver.speak()
    turn = driver.turn
    assert driver.receive(S) == [Emit(VoiceActivity(active=True))]
    assert turn.heard_speech
    assert turn.is_speaking
    assert driver.traits.sends_voice_activity
    assert driver.limits == {Limit.SPEECH: 68}
    driver.wait(2)
    assert driver.receive(E) == [Emit(VoiceActivity(active=False))]
    assert not turn.is_speaking
    assert turn.ended_at == driver.now
    assert turn.heard_end
    assert driver.limits == {Limit.SPEECH: 66, Limit.CLOSE_TURN: 0.75}
    ended_at = driver.now
    assert driver.wait(0.75) == [
        TurnClosed(turn),
        WakeSender(),
        Emit(StatusChanged(Status.THINKING)),
    ]
    assert not turn.is_open
    assert turn.microphone.ended
    assert turn.ended_at == ended_at
    assert driver.limits == {Limit.NO_REPLY: 29.25}


def test_user_may_continue() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E)
    driver.wait(0.5)
    driver.receive(S)
    assert driver.turn.ended_at is None
    assert driver.phase() is Phase.LISTENING
    assert driver.limits == {Limit.SPEECH: 67.5}
    driver.wait(5)
    assert driver.turn.is_open
    driver.receive(E)
    assert driver.limits[Limit.CLOSE_TURN] == 0.75


def test_words_after_the_end_close_the_turn() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E)
    assert TurnClosed(driver.turn) in driver.receive(WORDS)
    assert driver.turn.words.text == "Lights on."


def test_words_before_the_end_close_the_turn_with_it() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, WORDS)
    assert driver.turn.is_open
    assert driver.turn.ended_at is None
    assert TurnClosed(driver.turn) in driver.receive(E)


def test_words_are_awaited_if_they_are_wanted() -> None:
    driver = listening(wait_for_words=True)
    driver.speak()
    driver.receive(S, E)
    assert driver.limits[Limit.CLOSE_TURN] == 3.25
    driver.wait(1)
    driver.receive(N)  # The wait does not begin again.
    assert driver.limits[Limit.CLOSE_TURN] == 2.25
    driver.wait(2.25)
    assert not driver.turn.is_open


def test_words_that_come_late_are_not_added() -> None:
    driver = waiting()
    driver.receive(UserTranscript("More."))
    assert driver.turn.words.text == "Lights on."


def test_words_that_come_late_are_kept_if_there_were_none() -> None:
    driver = listening(wait_for_words=True)
    driver.speak()
    driver.receive(S, E)
    driver.wait(3.25)
    assert not driver.turn.is_open
    assert driver.receive(NO_WORDS) == []
    assert driver.receive(WORDS) == [Emit(UserSaid("Lights on.", final=True))]
    assert driver.turn.words.text == "Lights on."


def test_words_so_far_are_reported_and_change_nothing() -> None:
    driver = listening(offer=OFFER)
    driver.receive(S)
    assert driver.receive(PartialTranscript(" Lights ")) == [Emit(UserSaid("Lights", final=False))]
    assert driver.receive(PartialTranscript("x" * 600)) == [Emit(UserSaid("x" * 500, final=False))]
    assert driver.receive(PartialTranscript(" ")) == []
    assert (driver.turn.words.text, driver.turn.is_open) == ("", True)
    driver.receive(E)
    assert driver.receive(WORDS)[0] == Emit(UserSaid("Lights on.", final=True))


def test_words_so_far_without_speech_are_ignored() -> None:
    driver = listening(offer=OFFER)
    assert driver.receive(PartialTranscript("Lights")) == []
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.receive(PartialTranscript("Lights")) == []


def test_words_without_a_turn_are_ignored() -> None:
    driver = listening()
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.receive(WORDS) == []


def test_words_with_an_end_without_a_start_end_the_turn() -> None:
    driver = listening()
    driver.speak()
    driver.receive(E)
    assert driver.turn.has_stray_end
    assert driver.turn.ended_at is None
    driver.receive(WORDS)
    assert driver.turn.ended_at == driver.now
    assert not driver.turn.is_open


def test_second_end_is_not_an_end_without_a_start() -> None:
    driver = listening()
    driver.rules.cancel(driver.turn, driver.now)
    driver.receive(S)
    driver.start()
    driver.speak()
    driver.receive(E)  # Of speech before this turn.
    assert not driver.turn.has_stray_end
    assert not driver.turn.heard_any_end


def test_noise_keeps_the_turn_open_for_an_answer() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E, NO_WORDS)
    assert driver.turn.heard_no_words
    assert driver.limits == {Limit.SPEECH: 68, Limit.NO_END: 3.5}
    turn = driver.turn
    driver.wait(3.5)
    assert turn.is_over
    assert turn.nobody_spoke
    assert turn.is_silent
    assert turn.error is None


def test_noise_before_any_end_means_nothing() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, NO_WORDS)
    assert not driver.turn.heard_no_words
    assert Limit.NO_END not in driver.limits


def test_speech_after_a_noise_counts() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E, NO_WORDS, S)
    assert not driver.turn.heard_no_words


def test_speech_after_a_noise_may_be_long() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E, NO_WORDS)
    driver.wait(1)
    driver.receive(S)
    assert driver.limits == {Limit.SPEECH: 67}
    driver.receive(E)
    assert driver.limits == {Limit.SPEECH: 67, Limit.CLOSE_TURN: 0.75}


def test_speech_after_a_noise_must_end_with_the_stream() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E, NO_WORDS)
    driver.end_input()
    driver.receive(S)
    assert driver.limits[Limit.NO_END] == 3.5


def test_noise_that_is_reported_before_its_end_is_no_turn() -> None:
    driver = listening(traits=KNOWN, end_of_turn=HOME_ASSISTANT, wait_for_words=True)
    driver.speak()
    driver.receive(S)
    driver.end_input()
    driver.receive(NO_WORDS, E)
    turn = driver.turn
    driver.wait(TIMINGS.no_end)
    assert turn.is_silent


def test_late_empty_transcript_does_not_shorten_the_wait_for_the_reply() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(S, E, S, E)  # A cough, then a question.
    driver.wait(1)
    before = driver.limits
    driver.receive(NO_WORDS, WORDS)
    assert driver.limits == before


@pytest.mark.parametrize("end_of_turn", EndOfTurn)
def test_noise_that_is_reported_while_the_user_speaks_is_over(end_of_turn: EndOfTurn) -> None:
    driver = listening(end_of_turn=end_of_turn)
    driver.speak()
    driver.receive(S, E, S, NO_WORDS)
    assert not driver.turn.heard_no_words
    assert driver.limits == {Limit.SPEECH: 68}


def test_noise_after_the_stream_has_ended() -> None:
    driver = spoke(listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN))
    driver.receive(NO_WORDS)
    assert driver.turn.heard_no_words
    assert driver.limits[Limit.NO_END] == 3.5
    # The agent would have to send an end of speech.
    driver = spoke(listening(traits=KNOWN))
    driver.wait(1)
    driver.receive(NO_WORDS)
    assert driver.turn.heard_no_words
    assert driver.limits[Limit.NO_END] == 2.5


def test_no_speech_ends_the_turn_of_a_known_server() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    turn = driver.turn
    driver.wait(14.99)
    assert not turn.is_over
    effects = driver.wait(0.01)
    assert effects == [
        TurnClosed(turn),
        WakeSender(),
        TurnOver(turn),
        WakeSender(),
        Emit(StatusChanged(Status.IDLE)),
    ]
    assert turn.is_silent
    assert turn.nobody_spoke
    assert driver.limits == {Limit.IDLE: IDLE}  # Nothing to flush.


def test_no_speech_ends_only_the_stream_of_an_unknown_server() -> None:
    driver = listening()
    driver.speak(0.04)
    driver.wait(15)
    turn = driver.turn
    assert turn.heard_nothing
    assert turn.microphone.ended
    assert turn.is_open
    driver.send()
    assert driver.limits[Limit.NO_END] == 5.5
    driver.wait(5.5)
    assert turn.nobody_spoke


@pytest.mark.parametrize("message", [S, WORDS])
def test_anything_heard_keeps_the_turn(message) -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(message)
    driver.wait(15)
    assert driver.turn.is_open
    assert not driver.turn.microphone.ended


def test_end_of_the_stream_waits_for_the_end_of_speech() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    assert driver.rules.end_input(driver.turn, driver.now) == [WakeSender()]
    assert driver.turn.microphone.ended
    assert driver.turn.is_open
    assert driver.limits == {Limit.SPEECH: 68, Limit.NO_END: 3.5}
    assert driver.rules.end_input(driver.turn, driver.now) == []
    driver.wait(1)
    driver.receive(E)
    assert driver.limits == {Limit.SPEECH: 67, Limit.CLOSE_TURN: 0.75}


def test_end_of_the_stream_ends_the_turn_if_no_end_of_speech_comes() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    driver.end_input()
    driver.wait(3.5)
    assert driver.turn.ended_at == driver.now
    assert not driver.turn.is_open
    assert driver.limits == {Limit.NO_REPLY: 30}


def test_wait_begins_with_the_last_frame() -> None:
    driver = listening(traits=KNOWN)
    driver.speak(send=False)
    driver.rules.end_input(driver.turn, driver.now)
    assert Limit.NO_END not in driver.limits
    driver.wait(1)
    driver.send()
    assert driver.limits[Limit.NO_END] == 3.5


def test_longest_speech_ends_the_stream() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    driver.wait(68)
    assert driver.turn.microphone.ended
    assert driver.limits == {Limit.NO_END: 3.5}


def test_stream_of_a_closed_turn_changes_nothing() -> None:
    driver = waiting()
    before = driver.limits
    assert driver.rules.end_input(driver.turn, driver.now) == []
    assert driver.limits == before


# Home Assistant ends the turn.


def test_end_of_the_stream_ends_the_turn() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN)
    driver.speak()
    driver.receive(S)
    turn = driver.turn
    effects = driver.rules.end_input(turn, driver.now)
    assert effects == [
        WakeSender(),
        TurnClosed(turn),
        WakeSender(),
        Emit(StatusChanged(Status.THINKING)),
    ]
    assert turn.ended_at == driver.now
    assert driver.limits == {Limit.NO_REPLY: 30}


def test_end_of_speech_alone_does_not_end_the_turn() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN)
    driver.speak()
    assert Limit.NO_SPEECH not in driver.limits
    driver.receive(S, E)
    assert driver.turn.ended_at is None
    assert driver.limits == {Limit.SPEECH: 68}
    driver.receive(S)
    assert driver.turn.ended_at is None


def test_backlog_moves_the_wait_for_the_reply() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=SILENT)
    driver.speak(2, send=False)
    driver.rules.end_input(driver.turn, driver.now)
    assert driver.limits == {Limit.NO_REPLY: 30}
    driver.wait(3)
    driver.send()
    assert driver.limits == {Limit.NO_REPLY: 30}
    driver.receive(N)
    driver.wait(1)
    driver.rules.frame_sent(driver.now)
    assert driver.limits == {Limit.NO_REPLY: 29}


def test_backlog_moves_no_wait_if_the_agent_ends_the_turn() -> None:
    driver = waiting()
    driver.wait(1)
    driver.rules.frame_sent(driver.now)
    assert driver.limits == {Limit.NO_REPLY: 29}


def test_frame_without_a_turn_starts_nothing() -> None:
    driver = listening()
    driver.rules.cancel(driver.turn, driver.now)
    driver.rules.frame_sent(driver.now)
    assert driver.limits == {Limit.IDLE: IDLE}


def test_stream_without_speech_of_a_known_server_may_be_silent() -> None:
    driver = spoke(listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN))
    turn = driver.turn
    assert turn.is_open
    assert driver.limits[Limit.NO_END] == 3.5
    driver.wait(3.5)
    assert turn.nobody_spoke


def test_speech_that_is_reported_late_ends_the_turn_at_once() -> None:
    driver = spoke(listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN))
    driver.receive(S)
    assert not driver.turn.is_open
    assert driver.turn.ended_at == driver.now
    assert driver.limits == {Limit.NO_REPLY: 30}


def test_server_that_is_not_asked_for_voice_activity_hears_everything() -> None:
    driver = spoke(listening(end_of_turn=HOME_ASSISTANT, enable_vad=False, traits=KNOWN))
    assert not driver.turn.is_open
    assert not driver.turn.nobody_spoke


@pytest.mark.parametrize(
    ("seconds", "may_be_silent"),
    [(14.4, False), (14.52, True), (15.0, True), (15.48, True), (15.6, False)],
)
def test_stream_as_long_as_the_wait_for_speech_may_be_silent(seconds, may_be_silent) -> None:
    driver = spoke(listening(end_of_turn=HOME_ASSISTANT, traits=SILENT), seconds)
    assert driver.turn.is_open is may_be_silent
    if may_be_silent:
        assert driver.limits[Limit.NO_END] == TIMINGS.silence


def test_words_make_such_a_stream_an_utterance() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=SILENT)
    driver.speak(15)
    driver.receive(WORDS)
    assert driver.turn.is_open
    driver.end_input()
    assert not driver.turn.is_open


def test_words_after_the_stream_end_the_turn() -> None:
    driver = spoke(listening(end_of_turn=HOME_ASSISTANT, traits=SILENT), 15)
    driver.wait(1)
    driver.receive(WORDS)
    assert driver.turn.ended_at == driver.now
    assert not driver.turn.is_open


def test_end_without_a_start_is_unknown_speech() -> None:
    driver = spoke(listening(), 15)
    driver.receive(E)
    turn = driver.turn
    assert turn.has_stray_end
    driver.wait(5.5)
    assert not turn.nobody_spoke
    assert not turn.is_over
    assert not turn.is_open


def test_end_without_a_start_and_without_words_is_a_noise() -> None:
    driver = spoke(listening(), 15)
    turn = driver.turn
    driver.receive(E, NO_WORDS)
    assert driver.limits[Limit.NO_END] == 3.5
    driver.wait(3.5)
    assert turn.nobody_spoke


# The traits of the server.


def test_missing_voice_activity_is_noted_once(caplog) -> None:
    driver = listening()
    driver.speak()
    driver.end_input()
    driver.receive(N)
    assert driver.traits.sends_voice_activity is False
    assert not driver.turn.is_open
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "sends no voice activity" in record.message


@pytest.mark.parametrize(
    ("options", "sends"),
    [
        ({"end_of_turn": HOME_ASSISTANT}, None),
        ({"traits": KNOWN}, True),
    ],
)
def test_voice_activity_is_not_missed_where_it_says_nothing(options, sends) -> None:
    driver = listening(**options)
    driver.speak()
    driver.end_input()
    driver.receive(N)
    assert driver.traits.sends_voice_activity is sends


@pytest.mark.parametrize(
    ("enable_vad", "before", "sends", "marks"),
    [
        (True, ServerTraits(), True, True),
        (False, ServerTraits(), None, True),
        (True, ServerTraits(sends_voice_activity=False, marks_stream_end=False), False, False),
    ],
)
def test_server_of_a_later_edition_is_expected_to_send_more(
    enable_vad, before, sends, marks
) -> None:
    driver = listening(enable_vad=enable_vad, traits=before)
    driver.receive(Init())
    assert driver.traits.sends_voice_activity is sends
    assert driver.traits.marks_stream_end is marks


@pytest.mark.parametrize("message", [S, E])
def test_voice_activity_is_noted_without_a_turn(message) -> None:
    driver = listening()
    driver.rules.cancel(driver.turn, driver.now)
    driver.receive(message)
    assert driver.traits.sends_voice_activity is True


def test_voice_activity_is_reported_when_it_changes() -> None:
    driver = listening()
    assert driver.receive(E) == []
    assert driver.receive(S) == [Emit(VoiceActivity(active=True))]
    assert driver.receive(S) == []
    assert driver.receive(E) == [Emit(VoiceActivity(active=False))]


# A cancelled turn is flushed first (rule 7).


def test_voice_activity_during_a_flush_is_of_the_cancelled_turn() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    driver.start()
    assert driver.limits[Limit.FLUSH] == 4
    driver.receive(S, WORDS)
    assert not driver.turn.heard_speech
    assert driver.turn.words.text == ""
    assert WakeSender() in driver.receive(E)
    assert not driver.turn.has_heard_end
    assert not driver.turn.has_stray_end
    assert Limit.FLUSH not in driver.limits
    assert driver.phase() is Phase.LISTENING


def test_words_for_a_cancelled_turn_are_ignored_until_speech() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S)
    driver.start()
    driver.receive(E, WORDS)
    assert driver.turn.owes_stale_reply
    assert driver.turn.words.text == ""
    driver.speak()
    driver.receive(S, WORDS)
    assert driver.turn.words.text == "Lights on."


def test_speech_during_the_reply_does_not_reopen_the_turn() -> None:
    driver = waiting()
    ended_at = driver.turn.ended_at
    driver.receive(S)
    assert driver.turn.ended_at == ended_at
    driver.receive(E)
    assert driver.turn.ended_at == ended_at
    assert not driver.turn.is_open


def test_speech_of_a_turn_that_has_a_stream_does_not_reopen_it() -> None:
    driver = listening(wait_for_words=True)
    driver.speak()
    driver.receive(S, E, N, S)
    assert driver.turn.is_open
    assert driver.turn.ended_at is not None
    assert Limit.CLOSE_TURN in driver.limits


def test_answer_that_the_server_gave_up_leaves_no_words() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E, AgentTranscript("I think"))
    assert driver.turn.agent_words.text == "I think"
    driver.receive(S)
    assert driver.turn.agent_words.text == ""


def answered_without_words() -> Driver:
    """The reply has begun, and the transcript has not come."""
    driver = listening()
    driver.speak()
    driver.receive(S, E, N)
    driver.audio()
    return driver


def test_late_words_are_not_those_of_the_next_turn() -> None:
    driver = answered_without_words()
    driver.start()
    driver.receive(WORDS)
    driver.speak()
    driver.receive(S, WORDS, E, UserTranscript("Lights off."))
    assert driver.turn.words.text.strip() == "Lights off."


def test_late_words_do_not_wait_for_a_typed_turn() -> None:
    driver = answered_without_words()
    driver.rules.start_text("Hello.", driver.now)
    driver.receive(WORDS)
    driver.start()
    driver.speak()
    driver.receive(S, WORDS)
    assert driver.turn.words.text.strip() == "Lights on."


def test_late_words_are_not_expected_on_another_connection() -> None:
    driver = answered_without_words()
    driver.lose()
    driver.start()
    driver.connect()
    driver.speak()
    driver.receive(S, WORDS)
    assert driver.turn.words.text.strip() == "Lights on."
