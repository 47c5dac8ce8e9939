"""Whisper in this process, with a real model."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from agent_server.audio import INPUT_RATE
from agent_server.config import Agent, Whisper
from agent_server.engines import Local, UnsupportedError
from agent_server.models import Model
from agent_server.models.catalogue import find
from agent_server.models.part import verify
from agent_server.models.store import folder_of
from agent_server.registry import import_engines
from agent_server.stt import SpeechToTextError, whisper
from agent_server.stt.whisper import WhisperSpeechToText, WhisperTranscriber
from agent_server.workers import Threads, Workers
from tests.agent_server.local_models import WHISPER
from tests.recordings import RECORDINGS, REQUESTS, plain, word_errors


@pytest.fixture(scope="module")
def model() -> WhisperTranscriber:
    return WhisperTranscriber(WHISPER)


@pytest.fixture
def threads():
    workers = Workers(60.0)
    yield Threads(workers, "192.0.2.1")
    workers.stop()


@pytest.mark.parametrize("name", list(REQUESTS))
async def test_requests_of_people(model, threads, name):
    utterance = WhisperSpeechToText(model, threads).begin("en-GB")
    for part in np.array_split(REQUESTS[name].audio, 5):
        utterance.feed(part)
    utterance.confirm()
    transcript = await utterance.transcript()
    assert word_errors(transcript.text, REQUESTS[name].words) <= 1
    assert transcript.finality is None
    assert not transcript.is_command


def test_sentences_that_are_read(model):
    recordings = [each for each in RECORDINGS if each.name.startswith("austen")]
    errors = sum(word_errors(model.transcribe(each.audio, "en"), each.words) for each in recordings)
    assert errors <= sum(len(plain(each.words)) for each in recordings) // 10


@pytest.mark.parametrize("loudness", [0.0, 0.02, 0.2])
def test_noise_has_no_words(model, loudness):
    noise = np.random.default_rng(1).standard_normal(2 * INPUT_RATE) * loudness
    assert model.transcribe(noise.astype(np.float32), "en") == ""


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        ([(" Turn it", 1.0), (" off.", 1.0)], "Turn it off."),
        ([(" [Music]", 1.0)], ""),
        ([(" (laughs) Yes. *coughs*", 1.0)], "Yes."),
        ([(" ♪ la la la ♪", 1.0)], ""),
        ([(" no no no no no no no no", 2.5)], ""),
        ([(" .", 0.1)], ""),
        ([], ""),
    ],
)
def test_descriptions_of_sounds_and_repetitions_are_not_words(model, monkeypatch, segments, text):
    found = [SimpleNamespace(text=words, compression_ratio=ratio) for words, ratio in segments]
    monkeypatch.setattr(model._model, "transcribe", lambda *_, **__: (found, None))
    assert model.transcribe(np.zeros(INPUT_RATE, np.float32), "en") == text


async def test_many_languages_are_not_listed_one_by_one():
    text = await Local("whisper", [f"l{n}" for n in range(100)]).ask()
    assert text.endswith("l7 and 92 more")


def test_languages_of_the_model(model):
    assert model.languages == ["en"]


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json"])
def test_incomplete_folder(tmp_path: Path, missing):
    for file in WHISPER.iterdir():
        if file.name != missing:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(SpeechToTextError, match=f"{tmp_path / missing} is missing"):
        WhisperTranscriber(tmp_path)


def test_damaged_model(tmp_path: Path):
    for file in WHISPER.iterdir():
        (tmp_path / file.name).write_bytes(b"{}")
    with pytest.raises(SpeechToTextError, match=f"{tmp_path} cannot be loaded: "):
        WhisperTranscriber(tmp_path)


def test_failure_of_the_library(model, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(model._model, "transcribe", fail)
    with pytest.raises(SpeechToTextError, match="Whisper failed: out of memory"):
        model.transcribe(np.zeros(INPUT_RATE, np.float32), "en")


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "agent_server.stt.whisper", None)
    monkeypatch.delattr(sys.modules["agent_server.stt"], "whisper")
    with pytest.raises(UnsupportedError, match=r"faster-whisper.*pip install '\.\[whisper\]'"):
        import_engines(1.0, [Agent("a", "", stt=(Whisper(WHISPER),))])
    assert whisper is not None


async def test_registry_loads_it_from_a_path_and_from_the_folder_of_models(tmp_path: Path):
    known = find("whisper", "tiny.en")
    assert known is not None
    folder = folder_of(known, tmp_path)
    folder.parent.mkdir()
    folder.symlink_to(WHISPER)
    agents = [
        Agent("path", "", stt=(Whisper(WHISPER),)),
        Agent("model", "", stt=(Whisper(known),)),
    ]
    engines = import_engines(1.0, agents, models_folder=tmp_path)()
    assert [each.sources[0].name for each in engines.values()] == [
        "speech-to-text whisper model",
        "speech-to-text whisper tiny.en",
    ]
    assert [await each.sources[0].ask() for each in engines.values()] == ["en", "en"]


def test_catalogue_describes_the_real_files():
    known = find("whisper", "tiny.en")
    assert isinstance(known, Model)
    assert all(verify(file, WHISPER / file.name) for file in known.files)
    assert json.loads((WHISPER / "config.json").read_text())
