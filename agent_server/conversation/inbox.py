"""The audio of one user that is not processed yet."""

import asyncio
from typing import Final

from ..audio import INPUT_RATE
from ..limits import Limits
from . import BacklogError

SLICE: Final = INPUT_RATE // 2
"""Bytes taken at once: 0.5 s, so that the backlog of one user does not delay others."""


class Inbox:
    """Queues the user's µ-law and returns it in slices, in order."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._audio = bytearray()
        self._has_audio = asyncio.Event()
        self._ahead = 0.0
        self._last = 0.0

    def put(self, audio: bytes) -> None:
        """Queue audio; raises `BacklogError` when there is more than time can explain.

        This also happens when this machine is too slow: audio that is a minute late is useless.
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
            self._has_audio.set()

    async def take(self) -> bytes:
        """Wait for audio and return at most a `SLICE` of it."""
        await self._has_audio.wait()
        taken = bytes(self._audio[:SLICE])
        del self._audio[:SLICE]
        if not self._audio:
            self._has_audio.clear()
        return taken
