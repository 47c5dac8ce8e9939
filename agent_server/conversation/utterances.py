"""What the user says in one turn, transcribed in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from ..audio import INPUT_RATE, Samples

_LONGEST_GUESS: Final = 10 * INPUT_RATE
"""Samples that are transcribed before it is sure that no more will come."""

_JOINED: Final = 50
"""Utterances of one turn that count, however often it is continued: the last ones."""

type Transcribe = Callable[[Samples, Callable[[], bool]], Awaitable[str]]
"""Takes the audio, and a function that returns whether the words are certainly wanted."""


@dataclass(frozen=True, slots=True)
class _Guess:
    """The words of an utterance that may be over."""

    samples: int
    words: asyncio.Task[str]
    is_right: asyncio.Event


class Utterances:
    """The utterances of a turn, each transcribed once, whatever follows it.

    A pause is long enough to transcribe what came before it: when it ends the turn, the
    words are known already.
    """

    def __init__(self, transcribe: Transcribe) -> None:
        self._transcribe = transcribe
        self._utterances: list[asyncio.Task[str]] = []
        self._guess: _Guess | None = None

    @property
    def is_guessed(self) -> bool:
        """Whether what is said so far may be all, and is transcribed."""
        return self._guess is not None

    def guess(self, so_far: Samples | None) -> None:
        """Begin with what may become an utterance; None: the user goes on, or is silent."""
        if so_far is None:
            self._drop_guess()
        elif self._guess is None and so_far.size <= _LONGEST_GUESS:
            is_right = asyncio.Event()
            words = self._begin(so_far, is_right.is_set)
            self._guess = _Guess(so_far.size, words, is_right)

    def add(self, audio: Samples) -> bool:
        """Add an utterance that is over; tells whether it is what was guessed."""
        is_right = self._guess is not None and self._guess.samples == audio.size
        if self._guess is not None and is_right:
            self._guess.is_right.set()
            self._utterances.append(self._guess.words)
            self._guess = None
        else:
            self._drop_guess()
            self._utterances.append(self._begin(audio, lambda: True))
        self._forget(len(self._utterances) - _JOINED)
        return is_right

    async def text(self) -> str:
        """Wait for the words of all utterances and the guess; raises what transcribing raises.

        Who is cancelled while waiting leaves the transcriptions alone.
        """
        utterances = [*self._utterances, *([self._guess.words] if self._guess else [])]
        await asyncio.wait(utterances)
        parts = [words.result() for words in utterances]
        return " ".join(part for part in parts if part)

    def forget(self) -> None:
        """The turn is over: what follows is another."""
        self._forget(len(self._utterances))

    def stop(self) -> None:
        """End everything that is under way."""
        self.forget()
        self._drop_guess()

    def _begin(self, audio: Samples, is_certain: Callable[[], bool]) -> asyncio.Task[str]:
        words = asyncio.create_task(self._run(audio, is_certain))
        # It may fail when nobody wants the words any more.
        words.add_done_callback(lambda words: words.cancelled() or words.exception())
        return words

    async def _run(self, audio: Samples, is_certain: Callable[[], bool]) -> str:
        return (await self._transcribe(audio, is_certain)).strip()

    def _drop_guess(self) -> None:
        if self._guess is not None:
            self._guess.words.cancel()
            self._guess = None

    def _forget(self, count: int) -> None:
        for words in self._utterances[: max(count, 0)]:
            words.cancel()
        del self._utterances[: max(count, 0)]
