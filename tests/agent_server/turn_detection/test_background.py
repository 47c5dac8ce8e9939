"""When a voice is in the background."""

import numpy as np
import pytest

from agent_server.turn_detection import FRAME, background
from agent_server.turn_detection.background import VoiceStretch

LONGEST = 469
"""Frames in 15 s."""

APART = 47
"""Frames in 1.5 s."""


@pytest.fixture(autouse=True)
def exact_levels(monkeypatch):
    """Take the samples of a frame as its level, because the level of real audio is rounded."""
    monkeypatch.setattr(background, "decibels", lambda frame: float(frame[0]))


def frame(level):
    """A frame with a level in dB."""
    return np.full(FRAME, level, np.float32)


def hear(stretch, frames, level=-20, *, is_speech=True):
    for _ in range(frames):
        stretch.hear(frame(level), is_speech=is_speech)


def stretch_of(*levels):
    """A stretch with a frame of speech for each level."""
    stretch = VoiceStretch()
    for level in levels:
        hear(stretch, 1, level)
    return stretch


def in_background(*levels):
    """A stretch whose voice is in the background."""
    stretch = stretch_of(*levels)
    stretch.ignore()
    return stretch


def quietest(stretch):
    """The lowest level at which a voice is not the one in the background."""
    levels = np.arange(-90, 0, 0.5)
    found = [stretch.is_user(frame(level)) for level in levels]
    assert found == sorted(found)
    return float(levels[found.index(True)])


def test_a_voice_is_too_long_after_15_seconds():
    stretch = stretch_of(*[-20] * (LONGEST - 1))
    assert not stretch.is_too_long
    hear(stretch, 1)
    assert stretch.is_too_long


def test_a_short_pause_belongs_to_the_voice():
    stretch = stretch_of(-20)
    stretch.turns = 2
    hear(stretch, APART - 1, is_speech=False)
    hear(stretch, LONGEST - APART - 1)
    assert not stretch.is_too_long
    assert stretch.turns == 2
    hear(stretch, 1)
    assert stretch.is_too_long


def test_a_long_pause_ends_the_voice():
    stretch = stretch_of(*[-20] * 10)
    stretch.turns = 2
    hear(stretch, APART, is_speech=False)
    assert stretch.turns == 0
    hear(stretch, LONGEST - 1)
    assert not stretch.is_too_long
    hear(stretch, 1)
    assert stretch.is_too_long


def test_speech_restarts_the_pause():
    stretch = stretch_of(-20)
    for _ in range(4):
        hear(stretch, APART - 1, is_speech=False)
        hear(stretch, 1)
    hear(stretch, LONGEST - 1 - 4 * APART)
    assert stretch.is_too_long


def test_a_voice_begins_without_turns():
    assert VoiceStretch().turns == 0


def test_silence_before_the_voice_does_not_count():
    stretch = VoiceStretch()
    hear(stretch, APART - 1, is_speech=False)
    hear(stretch, LONGEST - 1)
    assert not stretch.is_too_long


def test_any_voice_may_be_the_user():
    assert quietest(VoiceStretch()) == -90
    assert quietest(stretch_of(-20)) == -90
    assert quietest(in_background()) == -90


def test_only_a_louder_voice_than_the_background_is_the_user():
    assert quietest(in_background(-40)) == -34


def test_level_of_the_background_is_its_upper_quartile():
    assert quietest(in_background(-40, -30, -20, -10)) == -11.5


def test_pauses_do_not_lower_the_level_of_the_background():
    stretch = stretch_of(-40)
    hear(stretch, 10, -90, is_speech=False)
    stretch.ignore()
    assert quietest(stretch) == -34


def test_level_of_the_background_is_that_of_the_last_15_seconds():
    # With one frame more or less, the quartile would be different.
    for low, level in ((351, -14), (352, -34)):
        stretch = in_background(*[-40] * 500, *[-40] * low, *[-20] * (LONGEST - low))
        assert quietest(stretch) == level


def test_background_ends_with_a_long_pause():
    stretch = in_background(-40)
    hear(stretch, APART - 1, is_speech=False)
    assert quietest(stretch) == -34
    hear(stretch, 1, is_speech=False)
    assert quietest(stretch) == -90
    hear(stretch, 1, -30)
    stretch.ignore()
    assert quietest(stretch) == -24  # The voice before the pause is forgotten.


def test_what_is_in_the_background_is_not_too_long():
    stretch = stretch_of(*[-20] * LONGEST)
    stretch.turns = 2
    stretch.ignore()
    assert not stretch.is_too_long
    assert stretch.turns == 0
    hear(stretch, LONGEST - 1)
    assert not stretch.is_too_long
    hear(stretch, 1)
    assert stretch.is_too_long


def test_a_turn_over_the_background_starts_a_stretch():
    stretch = in_background(-40)
    stretch.turns = 2
    hear(stretch, LONGEST)
    stretch.start_turn()
    assert not stretch.is_too_long
    assert stretch.turns == 0
    hear(stretch, LONGEST - 1)
    assert not stretch.is_too_long
    hear(stretch, 1)
    assert stretch.is_too_long


def test_a_turn_without_background_continues_the_stretch():
    stretch = stretch_of(*[-20] * LONGEST)
    stretch.turns = 2
    stretch.start_turn()
    assert stretch.is_too_long
    assert stretch.turns == 2


def test_a_voice_is_heard_across_the_gaps_between_words():
    stretch = stretch_of(-20)
    hear(stretch, 7, is_speech=False)
    assert stretch.is_heard
    hear(stretch, 1, is_speech=False)
    assert not stretch.is_heard
    hear(stretch, 1)
    assert stretch.is_heard
