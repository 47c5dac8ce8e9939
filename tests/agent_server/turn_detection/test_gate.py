"""How loud a voice must be to be the user's."""

import numpy as np
import pytest

from agent_server.turn_detection import FRAME, gate
from agent_server.turn_detection.gate import LevelGate, decibels

REMEMBERED = 938
"""Frames in 30 s."""


@pytest.fixture(autouse=True)
def exact_levels(monkeypatch):
    """Take the samples of a frame as its level, because the level of real audio is rounded."""
    monkeypatch.setattr(gate, "decibels", lambda frame: float(frame[0]))


def frame(level):
    """A frame with a level in dB."""
    return np.full(FRAME, level, np.float32)


def gate_after(*levels):
    """A gate after a turn of the user with these levels."""
    gate = LevelGate()
    for level in levels:
        gate.listen(frame(level))
    gate.end_turn(is_user=True)
    return gate


def quietest(gate, *, agent_speaks=False):
    """The lowest level at which a voice is the user's."""
    levels = np.arange(-90, 0, 0.5)
    found = [gate.is_user(frame(level), agent_speaks=agent_speaks) for level in levels]
    assert found == sorted(found)
    return float(levels[found.index(True)])


def silence(gate, frames, *, agent_speaks=False):
    for _ in range(frames):
        gate.pass_time(agent_speaks=agent_speaks)


@pytest.mark.parametrize("level", [0, -20, -60])
def test_level_of_a_frame(level):
    audio = np.full(FRAME, 10 ** (level / 20), np.float32)
    assert decibels(audio) == pytest.approx(level, abs=0.01)


def test_level_of_digital_silence():
    assert decibels(np.zeros(FRAME, np.float32)) == pytest.approx(-100)


def test_any_voice_is_the_user_before_the_first_turn():
    assert quietest(LevelGate()) == -90


def test_silence_before_the_first_turn():
    gate = LevelGate()
    silence(gate, 1)
    assert quietest(gate) == -90


def test_a_voice_may_be_quieter_than_the_user():
    gate = gate_after(-20)
    assert quietest(gate) == -35
    assert quietest(gate, agent_speaks=True) == -28


def test_level_of_a_turn_is_its_upper_quartile():
    assert quietest(gate_after(-40, -30, -20, -10)) == -32.5


def test_level_of_a_turn_is_that_of_its_last_hundred_frames():
    # With one frame more or less, the quartile would be different.
    assert quietest(gate_after(*[-40] * 76, *[-20] * 25)) == -50


def test_each_turn_has_its_own_level():
    gate = gate_after(-10)
    gate.listen(frame(-30))
    gate.end_turn(is_user=True)
    assert quietest(gate) == -45


def test_a_turn_of_the_background_does_not_count():
    gate = gate_after(-20)
    gate.listen(frame(-50))
    gate.end_turn(is_user=False)
    assert quietest(gate) == -35
    gate.listen(frame(-30))
    gate.end_turn(is_user=True)
    assert quietest(gate) == -45


def test_a_turn_without_a_voice_keeps_the_level():
    gate = gate_after(-20)
    gate.end_turn(is_user=True)
    assert quietest(gate) == -35


def test_the_level_is_forgotten_after_a_while():
    gate = gate_after(-20)
    silence(gate, REMEMBERED)
    assert quietest(gate) == -35
    silence(gate, 1)
    assert quietest(gate) == -90


def test_time_is_counted_from_the_end_of_the_answer():
    gate = gate_after(-20)
    silence(gate, REMEMBERED)
    silence(gate, 2, agent_speaks=True)
    silence(gate, REMEMBERED)
    assert quietest(gate) == -35
    silence(gate, 1)
    assert quietest(gate) == -90


def test_time_is_counted_from_the_last_turn():
    gate = gate_after(-20)
    silence(gate, REMEMBERED)
    gate.listen(frame(-20))
    gate.end_turn(is_user=True)
    silence(gate, REMEMBERED)
    assert quietest(gate) == -35
    silence(gate, 1)
    assert quietest(gate) == -90


FADED = 31
"""Frames in 1 s."""


def in_turn(*levels):
    """A gate inside a turn with these levels."""
    gate = LevelGate()
    for level in levels:
        gate.listen(frame(level))
    return gate


def test_a_voice_that_stays_quieter_inside_a_turn_has_faded():
    gate = in_turn(*[-20] * 15, *[-27.5] * (FADED - 1))
    assert not gate.has_faded
    gate.listen(frame(-27.5))
    assert gate.has_faded
    gate.listen(frame(-26.5))
    assert not gate.has_faded


def test_a_loud_syllable_restarts_the_fading():
    gate = in_turn(*[-20] * 15, *[-30] * (FADED - 1), -20, *[-30] * (FADED - 1))
    assert not gate.has_faded


def test_a_turn_needs_a_level_before_a_voice_can_fade():
    assert not in_turn(*[-20] * 14, *[-40] * FADED).has_faded


def test_a_quieter_voice_does_not_change_the_level_of_the_turn():
    gate = in_turn(*[-20] * 60, *[-30] * 200)
    assert gate.has_faded
    gate.end_turn(is_user=True)
    assert not gate.has_faded
    assert quietest(gate) == -35


def test_soft_syllables_count_for_the_level_of_the_user():
    gate = in_turn(*[-20] * 15, *[*[-28] * 20, -20] * 4)
    assert not gate.has_faded
    gate.end_turn(is_user=True)
    assert quietest(gate) == -43
