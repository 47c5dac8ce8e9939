"""Runs a blocking text-to-speech engine in threads."""

from collections.abc import AsyncGenerator
from typing import Final

from ..workers import Threads
from . import Audio, Voice

_CHARACTERS_PER_COST: Final = 25
"""Characters that take as long to synthesize as a second of speech takes to transcribe."""


class BlockingTextToSpeech:
    """A `TextToSpeech` that shares one `Voice` with other conversations."""

    def __init__(self, voice: Voice, threads: Threads) -> None:
        self._voice = voice
        self._threads = threads

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        """See `TextToSpeech`."""
        cost = len(text) / _CHARACTERS_PER_COST
        speech = self._voice.speak(text)
        while (
            samples := await self._threads.run_long(cost, lambda: next(speech, None))
        ) is not None:
            cost = 0.0
            yield Audio(samples, self._voice.sample_rate)
