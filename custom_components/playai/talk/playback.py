"""One reply as a page plays it: the audio sent, the audio played, and the words up to there."""

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

import numpy as np

from ..agent import Reply
from ..agent.audio import Resampler
from .frames import CHUNK_BYTES, CHUNK_MS, RATE, SAMPLE_BYTES, encode_reply
from .limits import AHEAD_MS

CHARACTER_MS: Final = 65
"""How long it takes to speak a character."""


class Playback:
    """Audio of one reply on its way to a page, with a bounded lead over the position heard."""

    def __init__(self, number: int, reply: Reply) -> None:
        self.number: Final = number
        self.reply: Final = reply
        self.heard_ms = 0.0
        self.sent_samples = 0
        self.is_flushed = False
        self.is_whole = False
        """Whether all of its audio was sent."""

        self.stopped = asyncio.Event()
        """Set when the page has reported where it has stopped."""

        self._resampler = Resampler(reply.rate, RATE)
        self._parts: list[tuple[int, str]] = []
        self._unheard: deque[tuple[int, bytes]] = deque()
        self._moved = asyncio.Event()

    @property
    def sent_ms(self) -> float:
        """The length of the audio that was sent."""
        return self.sent_samples / RATE * 1000

    @property
    def is_audible(self) -> bool:
        """Whether the page has audio to play; positions are rounded to milliseconds."""
        return not self.is_flushed and self.sent_ms - self.heard_ms > 1

    @property
    def is_heard(self) -> bool:
        """Whether the page has played everything; positions are rounded to milliseconds."""
        return self.is_whole and self.sent_ms - self.heard_ms < 1

    async def wait_for_credit(self) -> None:
        """Wait until the page may get more."""
        while self.sent_ms - self.heard_ms > AHEAD_MS - CHUNK_MS and not self.is_flushed:
            self._moved.clear()
            await self._moved.wait()

    def frames(self, pcm: bytes) -> Iterator[bytes]:
        """Yield the frames of more audio of the reply."""
        yield from self._frames(self._resampler.convert(np.frombuffer(pcm, np.int16)).tobytes())

    def last_frames(self) -> Iterator[bytes]:
        """Yield the rest of the audio."""
        yield from self._frames(self._resampler.finish().tobytes())
        self.is_whole = True

    def frames_from(self, sample: int) -> Iterator[bytes]:
        """Yield the audio again from a sample on, for a page that has missed it."""
        for offset, pcm in self._unheard:
            skipped = max(0, sample - offset) * SAMPLE_BYTES
            if skipped < len(pcm):
                start = offset + skipped // SAMPLE_BYTES
                yield encode_reply(self.number, start, pcm[skipped:])

    def _frames(self, pcm: bytes) -> Iterator[bytes]:
        for start in range(0, len(pcm), CHUNK_BYTES):
            chunk = pcm[start : start + CHUNK_BYTES]
            self._unheard.append((self.sent_samples, chunk))
            yield encode_reply(self.number, self.sent_samples, chunk)
            self.sent_samples += len(chunk) // SAMPLE_BYTES

    def heard(self, ms: float) -> None:
        """Take the position of the page; it never moves back, nor beyond the audio sent."""
        self.heard_ms = max(self.heard_ms, min(ms, self.sent_ms))
        self.reply.heard(self.heard_ms / 1000)
        heard = self.heard_ms / 1000 * RATE
        while self._unheard and self._unheard[0][0] + CHUNK_BYTES // SAMPLE_BYTES <= heard:
            self._unheard.popleft()
        self._moved.set()

    def flush(self) -> None:
        """Send no more."""
        self.is_flushed = True
        self._moved.set()

    # Words.

    @property
    def has_words(self) -> bool:
        """Whether anything was said."""
        return bool(self._parts)

    @property
    def words(self) -> str:
        """The words of the reply, even those that were not heard yet."""
        return "".join(text for _, text in self._parts)

    def say(self, text: str) -> int:
        """Add words that are spoken from now on; returns their position in milliseconds."""
        state = self.reply.state
        at = round(state.seconds(state.received_bytes) * 1000) if state.has_begun else 0
        self._parts.append((at, text))
        return at

    def words_until(self, ms: float) -> str:
        """Return the words that were spoken up to a position, whole words only."""
        said = ""
        starts = [at for at, _ in self._parts[1:]]
        for (at, text), following in zip_longest(self._parts, starts):
            # Nobody knows how much of the audio that has arrived belongs to the last words.
            until = at + len(text) * CHARACTER_MS if following is None else following
            if ms >= until:
                said += text
            elif ms > at:
                said += _whole_words(text, (ms - at) / (until - at))
        return said.strip()


def _whole_words(text: str, share: float) -> str:
    """Return a share of a text, without a word that was cut."""
    size = round(len(text) * min(share, 1.0))
    if size >= len(text) or text[size].isspace():
        return text[:size]
    return text[:size].rpartition(" ")[0]
