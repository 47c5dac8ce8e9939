"""Speech to text."""

from typing import Protocol

from ..audio import Samples
from ..errors import EngineError


class SpeechToTextError(EngineError):
    """The speech could not be transcribed."""


class Utterance(Protocol):
    """One utterance of the user, while it is transcribed."""

    def feed(self, samples: Samples) -> None:
        """Take the next audio, mono at `INPUT_RATE`."""

    def confirm(self) -> None:
        """The text is certainly needed: the user has finished."""

    async def text(self) -> str:
        """Return the words, "" for a noise. Called once, after all audio.

        Raises `SpeechToTextError` or `TimeoutError`.
        """


class SpeechToText(Protocol):
    """Transcribes the utterances of one conversation."""

    def begin(self, language: str) -> Utterance:
        """Start an utterance in a language (BCP 47)."""


class Transcriber(Protocol):
    """A blocking engine, shared by all conversations and used from any thread."""

    def transcribe(self, audio: Samples) -> str:
        """Return the words in audio at `INPUT_RATE`, "" for a noise.

        Raises `SpeechToTextError`.
        """
