"""Speech to text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..audio import Samples
from ..errors import EngineError


class SpeechToTextError(EngineError):
    """The speech could not be transcribed."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of an utterance."""

    text: str
    """Empty for a noise."""

    finality: float | None = None
    """The engine's probability that no more words follow in the sentence, from 0 to 1.

    None if it does not reveal this, or there is no word. Its punctuation says little: engines
    put a period after almost every text.
    """

    tokens: tuple[int, ...] = ()
    """The text as the engine's tokens, if the engine can start the next transcription from them."""

    is_command: bool = False
    """Whether the words are a whole known sentence, and not the beginning of another one."""


def join(transcripts: Sequence[Transcript]) -> Transcript:
    """Join the transcripts of consecutive speech."""
    if len(transcripts) == 1:
        return transcripts[0]
    last = transcripts[-1].finality if transcripts else None
    return Transcript(" ".join(part.text for part in transcripts if part.text), last)


class Utterance(Protocol):
    """One utterance of the user, while it is transcribed."""

    def feed(self, samples: Samples) -> None:
        """Append audio, mono at `INPUT_RATE`; never waits."""

    def confirm(self) -> None:
        """Note that the text is certainly needed: the user has finished."""

    async def transcript(self) -> Transcript:
        """Return the words. Called once, after all audio. Cancelling it drops the utterance.

        Raises `SpeechToTextError` or `TimeoutError`.
        """

    def drop(self) -> None:
        """Drop the utterance: `transcript` will not be called."""


class SpeechToText(Protocol):
    """Transcribes the utterances of one conversation."""

    @property
    def is_streaming(self) -> bool:
        """Whether it makes use of audio before the utterance is complete."""

    @property
    def reveals_finality(self) -> bool:
        """Whether its transcripts have a `finality`."""

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Utterance:
        """Start an utterance in a language (BCP 47).

        `earlier` is the transcript of the same speech with less silence after it, which may save
        work. `phrases` are sentences that the user is likely to say.
        """


class Transcriber(Protocol):
    """A blocking engine, shared by all conversations and used from any thread."""

    def transcribe(
        self, audio: Samples, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Transcript:
        """Return the words in audio at `INPUT_RATE`; see `SpeechToText.begin` for the rest.

        Raises `SpeechToTextError`.
        """
