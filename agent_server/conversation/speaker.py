"""Speaks an answer: text in pieces → sentences → speech → one audio stream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..audio import INPUT_RATE, Encoder, Samples, resample
from ..audio.resampler import Resampler
from ..echo.track import Track
from ..limits import Limits
from ..tts import TextToSpeech
from ..tts.sentences import SentenceSplitter
from ..tts.speakable import Speakable
from ..workers import Threads
from . import Emit
from .events import AgentSaid, Fault, ReplyAudio, ReplyEnded, ReplyStarted
from .faults import TurnError, blame
from .playback import Playback

_MAX_SENTENCES = 8
"""Sentences that the brain may be ahead of synthesis."""

_AHEAD = 2
"""Items that may wait to be sent: the first sentence and its first audio during a pause."""

_STEP = 1.0
"""Seconds of audio encoded at once."""

_MESSAGE = 0.2
"""Seconds of audio in a message."""


@dataclass(frozen=True, slots=True)
class _Words:
    """A sentence of the transcript."""

    sentence: str


@dataclass(frozen=True, slots=True)
class _Audio:
    """The next step of audio: seconds and bytes of each message."""

    pieces: list[tuple[float, bytes]]
    begins: str | None
    """The sentence that starts with this audio."""

    heard: Samples | None
    """The same audio at the rate of the user's audio, for the track."""


async def _at_once() -> None:
    """Return, so that a reply begins as soon as it is ready."""


