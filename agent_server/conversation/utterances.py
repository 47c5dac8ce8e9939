"""The words of one turn of the user, transcribed in the background."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..audio import INPUT_RATE, Samples
from ..stt import Utterance

_LONGEST_GUESS: Final = 10 * INPUT_RATE
"""Samples that are transcribed before the end of the turn is certain."""

_JOINED: Final = 50
"""Utterances that are kept of one turn: the last ones."""


@dataclass(frozen=True, slots=True)
class _Guess:
    """An utterance that may have ended."""

    samples: int
    utterance: Utterance
    words: asyncio.Task[str]


class Utterances:
    """The utterances of a turn. Each is transcribed once, whatever follows it.

    A pause is long enough to transcribe the speech before it: when it ends the turn, the
    words are already known.
    """

    def __init__(self, begin: Callable[[], Utterance]) -> None:
        """`begin` starts an utterance of the speech-to-text engine."""
        self._begin = begin
        self._utterances: list[asyncio.Task[str]] = []
        self._guess: _Guess | None = None

    @property
    def is_guessed(self) -> bool:
        """Whether the speech so far is being transcribed because the turn may have ended."""
        return self._guess is not None

    def guess(self, so_far: Samples | None) -> None:
        """Transcribe speech that may be complete; None drops the guess: the user continues."""
        if so_far is None:
            self._drop_guess()
        elif self._guess is None and so_far.size <= _LONGEST_GUESS:
            self._guess = _Guess(so_far.size, *self._transcribe(so_far))

    def add(self, audio: Samples) -> bool:
        """Add a complete utterance; return whether the guess was right."""
        is_right = self._guess is not None and self._guess.samples == audio.size
        if self._guess is not None and is_right:
            self._guess.utterance.confirm()
            self._utterances.append(self._guess.words)
            self._guess = None
        else:
            self._drop_guess()
            utterance, words = self._transcribe(audio)
            utterance.confirm()
            self._utterances.append(words)
        self._forget(len(self._utterances) - _JOINED)
        return is_right

    async def text(self) -> str:
        """Return the words of all utterances and the guess; raises the errors of transcription.

        Cancelling it does not cancel the transcriptions.
        """
        utterances = [*self._utterances, *([self._guess.words] if self._guess else [])]
        await asyncio.wait(utterances)
        parts = [words.result() for words in utterances]
        return " ".join(part for part in parts if part)

    def forget(self) -> None:
        """Start a new turn."""
        self._forget(len(self._utterances))

    def stop(self) -> None:
        """Cancel all transcriptions."""
        self.forget()
        self._drop_guess()

    def _transcribe(self, audio: Samples) -> tuple[Utterance, asyncio.Task[str]]:
        utterance = self._begin()
        utterance.feed(audio)
        words = asyncio.create_task(_stripped(utterance))
        # It may fail when the words are no longer needed.
        words.add_done_callback(lambda words: words.cancelled() or words.exception())
        return utterance, words

    def _drop_guess(self) -> None:
        if self._guess is not None:
            self._guess.words.cancel()
            self._guess = None

    def _forget(self, count: int) -> None:
        for words in self._utterances[: max(count, 0)]:
            words.cancel()
        del self._utterances[: max(count, 0)]


async def _stripped(utterance: Utterance) -> str:
    return (await utterance.transcript()).text.strip()
