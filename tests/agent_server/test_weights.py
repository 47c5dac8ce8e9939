"""Models of installed packages are found, and damaged ones are refused."""

import pytest

from agent_server.stt import SpeechToTextError
from agent_server.stt.moonshine import MoonshineTranscriber
from agent_server.tts import TextToSpeechError
from agent_server.tts.hibari import HibariVoice
from agent_server.weights import WeightsError, verified_folder


def package(folder, monkeypatch, record: str) -> None:
    """Install a package with the given list of files."""
    info = folder / "some_voice-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-voice\nVersion: 1.0\n")
    (info / "RECORD").write_text(record)
    (folder / "some").mkdir()
    (folder / "some" / "model").write_bytes(b"model")
    (folder / "some" / "other").mkdir()
    monkeypatch.syspath_prepend(str(folder))


MODEL = "some/model,sha256=k3LEcO6t1ezZw8dMKzy2M_ji8vrXmSUKD3DWUra4JeQ,5\n"


def test_folder_of_undamaged_files(tmp_path, monkeypatch):
    package(tmp_path, monkeypatch, MODEL + "some/code.pyc,,\n")
    assert verified_folder("some-voice", "some") == tmp_path / "some"


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (MODEL.replace("k", "K"), "model is damaged: install some-voice again"),
        (MODEL + MODEL.replace("model", "other"), "other cannot be read: Is a directory"),
        ("some/model,,\n", "lists no hashes"),
        ("", "lists no hashes"),
    ],
)
def test_damaged_package(tmp_path, monkeypatch, record, says):
    package(tmp_path, monkeypatch, record)
    with pytest.raises(WeightsError, match=says):
        verified_folder("some-voice", "some")


def test_package_that_is_not_installed():
    with pytest.raises(WeightsError, match="no-such-voice is not installed"):
        verified_folder("no-such-voice", "some")


@pytest.mark.parametrize(
    ("engine", "error"),
    [(MoonshineTranscriber, SpeechToTextError), (HibariVoice, TextToSpeechError)],
)
def test_engines_report_it(monkeypatch, engine, error):
    monkeypatch.setattr("sys.path", [p for p in __import__("sys").path if "site-packages" not in p])
    with pytest.raises(error, match="is not installed"):
        engine()
