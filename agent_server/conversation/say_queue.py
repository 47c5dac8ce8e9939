"""The texts of the home that the agent is to speak."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from ..home import Say
from ..limits import Limits
from . import BacklogError


def _cost(part: str) -> int:
    """Return the characters of a part, and one for the part itself."""
    return len(part) + 1


class SayStream:
    """One text, which may arrive in parts."""

    def __init__(self, language: str | None) -> None:
        self.language = language
        """None for the agent's language."""

        self.waiting = 0
        """The cost of the parts that nobody has taken yet."""

        self._is_complete = False
        self._parts: deque[str] = deque()
        self._has_changed = asyncio.Event()

    def add(self, text: str) -> None:
        """Append the next part."""
        self._parts.append(text)
        self.waiting += _cost(text)
        self._has_changed.set()

    def end(self) -> None:
        """Record that no more parts follow."""
        self._is_complete = True
        self._has_changed.set()

    async def parts(self) -> AsyncGenerator[str]:
        """Yield the parts as they come."""
        while self._parts or not self._is_complete:
            if self._parts:
                part = self._parts.popleft()
                self.waiting -= _cost(part)
                yield part
            else:
                self._has_changed.clear()
                await self._has_changed.wait()


class SayQueue:
    """The texts in order. Receiving one never waits, so their total length is limited."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._streams: deque[SayStream] = deque()
        """Texts that have not started."""

        self._waiting = 0
        """Their cost, which is not added up for each part: there may be thousands."""

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
        is_last = bool(self._streams) and self._streams[-1] is stream
        has_started = self._open is not None and not is_last
        waiting = self._waiting + (stream.waiting if has_started else 0)
        if waiting + len(say.text) >= self._limits.home_text:
            stream.end()  # The part of it that was accepted is spoken.
            self._open, self._is_dropping = None, not say.is_final
            raise BacklogError
        if self._open is None:
            self._open = stream
            self._streams.append(stream)
        if not has_started:
            self._waiting += _cost(say.text)
        stream.add(say.text)
        if say.is_final:
            stream.end()
            self._open = None

    def next(self) -> SayStream:
        """Return the next text to speak; there must be one."""
        stream = self._streams.popleft()
        self._waiting -= stream.waiting
        return stream

    def close(self, stream: SayStream) -> None:
        """Ignore the parts of a text that have not arrived yet."""
        if self._open is stream:
            self._open, self._is_dropping = None, True

    def drop(self) -> None:
        """Drop all texts that have not started."""
        for stream in self._streams:
            self.close(stream)
        self._streams.clear()
        self._waiting = 0

    def restart(self) -> None:
        """Treat the next part as the start of a text, even if an earlier one has no end."""
        if self._open is not None:
            self._open.end()
        self._open, self._is_dropping = None, False
