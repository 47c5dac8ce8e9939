"""Prepares a reply a little ahead of sending: text in pieces → sentences → speech → audio."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..limits import Limits
from ..tts import TextToSpeech
from ..tts.sentences import SentenceSplitter
from ..tts.speakable import Speakable
from ..workers import Threads
from .events import Fault
from .faults import TurnError, map_errors_to
from .reply_encoder import EncodedSpeech, ReplyEncoder, parts

_MAX_SENTENCES: Final = 8
"""Sentences that the brain may be ahead of the voice."""

_AHEAD: Final = 2
"""Items that may wait to be sent: the first sentence and its first audio during a pause."""

_STEP: Final = 1.0
"""Seconds of speech that are encoded at once."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the transcript."""

    text: str


@dataclass(frozen=True, slots=True)
class Speech:
    """The next speech of the reply."""

    encoded: EncodedSpeech
    starts: str | None
    """The sentence that starts with this speech; None if it continues one."""


class Synthesis:
    """Turns the pieces of one answer into speech. Two queues limit how far each step is ahead."""

    def __init__(
        self,
        tts: TextToSpeech,
        threads: Threads,
        encoder: ReplyEncoder,
        limits: Limits,
        *,
        language: str,
        with_transcript: bool,
    ) -> None:
        self.ready: asyncio.Queue[Sentence | Speech] = asyncio.Queue(_AHEAD)
        """Sentences and speech to send, in order. Shut down at the end, and after a failure."""

        self._tts = tts
        self._threads = threads
        self._encoder = encoder
        self._limits = limits
        self._language = language
        self._with_transcript = with_transcript

    async def run(self, pieces: AsyncIterator[str]) -> None:
        """Prepare the reply to its end; raises `TurnError`."""
        sentences: asyncio.Queue[str] = asyncio.Queue(_MAX_SENTENCES)
        speakable = Speakable()
        has_words = False
        splitting = asyncio.create_task(self._split(pieces, sentences))
        try:
            while True:
                sentence = await sentences.get()
                if text := speakable.convert(sentence):
                    has_words = True
                    await self._speak(sentence, text)
        except asyncio.QueueShutDown:
            await splitting
            if not has_words:
                raise TurnError(Fault.BRAIN, "the answer has no words to speak") from None
        finally:
            splitting.cancel()
            await asyncio.gather(splitting, return_exceptions=True)
            self.ready.shutdown()

    async def _split(self, pieces: AsyncIterator[str], sentences: asyncio.Queue[str]) -> None:
        """Split the answer into sentences, ahead of the voice."""
        splitter = SentenceSplitter()
        has_sentence = False
        try:
            piece: str | None = ""
            while piece is not None:
                with map_errors_to(Fault.BRAIN):
                    async with asyncio.timeout(self._limits.brain):
                        piece = await anext(pieces, None)
                for sentence in splitter.flush() if piece is None else splitter.feed(piece):
                    has_sentence = True
                    if self._with_transcript:
                        await self.ready.put(Sentence(sentence))
                    await sentences.put(sentence)
            if not has_sentence:
                raise TurnError(Fault.BRAIN, "there is nothing to say")
        finally:
            sentences.shutdown()

    async def _speak(self, sentence: str, text: str) -> None:
        """Synthesize and encode piece by piece, so that an interruption wastes little work.

        `text` is `sentence` in a form that the voice can speak.
        """
        starts: str | None = sentence
        with map_errors_to(Fault.TEXT_TO_SPEECH):
            async with aclosing(self._tts.speak(text, self._language, None)) as speech:
                async for audio in speech:
                    for samples in parts(audio.samples, _STEP * audio.rate):
                        encode = partial(self._encoder.encode, samples, audio.rate)
                        encoded = await self._threads.run_short(encode)
                        await self.ready.put(Speech(encoded, starts))
                        starts = None
