"""Speech to text by Whisper in this process, with faster-whisper."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment

from ..audio import Samples
from ..languages import choose
from ..workers import Threads
from . import SpeechToTextError, Transcript
from .blocking import BlockingUtterance

_FILES: Final = ("model.bin", "config.json", "tokenizer.json")
"""Without the tokenizer, the library would download one."""

_BEAM: Final = 5
_MOST_WORKERS: Final = 2
"""Transcriptions at once; each needs memory."""

_MOST_REPETITIVE: Final = 2.4
"""The highest compression ratio of a segment's text: with more, the model repeats itself."""

_SOUND: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|♪[^♪]*♪?")
"""Descriptions of sounds, such as "[Music]" and "(laughs)"."""


class WhisperTranscriber:
    """A loaded model; thread-safe."""

    def __init__(self, folder: Path) -> None:
        """Load the model; raises `SpeechToTextError`."""
        for name in _FILES:
            if not (folder / name).is_file():
                raise SpeechToTextError(
                    f"Whisper's model is incomplete: {folder / name} is missing"
                )
        cores = os.process_cpu_count() or 1
        try:
            self._model = WhisperModel(
                str(folder),
                device="cpu",
                compute_type="int8",
                # Threads that wait for each other are slower than one if the cores are busy.
                cpu_threads=max(1, cores // 2),
                num_workers=min(cores, _MOST_WORKERS),
                local_files_only=True,
            )
        except Exception as error:  # The libraries raise whatever their parsers raise.
            raise SpeechToTextError(
                f"Whisper's model in {folder} cannot be loaded: {str(error) or repr(error)}"
            ) from error
        self.languages: Sequence[str] = self._model.supported_languages

    def transcribe(self, audio: Samples, language: str) -> str:
        """Return the words in audio at `INPUT_RATE`; raises `SpeechToTextError`."""
        try:
            segments, _ = self._model.transcribe(
                audio,
                language=choose(language, self.languages) or self.languages[0],
                beam_size=_BEAM,
                temperature=0.0,  # Higher ones are tried on noise, and take several times as long.
                condition_on_previous_text=False,
                without_timestamps=True,
            )
            return _text(segments)
        except Exception as error:  # The libraries raise anything, as in the constructor.
            raise SpeechToTextError(f"Whisper failed: {str(error) or repr(error)}") from error


class WhisperSpeechToText:
    """A `SpeechToText` that shares a model with other conversations."""

    is_streaming = False
    reveals_finality = False

    def __init__(self, model: WhisperTranscriber, threads: Threads) -> None:
        self._model = model
        self._threads = threads

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> BlockingUtterance:
        """See `SpeechToText`. The model has no use for `earlier` and `phrases`."""
        return BlockingUtterance(_InLanguage(self._model, language), self._threads, None, ())


class _InLanguage:
    """A `Transcriber` for one language."""

    def __init__(self, model: WhisperTranscriber, language: str) -> None:
        self._model = model
        self._language = language

    def transcribe(
        self, audio: Samples, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Transcript:
        """See `Transcriber`."""
        return Transcript(self._model.transcribe(audio, self._language))


def _text(segments: Iterable[Segment]) -> str:
    """Return the words of segments; empty if they have none."""
    text = "".join(
        segment.text for segment in segments if segment.compression_ratio <= _MOST_REPETITIVE
    )
    text = " ".join(_SOUND.sub(" ", text).split())
    return text if any(map(str.isalnum, text)) else ""
