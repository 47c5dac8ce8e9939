"""Queues what one user sent until it is processed."""

import asyncio
from collections import deque
from typing import Final

from ..audio import INPUT_RATE
from ..home import Handled, UserText
from ..limits import Limits
from . import BacklogError

SLICE: Final = INPUT_RATE // 2
"""Bytes taken at once: 0.5 s, so that the backlog of one user does not delay others."""


class Inbox:
    """Queues the user's µ-law and returns it in slices, in order; requests go first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._audio = bytearray()
        self._requests: deque[UserText | Handled] = deque()
        self._is_woken = False
        self._has_items = asyncio.Event()
        self._ahead = 0.0
        self._last = 0.0

    def put(self, audio: bytes) -> None:
        """Queue audio; raises `BacklogError` when it is too far ahead of real time.

        Also when this machine cannot keep up: audio that is processed a minute late is useless.
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
            self._has_items.set()

    def put_request(self, request: UserText | Handled) -> None:
        """Queue a request of the home; raises `BacklogError` when too many wait."""
        if len(self._requests) >= self._limits.home_requests:
            raise BacklogError
        self._requests.append(request)
        self._has_items.set()

    def wake(self) -> None:
        """Let `take` return None once."""
        self._is_woken = True
        self._has_items.set()

    async def take(self) -> bytes | UserText | Handled | None:
        """Wait; return the next request, None after `wake`, or at most a `SLICE` of audio."""
        await self._has_items.wait()
        taken: bytes | UserText | Handled | None
        if self._requests:
            taken = self._requests.popleft()
        elif self._is_woken:
            self._is_woken, taken = False, None
        else:
            taken = bytes(self._audio[:SLICE])
            del self._audio[:SLICE]
        if not (self._requests or self._is_woken or self._audio):
            self._has_items.clear()
        return taken
