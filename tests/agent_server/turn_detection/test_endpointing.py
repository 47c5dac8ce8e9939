"""Where turns begin and end, with the real detector and human voices."""

import numpy as np
import pytest

from agent_server.audio import INPUT_RATE as RATE
from agent_server.turn_detection import (
    FRAME,
    Paused,
    Resumed,
    SpeechEnded,
    SpeechStarted,
    TurnDetectionError,
)
from agent_server.turn_detection.endpointing import Endpointer
from agent_server.turn_detection.onset import FRAMES_TO_START, UNCLEAR_FRAMES
from tests.recordings import RECORDINGS, word_errors
from tests.recordings.people import recording

CLIPS = {recording.name: recording for recording in RECORDINGS}
FIRST, SECOND = CLIPS["goforward"], CLIPS["austen-0930"]


def silence(seconds):
    noise = np.random.default_rng(7).normal(0, 0.0005, round(seconds * RATE))
    return noise.astype(np.float32)


def spoken(recording):
    """The clip without the silence around it."""
    loud = np.flatnonzero(np.abs(recording.audio) > 0.02)
    return recording.audio[loud[0] : loud[-1]]


def events(endpointer, audio, size=320):
    return [
        event
        for start in range(0, len(audio), size)
        for event in endpointer.feed(audio[start : start + size])
    ]


def turns(endpointer, audio, size=320):
    """Only the starts and ends of turns."""
    return [e for e in events(endpointer, audio, size) if not isinstance(e, Paused | Resumed)]


def kinds(found):
    return [type(event) for event in found]


TURN = [SpeechStarted, SpeechEnded]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_every_clip_is_speech(detector, recording):
    audio = np.concatenate([silence(1), spoken(recording), silence(1.5)])
    found = turns(Endpointer(detector, 0.6), audio)
    assert kinds(found)[:2] == TURN
    assert sum(len(e.audio) for e in found[1::2]) > 0.7 * len(spoken(recording))


def test_whole_words_are_kept(detector, transcriber):
    audio = np.concatenate([silence(1), spoken(SECOND), silence(1.5)])
    (_, ended) = turns(Endpointer(detector), audio)
    assert word_errors(transcriber.transcribe(ended.audio).text, SECOND.words) == 0


@pytest.mark.parametrize("size", [1, 100, 512, 5_000, 10_000_000])
def test_pieces_of_any_size_give_the_same(make_detector, size):
    audio = np.concatenate([silence(1), FIRST.audio, silence(1), SECOND.audio, silence(1)])
    usual, found = (events(Endpointer(make_detector()), audio, n) for n in (320, size))
    assert kinds(found) == kinds(usual)
    for one, other in zip(found, usual, strict=True):
        if isinstance(one, SpeechEnded):
            assert (one.audio == other.audio).all()


@pytest.mark.parametrize("second", ["cards-001", "cards-003", "goforward", "digits"])
@pytest.mark.parametrize("first", ["goforward", "something", "austen-0880"])
def test_pause_of_half_a_second_is_one_turn(detector, first, second):
    before, after = spoken(CLIPS[first]), spoken(CLIPS[second])
    audio = np.concatenate([silence(1), before, silence(0.5), after, silence(1)])
    assert kinds(turns(Endpointer(detector, 0.7), audio)) == TURN


def test_pause_of_a_second_is_two_turns(detector):
    audio = np.concatenate([silence(1), spoken(FIRST), silence(1), spoken(SECOND), silence(1)])
    assert kinds(turns(Endpointer(detector, 0.6), audio)) == TURN * 2


def test_pause_is_a_setting(detector):
    audio = np.concatenate([silence(1), spoken(FIRST), silence(1), spoken(SECOND), silence(2)])
    assert kinds(turns(Endpointer(detector, 2.0), audio)) == TURN


def test_turn_ends_soon_after_the_pause(detector):
    endpointer = Endpointer(detector, 0.6)
    events(endpointer, np.concatenate([silence(1), spoken(FIRST)]))
    waited = next(n for n in range(1, 200) if turns(endpointer, silence(0.02)))
    assert 0.3 <= waited * 0.02 <= 0.9  # The clip's own fading counts as pause.


