"""Speaks an answer to a client: text in pieces → sentences → voice → one audio stream."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from ..audio import Encoder, Samples, encoder
from ..errors import EngineError
from ..fair_queue import Share
from ..limits import Limits
from ..tts import Voice
from ..tts.sentences import SentenceSplitter
from ..wire import protocol
from ..wire.connection import Client, ClientGoneError
from ..wire.protocol import ErrorCode, Setup
from ..workers import Workers
from .playback import Playback

_MAX_SENTENCES = 8
"""Sentences that a brain may be ahead of the voice."""

_AHEAD = 2
"""Things to send that may wait: the first words and their first audio while a pause lasts."""

_STEP = 1.0
"""Seconds of audio encoded at once."""

_MESSAGE = 0.2
"""Seconds of audio in a message."""

_CHARACTERS_PER_COST = 25
"""Characters that take as long to synthesize as a second of speech takes to transcribe."""


class TurnError(Exception):
    """A turn failed, by the fault of what the code names."""

    def __init__(self, code: ErrorCode, reason: str, *, is_expected: bool = True) -> None:
        super().__init__(reason)
        self.code = code
        self.is_expected = is_expected
        """Whether an engine itself said what is wrong; else the cause is worth a traceback."""


@contextmanager
def blame(code: ErrorCode) -> Iterator[None]:
    """Turn whatever fails inside into a `TurnError` with a code."""
    try:
        yield
    except TurnError, ClientGoneError:
        raise
    except Exception as error:
        is_expected = isinstance(error, EngineError | TimeoutError)
        reason = f"{type(error).__name__}: {error}"
        raise TurnError(code, reason, is_expected=is_expected) from error


@dataclass(frozen=True, slots=True)
class _Words:
    """Words that the client is told of."""

    sentence: str


@dataclass(frozen=True, slots=True)
class _Audio:
    """The next step of the audio: seconds and bytes of each message."""

    pieces: list[tuple[float, bytes]]
    begins: str | None
    """The sentence whose audio begins with it."""


class Reply:
    """One reply: one stream of audio, however many pieces the answer comes in."""

    def __init__(
        self,
        client: Client,
        *,
        voice: Voice,
        workers: Workers,
        share: Share,
        limits: Limits,
        setup: Setup,
        is_certain: Callable[[], bool],
    ) -> None:
        """`is_certain` returns whether the reply is needed, and not only a guess."""
        self.has_begun = False
        """Whether the client was told that a reply begins."""

        self.has_ended = False
        """Whether the client was told that no more of it will come."""

        self.playback = Playback(asyncio.get_running_loop().time)
        self._client = client
        self._voice = voice
        self._workers = workers
        self._share = share
        self._is_certain = is_certain
        self._limits = limits
        self._setup = setup
        self._encoder: Encoder | None = None
        self._ready: asyncio.Queue[_Words | _Audio] = asyncio.Queue(_AHEAD)
        """What can be sent."""

    async def speak(
        self,
        pieces: AsyncIterator[str],
        *,
        may_begin: Callable[[], Awaitable[object]],
        tell_words: bool = True,
    ) -> None:
        """Speak to the end; raises `TurnError`, after all that came before the failure.

        The first words are thought and spoken at once, but nothing is sent until `may_begin`
        returns.
        """
        making = asyncio.create_task(self._make(pieces, tell_words=tell_words))
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
        """Send what is ready until no more comes, or it is too much."""
        with suppress(asyncio.QueueShutDown):
            while not self._is_full:
                match await self._ready.get():
                    case _Words(sentence):
                        await self._client.send(protocol.agent_transcript(sentence))
                    case _Audio(pieces, begins):
                        if begins is not None:
                            self.playback.begin_sentence(begins)
                        for seconds, data in pieces:
                            self.playback.add(seconds)
                            await self._send_audio(data)
            self._client.log(logging.WARNING, "a reply is cut off, because it is too long")

    async def _make(self, pieces: AsyncIterator[str], *, tell_words: bool) -> None:
        """Think and speak, a little ahead of what is sent."""
        sentences: asyncio.Queue[str] = asyncio.Queue(_MAX_SENTENCES)
        split = asyncio.create_task(self._split(pieces, sentences, tell_words=tell_words))
        try:
            while True:
                await self._say(await sentences.get())
        except asyncio.QueueShutDown:
            await split
        finally:
            split.cancel()
            await asyncio.gather(split, return_exceptions=True)
            self._ready.shutdown()

    async def _split(
        self, pieces: AsyncIterator[str], sentences: asyncio.Queue[str], *, tell_words: bool
    ) -> None:
        """Hand on the sentences as the brain makes them, ahead of the voice."""
        splitter = SentenceSplitter()
        found = False
        try:
            piece: str | None = ""
            while piece is not None:
                with blame(ErrorCode.BRAIN_FAILED):
                    async with asyncio.timeout(self._limits.engine):
                        piece = await anext(pieces, None)
                for sentence in splitter.flush() if piece is None else splitter.feed(piece):
                    found = True
                    if tell_words:
                        await self._ready.put(_Words(sentence))
                    await sentences.put(sentence)
            if not found:
                raise TurnError(ErrorCode.BRAIN_FAILED, "the brain has no answer")
        finally:
            sentences.shutdown()

    async def _say(self, sentence: str) -> None:
        """Synthesize and encode, one piece after the other: an interruption wastes little."""
        begins: str | None = sentence
        cost = len(sentence) / _CHARACTERS_PER_COST
        with blame(ErrorCode.VOICE_FAILED):
            speech = self._voice.speak(sentence)
            while (samples := await self._synthesize(speech, cost)) is not None:
                cost = 0.0
                for step in _parts(samples, _STEP * self._voice.sample_rate):
                    encode = partial(self._encode, step)
                    await self._ready.put(_Audio(await self._workers.run_short(encode), begins))
                    begins = None

    async def _synthesize(self, speech: Iterator[Samples], cost: float) -> Samples | None:
        """Return the next piece of speech, None at the end."""
        return await self._workers.run_long(
            self._share, cost, self._is_certain, lambda: next(speech, None)
        )

    def _encode(self, samples: Samples) -> list[tuple[float, bytes]]:
        """Return messages with their seconds."""
        rate = self._voice.sample_rate
        with blame(ErrorCode.TURN_FAILED):
            # Not the attribute: the reply may be stopped and release it at any moment.
            stream = self._encoder = self._encoder or encoder(
                self._setup.output_format, self._setup.output_sample_rate, rate
            )
            return [
                (part.size / rate, stream.encode(part)) for part in _parts(samples, _MESSAGE * rate)
            ]

    @property
    def _is_full(self) -> bool:
        return self.playback.sent >= self._limits.reply

    async def _send_audio(self, data: bytes) -> None:
        if not data:
            return
        if not self.has_begun:
            self.has_begun = True
            await self._client.send(protocol.NEW_AUDIO_STREAM)
        await self._client.send(protocol.audio_stream(data))

    async def _end(self) -> None:
        """Send what the codec kept back, and tell that this was all."""
        if self._encoder is not None:
            with blame(ErrorCode.TURN_FAILED):
                await self._send_audio(await self._workers.run_short(self._encoder.finish))
        if not self.has_begun:
            raise TurnError(ErrorCode.VOICE_FAILED, "the voice made no audio")
        await self.tell_end()

    def release(self) -> None:
        """Give the codec back; what was heard is still to be asked for."""
        self._encoder = None

    async def tell_end(self) -> None:
        """Tell the client once that the stream is over, if it ever began."""
        if self.has_begun and not self.has_ended:
            self.has_ended = True
            await self._client.send(protocol.AUDIO_STREAM_END)


def _parts(samples: Samples, length: float) -> Iterator[Samples]:
    """Cut into parts of a length in samples; the last one may be shorter."""
    size = round(length)
    return (samples[n : n + size] for n in range(0, samples.size, size))
