"""Engines that need optional packages, which are imported only when they are configured."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..config import Piper, Whisper
from ..echo import EchoCancellerFactory
from ..engines import Local, UnsupportedError
from ..models import Model
from ..models.store import folder_of
from ..tts.blocking import BlockingTextToSpeech
from .loaded import Load, Loaded, SttFactory, TtsFactory

_LOGGER = logging.getLogger(__name__)


def import_echo_canceller() -> EchoCancellerFactory | None:
    """Return a function that creates echo cancellers; None if the package is missing."""
    try:
        from ..echo.webrtc import WebRtcEchoCanceller  # noqa: PLC0415
    except ImportError as error:
        _LOGGER.debug("The echo of the agent's voice is not removed: %s", error)
        return None
    return WebRtcEchoCanceller


def import_whisper(engine: Whisper, models_folder: Path) -> Load[SttFactory]:
    """Return a loader of the model; raises `UnsupportedError` if the package is missing."""
    with _extra("whisper", "faster-whisper"):
        from ..stt.whisper import WhisperSpeechToText, WhisperTranscriber  # noqa: PLC0415

    model = engine.model

    def load() -> Loaded[SttFactory]:
        path = model if isinstance(model, Path) else folder_of(model, models_folder)
        transcriber = WhisperTranscriber(path)
        return Loaded(
            lambda threads: WhisperSpeechToText(transcriber, threads),
            Local(f"speech-to-text whisper {model.name}", transcriber.languages),
        )

    return load


def import_piper(engine: Piper, models_folder: Path) -> Load[TtsFactory]:
    """Return a loader of the voice; raises `UnsupportedError` if the package is missing."""
    with _extra("piper", "piper-tts"):
        from ..tts.piper import PiperVoice  # noqa: PLC0415

    path = _voice_path(engine.voice, models_folder)

    def load() -> Loaded[TtsFactory]:
        voice = PiperVoice(path)
        return Loaded(
            lambda threads: BlockingTextToSpeech(voice, threads),
            Local(f"text-to-speech piper {path.stem}", voice.languages),
        )

    return load


def _voice_path(voice: Model | Path, models_folder: Path) -> Path:
    """Return the path of the .onnx file."""
    if isinstance(voice, Path):
        return voice
    files = (file.name for file in voice.files if file.name.endswith(".onnx"))
    return folder_of(voice, models_folder) / next(files, f"{voice.name}.onnx")


@contextmanager
def _extra(name: str, package: str) -> Iterator[None]:
    """Raise `UnsupportedError` if an optional package cannot be imported."""
    try:
        yield
    except ImportError as error:
        raise UnsupportedError(
            f"{name} needs the package {package}, which is missing or damaged "
            f"(pip install '.[{name}]'): {error}"
        ) from error
