"""Queues the input of one user until it is processed."""

import asyncio
from collections import deque
from typing import Final

from ..audio import INPUT_RATE
from ..home import Handled, Hold, UserText
from ..limits import Limits
from . import BacklogError

SLICE: Final = INPUT_RATE // 2
"""Bytes taken at once: 0.5 s, so that the backlog of one user does not delay others."""


class Inbox:
    """Queues the user's µ-law and returns it in slices, in order; requests go first.

    Presses and releases of a button keep their places in the audio.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._audio = bytearray()
        self._audio_end = 0
        """Bytes of audio queued since the start."""

        self._holds: deque[tuple[int, Hold]] = deque()
        """Each hold, with the number of audio bytes before it."""

        self._requests: deque[UserText | Handled] = deque()
        self._is_woken = False
        self._has_items = asyncio.Event()
        self._ahead = 0.0
        self._last = 0.0

    def put(self, audio: bytes) -> None:
        """Queue audio; raises `BacklogError` when it is too far ahead of real time.

        Also raises it if this machine cannot keep up: audio processed a minute late is useless.
        """
        now = asyncio.get_running_loop().time()
        self._ahead = max(self._ahead - (now - self._last) * self._limits.drain, 0.0)
        self._ahead += max(len(audio) / INPUT_RATE, self._limits.message_audio)
        self._last = now
        waiting = (len(self._audio) + len(audio)) / INPUT_RATE
        if max(self._ahead, waiting) > self._limits.backlog:
            raise BacklogError
        if audio:
            self._audio += audio
            self._audio_end += len(audio)
            self._has_items.set()

    def put_request(self, request: UserText | Handled) -> None:
        """Queue a request of the home; raises `BacklogError` when too many wait."""
        if len(self._requests) >= self._limits.home_requests:
            raise BacklogError
        self._requests.append(request)
        self._has_items.set()

    def put_hold(self, hold: Hold) -> None:
        """Queue a press or a release after the audio; raises `BacklogError` when too many wait."""
        if len(self._holds) >= self._limits.home_requests:
            raise BacklogError
        self._holds.append((self._audio_end, hold))
        self._has_items.set()

    def wake(self) -> None:
        """Let `take` return None once."""
        self._is_woken = True
        self._has_items.set()

    async def take(self) -> bytes | UserText | Handled | Hold | None:
        """Wait; return the next request, None after `wake`, or at most a `SLICE` of audio."""
        await self._has_items.wait()
        taken: bytes | UserText | Handled | Hold | None
        if self._requests:
            taken = self._requests.popleft()
        elif self._is_woken:
            self._is_woken, taken = False, None
        else:
            taken = self._take_in_order()
        if not (self._requests or self._is_woken or self._holds or self._audio):
            self._has_items.clear()
        return taken

    def _take_in_order(self) -> bytes | Hold:
        size = SLICE
        if self._holds:
            size = min(SLICE, self._holds[0][0] - self._audio_end + len(self._audio))
            if not size:
                return self._holds.popleft()[1]
        audio = bytes(self._audio[:size])
        del self._audio[:size]
        return audio