class Reply:
    """One reply: one stream of audio, in however many pieces the answer arrives."""

    def __init__(
        self,
        emit: Emit,
        tts: TextToSpeech,
        threads: Threads,
        *,
        language: str,
        limits: Limits,
        new_encoder: Callable[[int], Encoder],
        next_stream: Callable[[], int],
        track: Track | None = None,
    ) -> None:
        """`next_stream` returns the number of a stream of audio that begins.

        The `track` gets the audio that is sent.
        """
        self.track = track
        self.stream = 0
        """The number of its stream in the connection; 0 before it has begun."""

        self.has_begun = False
        """Whether `ReplyStarted` was emitted."""

        self.has_ended = False
        """Whether `ReplyEnded` was emitted."""

        self.playback = Playback(asyncio.get_running_loop().time)
        self._emit = emit
        self._tts = tts
        self._threads = threads
        self.language = language
        self._limits = limits
        self._new_encoder = new_encoder
        self._next_stream = next_stream
        self._encoder: Encoder | None = None
        self._resampler: Resampler | None = None
        """For the track."""

        self._rate: int | None = None
        """Of the first audio: that of the encoder."""

        self._ready: asyncio.Queue[_Words | _Audio] = asyncio.Queue(_AHEAD)
        """Ready to be sent."""

    async def speak(
        self,
        pieces: AsyncGenerator[str],
        *,
        may_begin: Callable[[], Awaitable[object]] = _at_once,
        with_transcript: bool = True,
    ) -> None:
        """Speak to the end; raises `TurnError`, after everything before the failure was sent.

        The start of the answer is prepared at once, but nothing is sent until `may_begin`
        returns. Closes `pieces`.
        """
        try:
            async with aclosing(pieces):
                await self._speak(pieces, may_begin, with_transcript=with_transcript)
        finally:
            # Codecs are large; `playback` stays usable.
            self._encoder = self._resampler = None

    async def _speak(
        self,
        pieces: AsyncIterator[str],
        may_begin: Callable[[], Awaitable[object]],
        *,
        with_transcript: bool,
    ) -> None:
        making = asyncio.create_task(self._make(pieces, with_transcript=with_transcript))
        try:
            await may_begin()
            await self._send()
            if not self._is_full:
                await making
        except TurnError:
            if self.has_begun:
                await self._end()
            raise
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
        await self._end()

    async def _send(self) -> None:
        """Send until the reply is complete, or as long as a reply may be."""
        with suppress(asyncio.QueueShutDown):
            while not self._is_full:
                match await self._ready.get():
                    case _Words(sentence):
                        await self._emit(AgentSaid(sentence))
                    case _Audio(pieces, begins, heard):
                        if begins is not None:
                            self.playback.begin_sentence(begins)
                        if self.track is not None and heard is not None:
                            self.track.add(heard)
                        for seconds, data in pieces:
                            self.playback.add(seconds)
                            await self._send_audio(data)

    async def _make(self, pieces: AsyncIterator[str], *, with_transcript: bool) -> None:
        """Prepare the reply a little ahead of sending."""
        sentences: asyncio.Queue[str] = asyncio.Queue(_MAX_SENTENCES)
        speakable = Speakable()
        has_words = False
        split = asyncio.create_task(self._split(pieces, sentences, with_transcript=with_transcript))
        try:
            while True:
                sentence = await sentences.get()
                if text := speakable.convert(sentence):
                    has_words = True
                    await self._say(sentence, text)
        except asyncio.QueueShutDown:
            await split
            if not has_words:
                raise TurnError(Fault.BRAIN, "the answer has no words to speak") from None
        finally:
            split.cancel()
            await asyncio.gather(split, return_exceptions=True)
            self._ready.shutdown()

    async def _split(
        self, pieces: AsyncIterator[str], sentences: asyncio.Queue[str], *, with_transcript: bool
    ) -> None:
        """Split the answer into sentences, ahead of synthesis."""
        splitter = SentenceSplitter()
        found = False
        try:
            piece: str | None = ""
            while piece is not None:
                with blame(Fault.BRAIN):
                    async with asyncio.timeout(self._limits.brain):
                        piece = await anext(pieces, None)
                for sentence in splitter.flush() if piece is None else splitter.feed(piece):
                    found = True
                    if with_transcript:
                        await self._ready.put(_Words(sentence))
                    await sentences.put(sentence)
            if not found:
                raise TurnError(Fault.BRAIN, "the brain has no answer")
        finally:
            sentences.shutdown()

    async def _say(self, sentence: str, text: str) -> None:
        """Synthesize and encode, one piece after the other: an interruption wastes little.

        `text` is what the voice says for a sentence.
        """
        begins: str | None = sentence
        with blame(Fault.TEXT_TO_SPEECH):
            async with aclosing(self._tts.speak(text, self.language, None)) as speech:
                async for audio in speech:
                    for samples in _parts(audio.samples, _STEP * audio.rate):
                        encode = partial(self._encode, samples, audio.rate)
                        messages, heard = await self._threads.run_short(encode)
                        await self._ready.put(_Audio(messages, begins, heard))
                        begins = None

    def _encode(
        self, samples: Samples, rate: int
    ) -> tuple[list[tuple[float, bytes]], Samples | None]:
        """Return messages with their seconds, and the samples for the track."""
        with blame(Fault.TURN):
            if self._rate is None:
                self._rate = rate
            elif rate != self._rate:  # Another engine has taken over in the reply.
                samples, rate = resample(samples, rate, self._rate), self._rate
            # Not the attribute: the reply may be stopped and release it at any moment.
            stream = self._encoder = self._encoder or self._new_encoder(rate)
            messages = [
                (part.size / rate, stream.encode(part)) for part in _parts(samples, _MESSAGE * rate)
            ]
            return messages, self._at_input_rate(samples, rate)

    def _at_input_rate(self, samples: Samples, rate: int) -> Samples | None:
        if self.track is None:
            return None
        resampler = self._resampler = self._resampler or Resampler("flt", INPUT_RATE, rate)
        frames = [frame.to_ndarray().reshape(-1) for frame in resampler.frames(samples)]
        return np.concatenate([samples[:0], *frames], dtype=np.float32)

    @property
    def _is_full(self) -> bool:
        return self.playback.sent >= self._limits.reply

    async def _send_audio(self, data: bytes) -> None:
        if not data:
            return
        if not self.has_begun:
            self.has_begun = True
            self.stream = self._next_stream()
            await self._emit(ReplyStarted())
        await self._emit(ReplyAudio(data))

    async def _end(self) -> None:
        """Send what the codec kept back, and the end of the reply."""
        if self._encoder is not None:
            with blame(Fault.TURN):
                await self._send_audio(await self._threads.run_short(self._encoder.finish))
        if not self.has_begun:
            raise TurnError(Fault.TEXT_TO_SPEECH, "the voice produced no audio")
        await self.send_end()

    async def send_end(self) -> None:
        """Emit the end of the reply once, if it has started."""
        if self.has_begun and not self.has_ended:
            self.has_ended = True
            await self._emit(ReplyEnded(is_cut_off=self._is_full))


def _parts(samples: Samples, length: float) -> Iterator[Samples]:
    """Cut into parts of a length in samples; the last one may be shorter."""
    size = round(length)
    return (samples[n : n + size] for n in range(0, samples.size, size))