@pytest.mark.parametrize("kind", ["silence", "noise", "hum", "clicks", "tone"])
def test_sounds_without_speech(detector, kind):
    time = np.arange(20 * RATE) / RATE
    sounds = {
        "silence": np.zeros(len(time)),
        "noise": np.random.default_rng(3).normal(0, 0.02, len(time)),
        "hum": 0.1 * np.sin(2 * np.pi * 50 * time),
        "clicks": (np.arange(len(time)) % RATE < 30) * 0.9,
        "tone": 0.2 * np.sin(2 * np.pi * 1_000 * time),
    }
    assert events(Endpointer(detector), sounds[kind].astype(np.float32)) == []


def test_voice_in_noise(detector):
    """At 15 dB the turn is still found."""
    audio = np.concatenate([silence(1), spoken(FIRST), silence(1.5)])
    noise = np.random.default_rng(5).normal(0, 1, len(audio)).astype(np.float32)
    noise *= np.sqrt(np.mean(spoken(FIRST) ** 2)) * 10 ** (-15 / 20)
    assert kinds(turns(Endpointer(detector), audio + noise)) == TURN


class Script:
    """A detector that follows a script, frame by frame."""

    def __init__(self, *parts):
        self.probabilities = [p for probability, count in parts for p in [probability] * count]

    def probability(self, frame):
        return self.probabilities.pop(0) if self.probabilities else 0.0


def run(script, frames):
    numbers = np.repeat(np.arange(frames, dtype=np.float32), FRAME)
    return turns(Endpointer(script, 0.6), numbers)


def test_shorter_than_a_word_is_a_click():
    assert run(Script((0, 5), (1, FRAMES_TO_START - 1), (0, 50)), 60) == []
    assert kinds(run(Script((0, 5), (1, FRAMES_TO_START), (0, 50)), 60)) == TURN


def test_unclear_voice_starts_a_turn_only_if_it_is_longer():
    for frames, started in ((UNCLEAR_FRAMES - 1, []), (UNCLEAR_FRAMES, TURN)):
        assert kinds(run(Script((0, 5), (0.41, frames), (0, 50)), 60)) == started


def test_unclear_voice_does_not_interrupt_the_agent():
    endpointer = Endpointer(Script((0.49, 100)))
    endpointer.agent_speaks = True
    assert events(endpointer, silence(3)) == []


def test_words_that_are_unclear_at_first_are_in_the_turn(detector):
    begin, end = recording("ha-en-turn_off_lights_in_the_office").speech
    speech = recording("ha-en-turn_off_lights_in_the_office").audio[begin:end]
    started, ended = turns(Endpointer(detector, 0.6), np.concatenate([speech, silence(1)]))
    assert isinstance(started, SpeechStarted)
    # "Turn off" is spoken in the first second, of which only the end is certainly speech.
    assert ended.audio.size > 1.8 * RATE


def test_fading_voice_continues_but_does_not_begin():
    assert run(Script((0.39, 100)), 100) == []
    assert kinds(run(Script((1, 5), (0.4, 100)), 100)) == [SpeechStarted]


def test_what_came_before_is_kept():
    (_, ended) = run(Script((0, 100), (1, 10), (0, 50)), 160)
    # 15 frames before the third of speech, and a quarter of a second after the last.
    assert (ended.audio[0], ended.audio[-1]) == (100 + 3 - 16, 110 + 8 - 1 - 0)


def test_failing_detector():
    class Broken:
        def probability(self, frame):
            raise TurnDetectionError("broken")

    with pytest.raises(TurnDetectionError):
        Endpointer(Broken()).feed(np.zeros(FRAME, np.float32))


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_no_word_is_lost_over_the_agent(make_detector, recording):
    lengths = []
    for agent_speaks in (False, True):
        endpointer = Endpointer(make_detector(), 0.6)
        clip = np.concatenate([recording.audio, silence(2)])
        events(endpointer, clip)  # Its level is that of the user.
        endpointer.agent_speaks = agent_speaks
        ends = [e for e in events(endpointer, clip) if isinstance(e, SpeechEnded)]
        lengths.append([len(e.audio) / RATE for e in ends])
    assert lengths[0]
    assert lengths[1] == pytest.approx(lengths[0], abs=0.05)
