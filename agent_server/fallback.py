"""Several engines of the same kind: each is used when those before it fail."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from .audio import Samples
from .errors import EngineError
from .stt import SpeechToText, SpeechToTextError, Transcript, Utterance
from .tts import Audio, TextToSpeech, TextToSpeechError

_REST: Final = 10.0
"""Seconds for which an engine that failed is tried last, so that turns do not wait for it."""


class Ranking:
    """The order in which to try engines, for all conversations."""

    def __init__(self, count: int, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._failed_at: list[float | None] = [None] * count

    def order(self) -> list[int]:
        """Return the numbers of the engines: first those that have not failed lately."""
        now = self._clock()
        numbers = range(len(self._failed_at))
        return sorted(numbers, key=lambda number: self._rests(number, now))

    def failed(self, number: int) -> None:
        """Record that an engine has failed."""
        self._failed_at[number] = self._clock()

    def worked(self, number: int) -> None:
        """Record that an engine works."""
        self._failed_at[number] = None

    def _rests(self, number: int, now: float) -> bool:
        failed_at = self._failed_at[number]
        return failed_at is not None and now - failed_at < _REST


class FallbackSpeechToText:
    """A `SpeechToText` that uses the first of several that works."""

    def __init__(self, engines: Sequence[SpeechToText], ranking: Ranking) -> None:
        self._engines = engines
        self._ranking = ranking

    @property
    def is_streaming(self) -> bool:
        """See `SpeechToText`."""
        return self._first.is_streaming

    @property
    def reveals_finality(self) -> bool:
        """See `SpeechToText`."""
        return self._first.reveals_finality

    @property
    def _first(self) -> SpeechToText:
        return self._engines[self._ranking.order()[0]]

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> FallbackUtterance:
        """See `SpeechToText`.

        `earlier` is not passed on: its tokens may be those of another engine.
        """
        begin = [partial(engine.begin, language, None, phrases) for engine in self._engines]
        return FallbackUtterance(begin, self._ranking)


class FallbackUtterance:
    """An `Utterance` that keeps its audio for the next engine."""

    def __init__(self, begin: Sequence[Callable[[], Utterance]], ranking: Ranking) -> None:
        self._begin = begin
        self._ranking = ranking
        self._order = ranking.order()
        self._audio: list[Samples] = []
        self._current = begin[self._order[0]]()
        self._is_certain = False

    def feed(self, samples: Samples) -> None:
        """See `Utterance`."""
        self._audio.append(samples)
        self._current.feed(samples)

    def confirm(self) -> None:
        """See `Utterance`."""
        self._is_certain = True
        self._current.confirm()

    def drop(self) -> None:
        """See `Utterance`."""
        self._current.drop()

    async def transcript(self) -> Transcript:
        """See `Utterance`."""
        failure: EngineError | TimeoutError = SpeechToTextError("there is no speech-to-text")
        for place, number in enumerate(self._order):
            if place > 0:
                self._current = self._repeat(number)
            try:
                transcript = await self._current.transcript()
            except (EngineError, TimeoutError) as error:
                self._ranking.failed(number)
                failure = error
            else:
                self._ranking.worked(number)
                return transcript
        raise failure

    def _repeat(self, number: int) -> Utterance:
        """Return an utterance of another engine with the same audio."""
        utterance = self._begin[number]()
        for samples in self._audio:
            utterance.feed(samples)
        if self._is_certain:
            utterance.confirm()
        return utterance


class FallbackTextToSpeech:
    """A `TextToSpeech` that uses the first of several that works."""

    def __init__(self, engines: Sequence[TextToSpeech], ranking: Ranking) -> None:
        self._engines = engines
        self._ranking = ranking

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        """See `TextToSpeech`. A sentence that has begun is not begun again by another engine."""
        failure: EngineError | TimeoutError = TextToSpeechError("there is no text-to-speech")
        for number in self._ranking.order():
            has_begun = False
            try:
                speech = self._engines[number].speak(text, language, voice)
                async with aclosing(speech):
                    async for audio in speech:
                        has_begun = True
                        yield audio
            except (EngineError, TimeoutError) as error:
                self._ranking.failed(number)
                if has_begun:
                    raise
                failure = error
            else:
                self._ranking.worked(number)
                return
        raise failure
