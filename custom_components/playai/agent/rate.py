"""Limits the rate of the server's messages: more than any conversation needs is a flood."""

import asyncio
from typing import Final

from .messages import (
    AudioStream,
    ErrorMessage,
    Message,
    UndecodableAudio,
    VoiceActivityEnd,
    VoiceActivityStart,
)

MAX_AUDIO: Final = (30_000, 200)
"""Audio messages: the burst, and the rate per second. Five minutes in pieces of 10 ms."""

MAX_EVENTS: Final = (100, 10)
"""Messages that reach automations: nobody starts to speak five times in a second."""

MAX_OTHERS: Final = (2_000, 100)
"""All other messages, pings included: a transcript may be sent word by word."""


class RateLimit:
    """A token bucket; the owner ends the connection when it is empty."""

    def __init__(self, burst: int, per_second: float) -> None:
        """Allow `burst` messages at once, and `per_second` on average after that."""
        self._burst = burst
        self._per_second = per_second
        self._clock = asyncio.get_running_loop().time
        self._tokens = float(burst)
        self._filled_at = self._clock()

    def take(self) -> bool:
        """Count one message; return whether it is still within the limit."""
        now = self._clock()
        refill = (now - self._filled_at) * self._per_second
        self._tokens = min(self._burst, self._tokens + refill) - 1
        self._filled_at = now
        return self._tokens >= 0


class MessageLimits:
    """The limits of one connection."""

    def __init__(self) -> None:
        self._audio = RateLimit(*MAX_AUDIO)
        self._events = RateLimit(*MAX_EVENTS)
        self._others = RateLimit(*MAX_OTHERS)

    def take(self, message: Message | None) -> bool:
        """Count a message, None for a frame without one; return whether it is within its limit."""
        match message:
            case AudioStream() | UndecodableAudio():
                return self._audio.take()
            case VoiceActivityStart() | VoiceActivityEnd() | ErrorMessage():
                return self._events.take()
            case _:
                return self._others.take()
