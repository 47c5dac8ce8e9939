"""Sends one reply of the agent to the client, and knows how much of it was heard."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

from ..audio import Encoder
from ..echo.track import Track
from ..limits import Limits
from ..tts import TextToSpeech
from ..workers import Threads
from . import Emit
from .events import AgentSaid, Fault, ReplyAudio, ReplyEnded, ReplyStarted
from .faults import TurnError, map_errors_to
from .playback import Playback
from .reply_encoder import ReplyEncoder
from .synthesis import Sentence, Speech, Synthesis


async def _at_once() -> None:
    """Return, so that a reply begins as soon as it is ready."""


class Reply:
    """One reply: one stream of audio, even if the answer arrives in many pieces."""

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
        """`next_stream` begins a stream of audio and returns its number.

        The `track` gets the audio that is sent.
        """
        self.track = track
        self.language = language
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
        self._limits = limits
        self._new_encoder = new_encoder
        self._next_stream = next_stream
        self._encoder: ReplyEncoder | None = None
        """None unless the reply is being prepared: codecs need much memory."""

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
        encoder = ReplyEncoder(self._new_encoder, needs_heard=self.track is not None)
        synthesis = Synthesis(
            self._tts,
            self._threads,
            encoder,
            self._limits,
            language=self.language,
            with_transcript=with_transcript,
        )
        self._encoder = encoder
        try:
            async with aclosing(pieces):
                await self._speak(synthesis, pieces, may_begin)
        finally:
            self._encoder = None

    async def _speak(
        self,
        synthesis: Synthesis,
        pieces: AsyncGenerator[str],
        may_begin: Callable[[], Awaitable[object]],
    ) -> None:
        preparing = asyncio.create_task(synthesis.run(pieces))
        try:
            await may_begin()
            await self._send(synthesis)
            if not self._is_full:
                await preparing
        except TurnError:
            if self.has_begun:
                await self._finish()
            raise
        finally:
            preparing.cancel()
            await asyncio.gather(preparing, return_exceptions=True)
        await self._finish()

    async def _send(self, synthesis: Synthesis) -> None:
        """Send until the reply is complete, or as long as a reply may be."""
        with suppress(asyncio.QueueShutDown):
            while not self._is_full:
                match await synthesis.ready.get():
                    case Sentence(text):
                        await self._emit(AgentSaid(text))
                    case Speech() as speech:
                        await self._send_speech(speech)

    async def _send_speech(self, speech: Speech) -> None:
        if speech.starts is not None:
            self.playback.begin_sentence(speech.starts)
        if self.track is not None and speech.encoded.heard is not None:
            self.track.add(speech.encoded.heard)
        for seconds, data in speech.encoded.messages:
            self.playback.add(seconds)
            await self._send_audio(data)

    async def _send_audio(self, data: bytes) -> None:
        if not data:
            return
        if not self.has_begun:
            self.has_begun = True
            self.stream = self._next_stream()
            await self._emit(ReplyStarted())
        await self._emit(ReplyAudio(data))

    async def _finish(self) -> None:
        """Send the audio that the codec has kept back, and the end of the reply."""
        if self._encoder is not None:
            with map_errors_to(Fault.TURN):
                await self._send_audio(await self._threads.run_short(self._encoder.finish))
        if not self.has_begun:
            raise TurnError(Fault.TEXT_TO_SPEECH, "the voice produced no audio")
        await self.send_end()

    async def send_end(self) -> None:
        """Emit the end of the reply once, if it has started."""
        if self.has_begun and not self.has_ended:
            self.has_ended = True
            await self._emit(ReplyEnded(is_cut_off=self._is_full))

    @property
    def _is_full(self) -> bool:
        """Whether the reply is as long as a reply may be."""
        return self.playback.sent >= self._limits.reply
