"""Pauses inside speech, as the transcriber hears them."""

import numpy as np
import pytest

from agent_server.stt.pauses import shorten
from tests.recordings import RECORDINGS, word_errors

RATE = 16_000


def noise(seconds: float, level: float) -> np.ndarray:
    return np.random.default_rng(7).normal(0, level, round(seconds * RATE)).astype(np.float32)


def speech(pause: float, room: float = 0.001) -> np.ndarray:
    """Half a second of silence, two loud sounds with a pause between them, and silence again."""
    return np.concatenate(
        [noise(0.5, room), noise(0.6, 0.1), noise(pause, room), noise(0.6, 0.1), noise(0.5, room)]
    )


def test_a_long_pause_becomes_short():
    whole = speech(1.0)
    shortened = shorten(whole)
    assert shortened.size == whole.size - 0.8 * RATE
    # Nothing is missing but the middle of the pause.
    begin = round(1.2 * RATE)
    assert np.array_equal(shortened[:begin], whole[:begin])
    assert np.array_equal(shortened[begin:], whole[-(shortened.size - begin) :])


@pytest.mark.parametrize(
    "audio",
    [
        speech(0.3),
        speech(1.0, room=0.01),
        np.zeros(RATE, np.float32),
        np.zeros(0, np.float32),
        noise(2, 0.1),
    ],
    ids=["short pause", "loud room", "silence", "nothing", "noise"],
)
def test_everything_else_stays(audio):
    assert shorten(audio) is audio or np.array_equal(shorten(audio), audio)


def test_words_around_a_pause_are_heard(transcriber):
    recording = next(r for r in RECORDINGS if r.name == "goforward")
    middle = quietest(recording.audio)
    pause = noise(1.2, 0.0005)
    paused = np.concatenate([recording.audio[:middle], pause, recording.audio[middle:]])
    assert word_errors(transcriber.transcribe(paused).text, recording.words) == 0


def quietest(audio: np.ndarray) -> int:
    """Return where the middle of the audio is quietest."""
    steps = np.square(audio[: audio.size // 160 * 160]).reshape(-1, 160).mean(axis=1)
    low, high = len(steps) * 2 // 5, len(steps) * 3 // 5
    return 160 * (low + int(np.convolve(steps, np.ones(6), "same")[low:high].argmin()))
