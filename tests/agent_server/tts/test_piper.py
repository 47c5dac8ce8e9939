"""Piper in this process, with a real voice."""

import sys

import numpy as np
import pytest

from agent_server.audio import INPUT_RATE, resample
from agent_server.config import Agent, Piper
from agent_server.engines import UnsupportedError
from agent_server.models.catalogue import find
from agent_server.models.part import verify
from agent_server.models.store import folder_of
from agent_server.registry import import_engines
from agent_server.tts import TextToSpeechError, piper
from agent_server.tts.blocking import BlockingTextToSpeech
from agent_server.tts.piper import PiperVoice
from agent_server.workers import Threads, Workers
from tests.agent_server.local_models import NO_NOISE, VOICE, copy_voice
from tests.recordings import plain

SENTENCES = ["Please turn on the lights in the kitchen.", "It is seven o'clock."]


@pytest.fixture(scope="module")
def joe() -> PiperVoice:
    return PiperVoice(VOICE)


@pytest.fixture
def threads():
    workers = Workers(60.0)
    yield Threads(workers, "192.0.2.1")
    workers.stop()


async def test_sentences_are_spoken_one_by_one(threads, transcriber, tmp_path):
    voice = PiperVoice(copy_voice(tmp_path, inference=NO_NOISE))
    speech = BlockingTextToSpeech(voice, threads).speak(" ".join(SENTENCES), "en", None)
    parts = [audio async for audio in speech]
    assert [audio.rate for audio in parts] == [22_050, 22_050]
    for audio, sentence in zip(parts, SENTENCES, strict=True):
        heard = transcriber.transcribe(resample(audio.samples, audio.rate, INPUT_RATE)).text
        assert plain(heard) == plain(sentence)


@pytest.mark.parametrize("text", ["", " ", "…"])
def test_text_without_words(joe, text):
    samples = [piece for piece in joe.speak(text) if piece.size]
    assert sum(piece.size for piece in samples) < joe.sample_rate


@pytest.mark.parametrize("text", ["[[hello there]]", "[[[hello there]]]", "[[[[hello there]]]]"])
def test_brackets_are_not_phonemes(joe, monkeypatch, text):
    read: list[str] = []
    monkeypatch.setattr(joe._engine, "synthesize", lambda text: read.append(text) or [])
    assert list(joe.speak(text)) == []
    assert read == ["[hello there]"]


def test_text_in_brackets_is_spoken(joe):
    assert sum(piece.size for piece in joe.speak("[[hello there]]")) > joe.sample_rate // 4


def test_audio_is_in_range(joe):
    samples = np.concatenate(list(joe.speak(SENTENCES[0])))
    assert samples.dtype == np.float32
    assert 0.05 < np.abs(samples).max() <= 1.0


def test_language_of_the_voice(joe, tmp_path):
    assert joe.languages == ("en_US",)
    assert PiperVoice(copy_voice(tmp_path, language=None)).languages == ("en-us",)


@pytest.mark.parametrize("missing", [VOICE.name, f"{VOICE.name}.json"])
def test_incomplete_voice(tmp_path, missing):
    for name in {VOICE.name, f"{VOICE.name}.json"} - {missing}:
        (tmp_path / name).symlink_to(VOICE.with_name(name))
    with pytest.raises(TextToSpeechError, match=f"{missing} is missing"):
        PiperVoice(tmp_path / VOICE.name)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"audio": {}}, "cannot be loaded: 'sample_rate'"),
        ({"audio": {"sample_rate": 1}}, "strange rate: 1 Hz"),
        ({"phoneme_type": "pinyin"}, "needs a package for pinyin"),
        ({"phoneme_type": "new"}, "cannot be loaded: "),
    ],
)
def test_description_that_cannot_be_used(tmp_path, changes, says):
    with pytest.raises(TextToSpeechError, match=says):
        PiperVoice(copy_voice(tmp_path, **changes))


def test_damaged_voice(tmp_path):
    path = copy_voice(tmp_path)
    path.unlink()
    path.write_bytes(VOICE.read_bytes()[:1000])
    with pytest.raises(TextToSpeechError, match="cannot be loaded: "):
        PiperVoice(path)


def test_failure_of_the_library(joe, monkeypatch):
    def fail(_text: str) -> None:
        raise RuntimeError("no phonemes")

    monkeypatch.setattr(joe._engine, "synthesize", fail)
    with pytest.raises(TextToSpeechError, match="Piper failed: no phonemes"):
        list(joe.speak("Hello."))


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "agent_server.tts.piper", None)
    monkeypatch.delattr(sys.modules["agent_server.tts"], "piper")
    with pytest.raises(UnsupportedError, match=r"piper-tts.*pip install '\.\[piper\]'"):
        import_engines(1.0, [Agent("a", "", tts=(Piper(VOICE),))])
    assert piper is not None


async def test_registry_loads_it_from_a_path_and_from_the_folder_of_models(tmp_path):
    known = find("piper", "en_US-joe-medium")
    assert known is not None
    folder = folder_of(known, tmp_path)
    folder.parent.mkdir()
    folder.symlink_to(VOICE.parent)
    agents = [Agent("a", "", tts=(Piper(VOICE),)), Agent("b", "", tts=(Piper(known),))]
    engines = import_engines(1.0, agents, models_folder=tmp_path)()
    for each in engines.values():
        assert each.sources[1].name == "text-to-speech piper en_US-joe-medium"
        assert await each.sources[1].ask() == "en_US"


def test_catalogue_describes_the_real_files():
    known = find("piper", "en_US-joe-medium")
    assert known is not None
    assert all(verify(file, VOICE.with_name(file.name)) for file in known.files)
