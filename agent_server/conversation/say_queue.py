"""The texts of the home that the agent is to speak."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from ..home import Say
from ..limits import Limits
from . import BacklogError


class SayStream:
    """One text, which may arrive in parts."""

    def __init__(self, language: str | None) -> None:
        self.language = language
        """None for the agent's language."""

        self._is_complete = False
        self._parts: deque[str] = deque()
        self._has_changed = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Characters that nobody has taken yet, and one for each part."""
        return sum(len(part) + 1 for part in self._parts)

    def add(self, text: str) -> None:
        """Append the next part."""
        self._parts.append(text)
        self._has_changed.set()

    def end(self) -> None:
        """Record that no more parts follow."""
        self._is_complete = True
        self._has_changed.set()

    async def parts(self) -> AsyncGenerator[str]:
        """Yield the parts as they come."""
        while self._parts or not self._is_complete:
            if self._parts:
                yield self._parts.popleft()
            else:
                self._has_changed.clear()
                await self._has_changed.wait()


class SayQueue:
    """The texts in order. Receiving one never waits, so their total length is limited."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._streams: deque[SayStream] = deque()
        """Texts that have not started."""

        self._open: SayStream | None = None
        """The text that the next part continues."""

        self._is_dropping = False
        """Whether the next part continues a text that was dropped."""

    @property
    def is_waiting(self) -> bool:
        """Whether a text has not started yet."""
        return bool(self._streams)

    def put(self, say: Say) -> None:
        """Queue a text or a part of one; raises `BacklogError` when too much waits."""
        if self._is_dropping:
            self._is_dropping = not say.is_final
            return
        stream = self._open or SayStream(say.language)
        waiting = sum(held.waiting for held in {*self._streams, stream})
        if waiting + len(say.text) >= self._limits.home_text:
            stream.end()  # The part of it that was accepted is spoken.
            self._open, self._is_dropping = None, not say.is_final
            raise BacklogError
        if self._open is None:
            self._open = stream
            self._streams.append(stream)
        stream.add(say.text)
        if say.is_final:
            stream.end()
            self._open = None

    def next(self) -> SayStream:
        """Return the next text to speak; there must be one."""
        return self._streams.popleft()

    def close(self, stream: SayStream) -> None:
        """Ignore the parts of a text that have not arrived yet."""
        if self._open is stream:
            self._open, self._is_dropping = None, True

    def drop(self) -> None:
        """Drop all texts that have not started."""
        for stream in self._streams:
            self.close(stream)
        self._streams.clear()

    def restart(self) -> None:
        """Treat the next part as the start of a text, even if an earlier one has no end."""
        if self._open is not None:
            self._open.end()
        self._open, self._is_dropping = None, False
