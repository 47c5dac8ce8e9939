"""Transcripts of human voices and of other sounds."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from agent_server.stt import SpeechToTextError, Transcript, join, moonshine
from tests.recordings import RECORDINGS, plain, word_errors


def test_human_voices(transcriber):
    errors = {
        r.name: word_errors(transcriber.transcribe(r.audio).text, r.words) for r in RECORDINGS
    }
    words = sum(len(plain(recording.words)) for recording in RECORDINGS)
    # A person still understands a text with one wrong word in ten.
    assert sum(errors.values()) / words < 0.1, errors
    assert len({recording.speaker for recording in RECORDINGS}) >= 4


@pytest.mark.parametrize("level", [0.05, 0.3, 1.0])
def test_quiet_and_loud(transcriber, level):
    recording = next(r for r in RECORDINGS if r.name == "goforward")
    audio = recording.audio * np.float32(level)
    assert word_errors(transcriber.transcribe(audio).text, recording.words) == 0


@pytest.mark.parametrize("samples", [0, 1, 100, 1_599])
def test_nothing_to_hear(transcriber, samples):
    assert transcriber.transcribe(np.zeros(samples, np.float32)).text == ""


def test_silence_and_noise_end(transcriber):
    """The model may invent a word or two, but its output is bounded."""
    noise = np.random.default_rng(1).normal(0, 0.05, 160_000).astype(np.float32)
    for audio in (np.zeros(160_000, np.float32), noise):
        assert len(plain(transcriber.transcribe(audio).text)) < 10 * moonshine._TOKENS_PER_SECOND


def test_hum_has_no_words(transcriber):
    hum = 0.1 * np.sin(np.arange(80_000) * 2 * np.pi * 50 / 16_000)
    assert transcriber.transcribe(hum.astype(np.float32)).text == ""


def test_a_minute_is_heard_to_its_end(transcriber):
    pause = np.zeros(8_000, np.float32)
    readings = [r for r in RECORDINGS if r.speaker == "LibriVox reader"]
    audio = np.concatenate([part for r in readings * 2 for part in (r.audio, pause)])
    assert len(audio) > 50 * 16_000
    said = " ".join(recording.words for recording in readings * 2)
    assert word_errors(transcriber.transcribe(audio).text, said) / len(plain(said)) < 0.1


def test_several_at_once(transcriber):
    alone = [transcriber.transcribe(recording.audio).text for recording in RECORDINGS]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda r: transcriber.transcribe(r.audio).text, RECORDINGS))
    assert together == alone


def test_model_that_fails(transcriber, monkeypatch):
    monkeypatch.setattr(transcriber, "_encoder", None)
    with pytest.raises(SpeechToTextError, match="Moonshine failed"):
        transcriber.transcribe(RECORDINGS[0].audio)


def test_what_follows_a_sentence(transcriber):
    """The end of a sentence is more likely after all of it than in its middle."""
    whole, half = [], []
    for recording in RECORDINGS:
        for audio, found in ((recording.audio, whole), (recording.audio[:16_000], half)):
            finality = transcriber.transcribe(audio).finality
            assert finality is not None
            found.append(finality)
    assert np.mean(whole) > np.mean(half) + 0.2


def test_nothing_follows_a_noise(transcriber):
    assert transcriber.transcribe(np.zeros(100, np.float32)).finality is None


def test_an_earlier_transcript_changes_nothing(transcriber):
    for recording in RECORDINGS[:6]:
        audio, silence = recording.audio, np.zeros(4_000, np.float32)
        fresh = transcriber.transcribe(np.concatenate([audio, silence]))
        for earlier in (
            transcriber.transcribe(audio),
            transcriber.transcribe(audio[: len(audio) // 2]),
            Transcript("nonsense", None, (5, 600, 7_000)),
            Transcript("far too long", None, (306,) * 500),
        ):
            again = transcriber.transcribe(np.concatenate([audio, silence]), earlier)
            # The model's numbers are rounded: a comma may differ.
            assert plain(again.text) == plain(fresh.text)
            assert again.finality == pytest.approx(fresh.finality, abs=0.05)


def test_joined():
    parts = [Transcript("one", 1.0, (1,)), Transcript(""), Transcript("two", 0.5)]
    assert join(parts) == Transcript("one two", 0.5)
    assert join(parts[:1]) is parts[0]
    assert join([]) == Transcript("")
