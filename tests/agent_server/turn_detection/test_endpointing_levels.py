"""Where turns begin and end by evidence and by level, with detectors that follow the audio."""

import numpy as np
import pytest

from agent_server.audio import INPUT_RATE as RATE
from agent_server.turn_detection import (
    FRAME,
    BackgroundHeard,
    Paused,
    Resumed,
    SpeechEnded,
    SpeechStarted,
)
from agent_server.turn_detection.background import LONGEST
from agent_server.turn_detection.endpointing import Endpointer
from agent_server.turn_detection.onset import FRAMES_TO_INTERRUPT, FRAMES_TO_START
from agent_server.turn_detection.score import Evidence

TURN = [SpeechStarted, SpeechEnded]


def events(endpointer, audio):
    return [
        event
        for start in range(0, len(audio), 320)
        for event in endpointer.feed(audio[start : start + 320])
    ]


def turns(endpointer, audio):
    """Only the starts and ends of turns."""
    return [e for e in events(endpointer, audio) if not isinstance(e, Paused | Resumed)]


def kinds(found):
    return [type(event) for event in found]


class Level:
    def probability(self, frame):
        return float(frame[-1])


FINISHED = 0.98


class Always:
    def probability(self, frame):
        return float(np.abs(frame).max() > 0)


def sound(level, seconds=1):
    return np.full(round(seconds * RATE), level, np.float32)


def paused(endpointer, seconds):
    """Speak and pause; return the events."""
    quiet = np.zeros(round(seconds * RATE), np.float32)
    return [*events(endpointer, np.ones(RATE, np.float32)), *events(endpointer, quiet)]


def test_models_are_asked_in_a_pause():
    found = paused(Endpointer(Level()), 0.9)
    pauses = [event for event in found if isinstance(event, Paused)]
    assert [pause.silence for pause in pauses] == pytest.approx([0.128, 0.288])
    first, *_, last = pauses
    assert len(last.audio) - len(first.audio) == round((0.288 - 0.128) * RATE)
    assert np.array_equal(first.audio, last.audio[: len(first.audio)])


def test_evidence_ends_the_turn_at_once_or_at_the_next_check():
    for silence, waits in ((0.3, False), (0.15, True)):
        endpointer = Endpointer(Level())
        *_, pause = (e for e in paused(endpointer, silence) if isinstance(e, Paused))
        found = Evidence(pause.silence, 0.99, FINISHED, "stop it", is_command=waits)
        ended = endpointer.judge(pause, found)
        if waits:
            assert ended == []
            ended = events(endpointer, np.zeros(FRAME * 3, np.float32))
        assert kinds(ended) == [SpeechEnded]
        assert len(ended[0].audio) / RATE == pytest.approx(1 + (0.2 if waits else 0.25), abs=0.03)
        assert events(endpointer, np.zeros(RATE * 2, np.float32)) == []


def test_speech_continues_after_a_pause():
    endpointer = Endpointer(Level())
    *_, pause = (e for e in paused(endpointer, 0.3) if isinstance(e, Paused))
    assert kinds(events(endpointer, np.ones(FRAME, np.float32))) == [Resumed]
    assert events(endpointer, np.ones(FRAME * 5, np.float32)) == []
    # Evidence of the earlier pause arrives too late.
    assert endpointer.judge(pause, Evidence(pause.silence, 0.99, FINISHED)) == []
    again = events(endpointer, np.zeros(FRAME * 12, np.float32))
    assert kinds(again) == [Paused, Paused]


def test_later_evidence_counts_more_than_late_evidence():
    endpointer = Endpointer(Level(), pause=2.0)
    first, second = (e for e in paused(endpointer, 0.45) if isinstance(e, Paused))
    unfinished = 0.01
    assert endpointer.judge(second, Evidence(second.silence, 0.1, unfinished, "turn")) == []
    assert endpointer.judge(first, Evidence(first.silence, 0.99, FINISHED, "turn")) == []


