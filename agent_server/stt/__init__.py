"""Speech to text."""

from typing import Protocol

from ..audio import Samples
from ..errors import EngineError


class SpeechToTextError(EngineError):
    """The speech could not be transcribed."""


class Transcriber(Protocol):
    """Transcribes speech; all conversations share one, from any thread."""

    def transcribe(self, audio: Samples) -> str:
        """Return the words in audio at `INPUT_RATE`, "" for a noise.

        Raises `SpeechToTextError`.
        """
