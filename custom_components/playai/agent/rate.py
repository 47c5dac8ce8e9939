"""Limits the rate of the server's messages: more than any conversation needs is a flood."""

import asyncio
from typing import Final

from .messages import (
    Ask,
    AudioStream,
    ErrorMessage,
    Message,
    ToolCall,
    UndecodableAudio,
    VoiceActivityEnd,
    VoiceActivityStart,
)

__all__ = ["MessageLimits", "RateLimit"]

MAX_AUDIO: Final = (30_000, 200)
"""Audio messages: the burst, and the rate per second. Five minutes in pieces of 10 ms."""

MAX_EVENTS: Final = (100, 10)
"""Messages that reach automations or the home: nobody starts to speak five times in a second."""

MAX_OTHERS: Final = (2_000, 100)
"""All other messages, pings included: a transcript may be sent word by word."""


MAX_BYTES: Final = (64 * 1024 * 1024, 1024 * 1024)
"""Bytes of all messages: a reply of five minutes at 48 kHz in base64 is 38 MB."""


class RateLimit:
    """A token bucket; the owner ends the connection when it is empty."""

    def __init__(self, burst: int, per_second: float) -> None:
        """Allow `burst` messages at once, and `per_second` on average after that."""
        self._burst = burst
        self._per_second = per_second
        self._clock = asyncio.get_running_loop().time
        self._tokens = float(burst)
        self._filled_at = self._clock()

    def take(self, count: int = 1) -> bool:
        """Take tokens; return whether that is still within the limit."""
        now = self._clock()
        refill = (now - self._filled_at) * self._per_second
        self._tokens = min(self._burst, self._tokens + refill) - count
        self._filled_at = now
        return self._tokens >= 0


class MessageLimits:
    """The limits of one connection."""

    def __init__(self) -> None:
        self._audio = RateLimit(*MAX_AUDIO)
        self._events = RateLimit(*MAX_EVENTS)
        self._others = RateLimit(*MAX_OTHERS)
        self._bytes = RateLimit(*MAX_BYTES)

    def take(self, message: Message | None, size: int = 0) -> bool:
        """Count a message of `size` bytes; return whether it is within its limits.

        None stands for a frame without a message.
        """
        return self._bytes.take(size) and self._limit_of(message).take()

    def _limit_of(self, message: Message | None) -> RateLimit:
        match message:
            case AudioStream() | UndecodableAudio():
                return self._audio
            case VoiceActivityStart() | VoiceActivityEnd() | ErrorMessage() | Ask() | ToolCall():
                return self._events
            case _:
                return self._others