def test_end_of_a_turn_has_its_silence():
    ended = [e for e in paused(Endpointer(Level(), 0.6), 1) if isinstance(e, SpeechEnded)]
    assert [e.silence for e in ended] == pytest.approx([0.608])


def test_newer_evidence_replaces_older():
    for newer in (0, 1):
        endpointer = Endpointer(Level(), pause=2.0)
        pauses = [e for e in paused(endpointer, 0.45) if isinstance(e, Paused)]
        older, newest = pauses[newer], pauses[1]
        assert endpointer.judge(older, Evidence(older.silence, 0.1, 0.01, "turn")) == []
        found = Evidence(newest.silence, 0.99, FINISHED, "stop it")
        assert kinds(endpointer.judge(newest, found)) == [SpeechEnded]


def test_a_user_who_continues_after_an_early_end_gets_more_patience():
    endpointer = Endpointer(Level())
    for waits in (False, True):
        *_, pause = (e for e in paused(endpointer, 0.3) if isinstance(e, Paused))
        ended = endpointer.judge(pause, Evidence(pause.silence, 0.99, FINISHED, "stop it"))
        if waits:
            assert ended == []
            ended = events(endpointer, np.zeros(RATE // 4, np.float32))
        assert kinds(ended) == [SpeechEnded]


def test_it_takes_longer_to_interrupt_the_agent():
    for agent_speaks, frames in ((False, FRAMES_TO_START), (True, FRAMES_TO_INTERRUPT)):
        endpointer = Endpointer(Level())
        endpointer.agent_speaks = agent_speaks
        assert events(endpointer, np.ones(FRAME * (frames - 1), np.float32)) == []
        assert kinds(events(endpointer, np.ones(FRAME, np.float32))) == [SpeechStarted]


@pytest.mark.parametrize(
    ("agent_speaks", "frames", "starts"),
    [
        (False, "111", True),
        (False, "1101", False),
        (True, "111100000001", True),
        (True, "1111000000001", False),
    ],
)
def test_gaps_in_the_start_of_a_turn(agent_speaks, frames, starts):
    endpointer = Endpointer(Level())
    endpointer.agent_speaks = agent_speaks
    audio = np.repeat(np.array([*map(int, frames)], np.float32), FRAME)
    assert kinds(turns(endpointer, audio)) == [SpeechStarted] * starts


def test_a_much_quieter_voice_than_the_users_starts_no_turn():
    endpointer = Endpointer(Always(), 0.6)
    loud, quiet, nothing = (np.full(RATE, level, np.float32) for level in (0.3, 0.03, 0.0))
    assert kinds(turns(endpointer, quiet)) == [SpeechStarted]  # No user is known yet.
    endpointer = Endpointer(Always(), 0.6)
    assert kinds(turns(endpointer, np.concatenate([loud, nothing]))) == TURN
    assert turns(endpointer, quiet) == []
    assert kinds(turns(endpointer, loud)) == [SpeechStarted]


def test_a_quieter_voice_interrupts_where_the_agents_echo_was_removed():
    for removes_echo in (False, True):
        endpointer = Endpointer(Always(), 0.6)
        events(endpointer, np.concatenate([sound(0.5), sound(0.0)]))
        endpointer.agent_speaks, endpointer.removes_echo = True, removes_echo
        quieter = sound(0.5 * 10 ** (-13 / 20))
        assert kinds(turns(endpointer, quieter)) == [SpeechStarted] * removes_echo


def test_a_voice_that_continues_after_every_answer_is_in_the_background():
    endpointer = Endpointer(Always(), 0.6)
    found = turns(endpointer, np.concatenate([sound(0.1, 5), sound(0)] * 4))
    assert kinds(found) == [*TURN, *TURN, SpeechStarted, BackgroundHeard]
    # Only silence, or a louder voice, starts a turn now.
    assert turns(endpointer, sound(0.1)) == []
    assert kinds(turns(endpointer, np.concatenate([sound(0.3, 2), sound(0.1, 2)]))) == TURN
    assert kinds(turns(endpointer, np.concatenate([sound(0, 2), sound(0.1)]))) == [SpeechStarted]


def test_a_user_over_the_background_may_speak_for_long():
    endpointer = Endpointer(Always(), 0.6)
    found = turns(endpointer, np.concatenate([sound(0.1, 26), sound(0.3, 8), sound(0)]))
    assert kinds(found) == [SpeechStarted, BackgroundHeard, *TURN]


def test_a_user_who_waits_for_answers_may_speak_for_long():
    endpointer = Endpointer(Always(), 0.6)
    assert kinds(turns(endpointer, np.concatenate([sound(0.1, 5), sound(0, 2)] * 4))) == TURN * 4


def test_a_quiet_voice_that_does_not_stop_never_becomes_the_user():
    endpointer = Endpointer(Always(), 0.6)
    turns(endpointer, np.concatenate([sound(0.3), sound(0)]))
    assert turns(endpointer, sound(0.03, 60)) == []


def test_the_level_of_the_background_is_not_that_of_the_user():
    endpointer = Endpointer(Always(), 0.6)
    assert kinds(turns(endpointer, np.concatenate([sound(0.5, 16), sound(0, 2)])))[1:] == [
        BackgroundHeard
    ]
    assert kinds(turns(endpointer, sound(0.03))) == [SpeechStarted]


def test_the_user_may_be_farther_away_after_a_while():
    endpointer = Endpointer(Always(), 0.6)
    loud, quiet, nothing = (np.full(RATE, level, np.float32) for level in (0.3, 0.03, 0.0))
    turns(endpointer, np.concatenate([loud, *[nothing] * 31]))
    assert kinds(turns(endpointer, quiet)) == [SpeechStarted]


def test_endless_speech_is_in_the_background():
    endpointer = Endpointer(Always(), 0.6)
    assert kinds(turns(endpointer, sound(0.1, 3 * LONGEST))) == [SpeechStarted, BackgroundHeard]


def test_a_turn_ends_when_only_quieter_voices_remain():
    endpointer = Endpointer(Always())
    assert kinds(events(endpointer, np.concatenate([sound(0.3), sound(0.1, 0.95)]))) == [
        SpeechStarted
    ]
    (pause,) = events(endpointer, sound(0.1, 0.1))
    # The audio for the models ends soon after the user, and not with the other voices.
    assert len(pause.audio) / RATE == pytest.approx(1.288, abs=0.05)
    assert pause.silence == pytest.approx(0.288)
    evidence = Evidence(pause.silence, 0.99, FINISHED, "stop it")
    (ended,) = endpointer.judge(pause, evidence)
    assert len(ended.audio) / RATE == pytest.approx(1.25, abs=0.05)
    # The other voices take nothing back, and a user over them starts a turn.
    assert events(endpointer, sound(0.1, 5)) == []
    assert kinds(turns(endpointer, np.concatenate([sound(0.3), sound(0.1, 3)]))) == TURN


def test_a_turn_over_other_voices_ends_without_evidence():
    found = turns(Endpointer(Always()), np.concatenate([sound(0.3), sound(0.1, 2)]))
    assert kinds(found) == TURN


def test_a_user_who_becomes_louder_again_continues():
    endpointer = Endpointer(Always())
    found = events(endpointer, np.concatenate([sound(0.3), sound(0.1, 1.1), sound(0.3)]))
    assert kinds(found) == [SpeechStarted, Paused, Resumed]


def test_a_user_who_ended_softly_may_continue_softly():
    endpointer = Endpointer(Always(), 0.6)
    soft_end = [sound(0.3), sound(0.1, 0.95), sound(0, 0.2), sound(0.1, 0.1), sound(0, 0.8)]
    assert kinds(turns(endpointer, np.concatenate(soft_end))) == TURN
    assert kinds(turns(endpointer, sound(0.1))) == [SpeechStarted]


def test_soft_speech_of_the_user_is_no_pause():
    endpointer = Endpointer(Always())
    found = events(endpointer, np.concatenate([sound(0.3), sound(0.1, 0.9)] * 4))
    assert kinds(found) == [SpeechStarted]
