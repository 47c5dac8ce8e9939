"""The voice activity detector after silence."""

import numpy as np

from agent_server.turn_detection import FRAME
from agent_server.turn_detection.endpointing import STILL_SPEECH
from agent_server.turn_detection.onset import SPEECH
from benchmarks.conversation.scenes import spoken
from tests.recordings.people import recording


def silence(seconds: float) -> np.ndarray:
    noise = np.random.default_rng(7).normal(0, 0.0005, round(seconds * 16_000))
    return noise.astype(np.float32)


def probabilities(detector, audio: np.ndarray) -> np.ndarray:
    whole = audio[: audio.size // FRAME * FRAME].reshape(-1, FRAME)
    return np.array([detector.probability(frame) for frame in whole])


def test_a_voice_is_heard_at_once_after_long_silence(detector):
    before = np.concatenate([spoken(recording("assistant-whattime")), silence(6.0)])
    probabilities(detector, before)
    voice = spoken(recording("ha-en-add_apples_to_my_shopping_list"))
    # In the first 0.26 s. With the earlier audio in its state, the model takes 1 s.
    assert (probabilities(detector, voice)[:8] >= SPEECH).sum() >= 4


def test_silence_is_no_speech(detector):
    probabilities(detector, spoken(recording("assistant-whattime")))
    assert probabilities(detector, silence(20.0))[10:].max() < STILL_SPEECH


def test_the_same_voice_sounds_the_same_after_any_silence(make_detector):
    """Audio before a long silence has no effect after it."""
    voice = spoken(recording("barista-033"))
    # The model forgets after 12 quiet frames: both have heard as many since then.
    pause = silence(12 * 5 * FRAME / 16_000)
    first, second = make_detector(), make_detector()
    probabilities(first, pause)
    probabilities(second, np.concatenate([np.zeros(24 * FRAME, np.float32), pause]))
    assert np.allclose(probabilities(first, voice), probabilities(second, voice))
