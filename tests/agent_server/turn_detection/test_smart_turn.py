"""Whether an utterance sounds complete."""

import numpy as np
import pytest

from agent_server.turn_detection import TurnDetectionError, models
from agent_server.turn_detection.mel import log_mel
from agent_server.turn_detection.smart_turn import SmartTurn
from tests.recordings import RECORDINGS

CLIPS = {recording.name: recording for recording in RECORDINGS}


@pytest.fixture(scope="module")
def model():
    return SmartTurn()


def test_shape_and_range():
    noise = np.random.default_rng(2).normal(0, 0.1, 128_000).astype(np.float32)
    for audio in (noise, noise * 0, noise * 100):
        levels = log_mel(audio)
        assert levels.shape == (80, 800)
        assert levels.dtype == np.float32
        assert np.isfinite(levels).all()
        assert levels.max() - levels.min() <= 2.0


def test_a_tone_is_in_its_band():
    """Of 80 bands up to 8000 Hz, those above 1000 Hz are logarithmic, those below are linear."""
    for hertz, band in ((300, 8), (1_000, 26), (4_000, 62)):
        tone = np.sin(2 * np.pi * hertz * np.arange(128_000) / 16_000).astype(np.float32)
        assert abs(int(log_mel(tone).mean(axis=1).argmax()) - band) <= 1


def test_loudness_does_not_matter():
    audio = np.pad(CLIPS["goforward"].audio, (80_000, 0))[:128_000]
    assert np.allclose(log_mel(audio), log_mel(audio * np.float32(0.1)), atol=0.01)


def test_finished_and_unfinished(model):
    """The model may misjudge a clip, but not the average."""
    whole, half = [], []
    for recording in RECORDINGS:
        loud = np.flatnonzero(np.abs(recording.audio) > 0.02)
        audio = recording.audio[: loud[-1] + 3_200]
        whole.append(model.probability(audio))
        half.append(model.probability(audio[: len(audio) // 2]))
    assert np.mean(whole) > np.mean(half) + 0.2


@pytest.mark.parametrize("samples", [0, 1, 1_000, 128_000, 200_000])
def test_any_length(model, samples):
    assert 0 <= model.probability(np.zeros(samples, np.float32)) <= 1


def test_model_that_fails(model, monkeypatch):
    monkeypatch.setattr(model, "_model", None)
    with pytest.raises(TurnDetectionError, match="Smart Turn failed"):
        model.probability(np.zeros(1_000, np.float32))


def test_model_file_that_is_missing_or_damaged():
    with pytest.raises(TurnDetectionError, match="cannot be loaded"):
        models.load_model("no_such.onnx", "")
    with pytest.raises(TurnDetectionError, match="install the agent again"):
        models.load_model("silero_vad_16k_op15.onnx", "0" * 64)
