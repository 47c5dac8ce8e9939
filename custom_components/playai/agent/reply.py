"""The agent's spoken reply to one turn, between decoder and listener.

`turn_taking/` decides when a reply is complete, over or dropped.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from typing import Final, Protocol

from .audio import ReplyDecoder
from .errors import AgentError
from .settings import Timings
from .turn_taking.state import SAMPLE_BYTES, ReplyState

__all__ = [
    "Reply",
]

MAX_SECONDS: Final = Timings().reply
SILENCE_SECONDS: Final = 0.04


class ReplyOwner(Protocol):
    """The events that a reply reports to its session."""

    def listener_expected(self, reply: Reply) -> None:
        """A listener must come soon."""

    def listener_came(self, reply: Reply) -> None:
        """A listener has come."""

    def audio_handed(self, reply: Reply, size: int, *, is_silence: bool) -> None:
        """Bytes were delivered to the listener."""

    def audio_heard(self, reply: Reply, seconds: float) -> None:
        """The listener reports how much was heard."""

    def listener_left(self, reply: Reply) -> None:
        """The listener has left."""

    def reply_dropped(self, reply: Reply) -> None:
        """The reply was dropped by the caller."""


class Reply:
    """A reply; `stream` yields its audio.

    It owns its stream from `newAudioStream` on: the decoder and the audio that is queued for the
    listener.
    """

    def __init__(self, owner: ReplyOwner, state: ReplyState, timings: Timings) -> None:
        self.state: Final = state
        self._owner = owner
        self._timings = timings
        self._decoder: ReplyDecoder | None = None
        self._queue: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._words_changed = asyncio.Event()

    # The listener's side.

    @property
    def rate(self) -> int:
        """Samples per second of the audio: 16-bit little-endian mono PCM."""
        return self.state.rate

    @property
    def response_time(self) -> float:
        """Seconds from the end of the user's turn to the first audio received."""
        return self.state.response_time

    @property
    def error(self) -> AgentError | None:
        """Why the reply broke off, if it did."""
        return self.state.error

    @property
    def transcript(self) -> str:
        """The agent's words so far; empty if the server does not send them."""
        return self.state.transcript.text

    @property
    def is_complete(self) -> bool:
        """Whether no more audio will come."""
        return self.state.is_complete

    @property
    def is_over(self) -> bool:
        """Whether it has played, or was dropped."""
        return self.state.is_over

    @property
    def was_interrupted(self) -> bool:
        """Whether it was cut off."""
        return self.state.was_interrupted

    @property
    def is_whole(self) -> bool:
        """Whether all of it has arrived, and nothing was cut off."""
        return self.is_complete and not self.was_interrupted and self.error is None

    @property
    def was_heard(self) -> bool:
        """Whether a listener got any audio."""
        return self.state.was_heard

    def expect_listener(self) -> None:
        """Start the limit for calling `stream`, after which the reply is dropped (rule 11)."""
        self._owner.listener_expected(self)

    def heard(self, seconds: float) -> None:
        """Report how much of the audio was heard, by a listener that knows it.

        Without reports, the audio that `stream` has yielded counts as played at once, in real time.
        """
        self._owner.audio_heard(self, seconds)

    @property
    def heard_seconds(self) -> float:
        """Seconds of audio that were heard: reported by the listener, or estimated."""
        return self.state.played_seconds(asyncio.get_running_loop().time())

    def drop(self) -> None:
        """Drop the reply: nobody will listen."""
        self._owner.reply_dropped(self)

    async def words(self) -> AsyncGenerator[str]:
        """Yield the agent's words as they arrive, until the reply is complete or cut off."""
        yielded = 0
        while True:
            if yielded < len(self.transcript):
                more = self.transcript[yielded:]
                yielded = len(self.transcript)
                yield more
            elif self.is_complete:
                return
            else:
                self._words_changed.clear()
                await self._words_changed.wait()

    async def stream(self, *, fills_pauses: bool = True) -> AsyncGenerator[bytes]:
        """Yield the audio as it arrives, in steps of at most 100 ms.

        With `fills_pauses`, silence is yielded in real time while the reply pauses, so that a
        player does not run dry. The loop ends early if the reply is cut off or fails. Leaving the
        loop drops the rest. Raises `RuntimeError` for a second listener.
        """
        if self.state.is_claimed:
            raise RuntimeError("this reply has a listener")
        self._owner.listener_came(self)
        is_filling = False
        try:
            while not self.was_interrupted:
                if self._queue:
                    is_filling = False
                    yield self._hand(self._queue.popleft())
                elif self.is_complete:
                    break
                elif not fills_pauses:
                    self._changed.clear()
                    await self._changed.wait()
                elif await self._must_fill(is_filling):
                    is_filling = True
                    yield self._hand(self._silence(), is_silence=True)
        finally:
            self._owner.listener_left(self)

    # The session's side.

    def begin_stream(self, decoder: ReplyDecoder) -> None:
        """Decode a new stream, which continues the reply if it has begun (rule 5)."""
        self._decoder = decoder

    def end_stream(self) -> None:
        """Decode no more of the stream."""
        self._decoder = None

    @property
    def decoder(self) -> ReplyDecoder | None:
        """The decoder of the stream that is arriving."""
        return self._decoder

    def push(self, pcm: bytes) -> None:
        """Queue PCM for the listener."""
        self._queue.append(pcm)

    def flush(self) -> Iterator[tuple[bytes, int]]:
        """Yield the rest that the decoder holds, with its rate; raises `AgentError`."""
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            for pcm in decoder.flush():
                if pcm and decoder.rate is not None:
                    yield pcm, decoder.rate

    def drop_queue(self) -> None:
        """Drop the audio that is queued for the listener."""
        self._queue.clear()

    def changed(self) -> None:
        """Wake the tasks that wait for audio or words."""
        self._changed.set()
        self._words_changed.set()

    def _hand(self, pcm: bytes, *, is_silence: bool = False) -> bytes:
        self._owner.audio_handed(self, len(pcm), is_silence=is_silence)
        return pcm

    def _silence(self) -> bytes:
        return bytes(round(self.rate * SILENCE_SECONDS) * SAMPLE_BYTES)

    async def _must_fill(self, is_filling: bool) -> bool:
        """Wait for audio or the end of the reply; return True if silence is needed first."""
        self._changed.clear()
        state = self.state
        dry = state.played_until + (0 if is_filling else self._timings.silence_after)
        try:
            async with asyncio.timeout_at(min(dry, state.handed_at + self._timings.max_gap)):
                await self._changed.wait()
        except TimeoutError:
            return True
        return False
