"""When the user last spoke, by the level of the microphone."""

import numpy as np
import pytest

from custom_components.playai.agent.audio import mulaw_encode
from custom_components.playai.last_speech import LastSpeech

RANDOM = np.random.default_rng(1)


def sound(level, seconds=0.02):
    """Noise of one level, as µ-law."""
    samples = RANDOM.normal(0, level, round(seconds * 16_000)).clip(-32_000, 32_000)
    return mulaw_encode(samples.astype(np.int16))


def heard(levels):
    """The number of the 20 ms sound in which somebody last spoke."""
    last = LastSpeech()
    for number, level in enumerate(levels):
        last.push(sound(level), number)
    return last.at


@pytest.mark.parametrize("noise", [0, 50, 200])
def test_noise_after_speech_is_not_speech(noise):
    assert heard([noise] * 10 + [4_000] * 30 + [noise] * 40) == 39


def test_speech_that_fades():
    assert heard([4_000] * 20 + [1_000] * 5 + [100] * 40) == 24


@pytest.mark.parametrize("levels", [[], [0] * 50, [50] * 50])
def test_nobody(levels):
    assert heard(levels) is None


def test_empty_audio_is_ignored():
    last = LastSpeech()
    last.push(b"", 1.0)
    assert last.at is None
