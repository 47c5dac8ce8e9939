"""The words of one turn of the user, transcribed in the background."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..audio import INPUT_RATE, Samples
from ..stt import Transcript, Utterance
from .transcription import KnownUtterance, StreamedUtterance, Transcription

_LONGEST_GUESS: Final = 10 * INPUT_RATE
"""The longest speech, in samples, that is transcribed before the turn has certainly ended."""

_JOINED: Final = 50
"""Utterances that are kept of one turn: the last ones."""

type Begin = Callable[[Transcript | None], Utterance]
"""Starts an utterance; takes the earlier transcript of the same speech, or None."""


class Utterances:
    """The utterances of a turn. Each is transcribed in the pause after it.

    When the pause ends the turn, the words are already known. Later in the pause the speech is
    transcribed again, because the engine then knows better whether the sentence is over. If the
    user continues, all of the speech is transcribed as a new utterance.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._stream: StreamedUtterance | None = None
        self._utterances: list[asyncio.Task[Transcript]] = []
        self._guess: Transcription | None = None
        self._next_guess: Transcription | None = None

    @property
    def is_guessed(self) -> bool:
        """Whether the speech so far is being transcribed because the turn may have ended."""
        return self._guess is not None

    def stream(self, speech: Callable[[int], Samples | None]) -> None:
        """Pass the audio since the last call to the engine.

        `speech` returns the speech so far from a sample on; None while the user is silent.
        """
        if self._guess is not None:
            return  # The engine transcribes the speech as it was at the pause.
        audio = speech(0 if self._stream is None else self._stream.heard)
        if audio is None:
            self.drop_stream()
            return
        if self._stream is None:
            self._stream = StreamedUtterance(self._begin(None))
        self._stream.feed(audio)

    def drop_stream(self) -> None:
        """Drop the stream: it was no speech, or its words are not needed."""
        if self._stream is not None:
            self._stream.utterance.drop()
            self._stream = None

    def guess(self, so_far: Samples) -> asyncio.Task[Transcript] | None:
        """Transcribe speech that may be complete; None if it is too long for a guess.

        `text` uses the first transcript of the pause until `take_guess`.
        """
        if so_far.size > _LONGEST_GUESS:
            return None
        if self._guess is None:
            self._guess = self._transcribe(so_far)
            return self._guess.task
        self._drop_next()
        self._next_guess = StreamedUtterance(self._begin(self._guess.transcript)).complete(so_far)
        return self._next_guess.task

    def take_guess(self) -> bool:
        """Use the last transcript of the pause if it is better; return whether words changed.

        It is better if it is a known command, or the first to have words. Otherwise it is as good
        as the first, and the answer to that is being prepared.
        """
        if self._guess is None or self._next_guess is None or not self._next_guess.transcript:
            return False
        old, new = self._guess.transcript, self._next_guess.transcript
        if old is not None and old.text and not new.is_command:
            return False
        self._guess.task.cancel()
        self._guess, self._next_guess = self._next_guess, None
        return old is None or old.text.strip() != new.text.strip()

    def take_command(self, command: str) -> bool:
        """Use a known command that another engine has heard; return whether words changed."""
        if self._guess is None:
            return False
        guessed = self._guess.transcript
        if guessed is not None and _letters(guessed.text) == _letters(command):
            return False
        self._guess.task.cancel()
        self._drop_next()
        self._guess = Transcription(KnownUtterance(command))
        return True

    def drop_guess(self) -> None:
        """Forget the guess: the user continues."""
        if self._guess is not None:
            self._guess.task.cancel()
            self._guess = None
        self._drop_next()

    def add(self, audio: Samples) -> bool:
        """Add the complete utterance; return whether it was guessed."""
        guess, self._guess = self._guess, None
        self._drop_next()
        utterance = guess or self._transcribe(audio)
        utterance.confirm()
        self._utterances.append(utterance.task)
        self._forget(len(self._utterances) - _JOINED)
        return guess is not None

    async def text(self) -> str:
        """Return the words of all utterances and the guess; raises the errors of transcription.

        Cancelling it does not cancel the transcriptions.
        """
        utterances = [*self._utterances, *([self._guess.task] if self._guess else [])]
        await asyncio.wait(utterances)
        parts = [words.result().text.strip() for words in utterances]
        # An engine that has heard a pause ends a complete sentence with a comma, too.
        return " ".join(part for part in parts if part).rstrip(", ")

    @property
    def words_so_far(self) -> str:
        """The words that are transcribed already; empty while earlier ones are missing."""
        tasks = [*self._utterances, *([self._guess.task] if self._guess else [])]
        transcripts = [_result(task) for task in tasks]
        if not all(transcripts):
            return ""
        return " ".join(part.text.strip() for part in transcripts if part and part.text.strip())

    def forget(self) -> None:
        """Start a new turn."""
        self._forget(len(self._utterances))

    def stop(self) -> None:
        """Cancel all transcriptions."""
        self.forget()
        self.drop_guess()
        self.drop_stream()

    def _transcribe(self, audio: Samples) -> Transcription:
        """Transcribe speech, of which the engine may have heard the beginning."""
        stream, self._stream = self._stream or StreamedUtterance(self._begin(None)), None
        return stream.complete(audio)

    def _drop_next(self) -> None:
        if self._next_guess is not None:
            self._next_guess.task.cancel()
            self._next_guess = None

    def _forget(self, count: int) -> None:
        for words in self._utterances[: max(count, 0)]:
            words.cancel()
        del self._utterances[: max(count, 0)]


def _result(task: asyncio.Task[Transcript]) -> Transcript | None:
    is_ready = task.done() and not task.cancelled() and task.exception() is None
    return task.result() if is_ready else None


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
