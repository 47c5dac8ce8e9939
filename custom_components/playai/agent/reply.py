"""The agent's spoken answer to one turn: received on one side, heard on the other.

The rules numbered here are those of turn-taking, see `session.py`.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from typing import Final, Protocol

from .errors import AgentError
from .settings import ServerTraits
from .timer import Timer
from .words import Transcript

STREAM_END_GRACE: Final = 0.3
"""Seconds after `audioStreamEnd` in which a new stream may go on with the reply (rule 6)."""

QUIET_SECONDS: Final = 2.5
"""Seconds of quiet that end a reply of a server that does not mark the end (rule 6)."""

STALL_SECONDS: Final = 15.0
"""Seconds of quiet that end a reply of a server that does mark the end (rule 6)."""

SILENCE_AFTER: Final = 0.5
"""Seconds a player may run dry before it gets silence (rule 6)."""

MAX_GAP: Final = 3.0
"""Seconds without a byte after which even a player that still has audio gets a little
silence: ESPHome's gives up when it reads nothing for 5 s, however much it has buffered."""

SILENCE_SECONDS: Final = 0.04
MAX_SECONDS: Final = 300.0
MAX_BYTES: Final = 32 * 1024 * 1024
CLAIM_SECONDS: Final = 5.0
"""Seconds in which the next stage must claim what was handed to it (rule 11)."""

SAMPLE_BYTES: Final = 2


class ReplyOwner(Protocol):
    """What a reply tells its session, each at most once."""

    def reply_heard(self, reply: Reply) -> None:
        """Tell that a listener got the first audio."""

    def reply_completing(self, reply: Reply) -> Iterator[bytes]:
        """Return what the decoder still holds: no more audio will come."""

    def reply_over(self, reply: Reply) -> None:
        """Tell that the reply was played to its end, cut off, or dropped."""


class Reply:
    """A reply whose first audio was received; `stream` gives its audio.

    It is *complete* when no more audio will come and *over* when that had time to play.
    """

    def __init__(self, owner: ReplyOwner, traits: ServerTraits, rate: int, delay: float) -> None:
        self.rate: Final = rate
        """Samples per second of the audio: 16-bit little-endian mono PCM."""

        self.response_time: Final = delay
        """Seconds from the end of the user's turn to the first audio received."""

        self.error: AgentError | None = None
        """Why the reply broke off, if it did."""

        self.is_complete = False
        self.is_over = False
        self.was_interrupted = False
        self._owner = owner
        self._traits = traits
        self._clock = asyncio.get_running_loop().time
        self._chunks: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._words_changed = asyncio.Event()
        self._transcript = Transcript()
        self._claimed = False
        self._listening = False
        self._received_bytes = 0
        self._received_until = self._clock()  # When all audio received has had time to play.
        self._handed_seconds = 0.0
        self._handed_at = 0.0
        self._played_until = 0.0  # When all audio handed to the listener has had time to play.
        self._filling = False
        self._stream_ended = False
        self._complete_timer = Timer(self._check_quiet)
        self._over_timer = Timer(self._check_over)
        self._claim_timer = Timer(self.drop)

    # What the listener's side calls.

    @property
    def was_heard(self) -> bool:
        """Whether a listener got any audio."""
        return self._handed_seconds > 0

    @property
    def played_seconds(self) -> float:
        """Seconds of the audio handed to the listener that had time to play."""
        return max(0.0, self._handed_seconds - max(0.0, self._played_until - self._clock()))

    @property
    def transcript(self) -> str:
        """The agent's words so far; empty with a server that does not send them."""
        return self._transcript.text

    def expect_listener(self) -> None:
        """Start the time in which `stream` must be called, else the reply is dropped (rule 11)."""
        if not self._claimed and not self.is_over:
            self._claim_timer.start(CLAIM_SECONDS)

    @property
    def is_marked(self) -> bool:
        """Whether the server has said that all audio was sent."""
        return self._stream_ended

    async def words(self) -> AsyncGenerator[str]:
        """Yield the agent's words as they come, until the reply is complete or cut off."""
        told = 0
        while True:
            if told < len(self.transcript):
                news = self.transcript[told:]
                told = len(self.transcript)
                yield news
            elif self.is_complete:
                return
            else:
                self._words_changed.clear()
                await self._words_changed.wait()

    async def stream(self) -> AsyncGenerator[bytes]:
        """Yield the audio as it comes, in steps of at most 100 ms, once.

        A reply that pauses gives silence in real time, so that a player does not run dry;
        one that is cut off, or breaks off, ends. Leaving the loop drops the rest.
        """
        if self._claimed:
            raise RuntimeError("this reply has a listener")
        self._claimed = self._listening = True
        self._claim_timer.stop()
        self._handed_at = self._played_until = self._clock()
        try:
            while not self.was_interrupted:
                if self._chunks:
                    yield self._hand(self._chunks.popleft())
                elif self.is_complete:
                    break
                elif await self._must_fill():
                    self._filling = True
                    yield self._hand(bytes(round(self.rate * SILENCE_SECONDS) * SAMPLE_BYTES))
        finally:
            self._listening = False
            if not self.is_complete or self._chunks:
                self.drop()
            else:
                self._chunks.clear()
                self._check_over()

    # What the session calls.

    def add(self, pcm: bytes) -> None:
        """Take audio that was received."""
        if self.is_complete:
            return
        self._chunks.append(pcm)
        self._received_bytes += len(pcm)
        now = self._clock()
        self._received_until = max(self._received_until, now) + self._seconds(pcm)
        self._filling = False
        self._changed.set()
        if self._received_bytes >= min(MAX_BYTES, MAX_SECONDS * self.rate * SAMPLE_BYTES):
            self.complete()
        elif self._stream_ended or not self._complete_timer.running:
            self._watch_quiet()

    def add_words(self, words: str) -> None:
        """Take a part of the agent's words."""
        if self.is_complete:
            return
        self._transcript.add(words)
        self._words_changed.set()

    def continue_words(self, transcript: Transcript) -> None:
        """Take over the transcript that began before the audio."""
        self._transcript = transcript

    def restart(self) -> None:
        """Drop what was not handed on: a new stream goes on with the reply (rule 5)."""
        self._chunks.clear()
        self._received_until = max(self._clock(), self._played_until)
        self._watch_quiet()

    def stream_ended(self) -> None:
        """Be complete soon, unless a new stream begins (rule 6)."""
        if not self.is_complete:
            self._stream_ended = True
            self._complete_timer.start(STREAM_END_GRACE)

    def complete(self, error: AgentError | None = None) -> None:
        """Take no more audio; what came is played."""
        if self.is_complete:
            return
        for pcm in self._owner.reply_completing(self):
            self._chunks.append(pcm)
            self._received_until = max(self._received_until, self._clock()) + self._seconds(pcm)
        self.error = error
        self.is_complete = True
        self._complete_timer.stop()
        self._changed.set()
        self._words_changed.set()
        self._check_over()

    def drop(self) -> None:
        """Stop at once: a new turn began, nobody listens, or the session is closed."""
        if self.is_over:
            return
        self.was_interrupted = True
        self._chunks.clear()
        self.is_complete = True
        self._changed.set()
        self._words_changed.set()
        self._end()

    def _hand(self, pcm: bytes) -> bytes:
        first = not self.was_heard
        now = self._clock()
        seconds = self._seconds(pcm)
        self._handed_at = now
        self._handed_seconds += seconds
        self._played_until = max(self._played_until, now) + seconds
        if first:
            self._owner.reply_heard(self)
        return pcm

    async def _must_fill(self) -> bool:
        """Wait for audio or the end of the reply; True when the listener needs silence first."""
        self._changed.clear()
        dry = self._played_until + (0 if self._filling else SILENCE_AFTER)
        try:
            async with asyncio.timeout_at(min(dry, self._handed_at + MAX_GAP)):
                await self._changed.wait()
        except TimeoutError:
            return True
        return False

    def _seconds(self, pcm: bytes) -> float:
        return len(pcm) / SAMPLE_BYTES / self.rate

    def _quiet_end(self) -> float:
        """Return when the reply is complete if no more audio comes (rule 6)."""
        limit = STALL_SECONDS if self._traits.marks_stream_end else QUIET_SECONDS
        return self._received_until + limit

    def _watch_quiet(self) -> None:
        self._stream_ended = False
        self._complete_timer.start_at(self._quiet_end())

    def _check_quiet(self) -> None:
        if self._stream_ended:
            self.complete()
        elif self._clock() >= self._quiet_end():
            self._traits.marks_stream_end = False  # Or it was forgotten this once: learnt again.
            self.complete()
        else:
            self._watch_quiet()

    def _check_over(self) -> None:
        """End a complete reply when what was handed on, or could have been, has played."""
        if not self.is_complete or self.is_over:
            return
        waits = self._chunks or not self._claimed
        end = max(self._received_until, self._played_until) if waits else self._played_until
        if self._clock() < end:
            self._over_timer.start_at(end)
        elif self._chunks and self._listening and self._clock() < end + CLAIM_SECONDS:
            self._over_timer.start(CLAIM_SECONDS)  # A slow listener is not cut off.
        else:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        for timer in (self._complete_timer, self._over_timer, self._claim_timer):
            timer.stop()
        self._owner.reply_over(self)
