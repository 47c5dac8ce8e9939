"""Limits how many messages of the home a client may send."""

import asyncio
from typing import Final

from ..limits import Limits

_MESSAGE_CHARACTERS: Final = 4096
"""Characters that count as one more message."""


class MessageRate:
    """A token bucket: many messages at once, fewer in the long run."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.home_messages
        self._last = asyncio.get_running_loop().time()

    def take(self, characters: int) -> bool:
        """Count a message; return whether it is allowed."""
        now = asyncio.get_running_loop().time()
        refilled = self._left + (now - self._last) * self._limits.home_rate
        self._last = now
        cost = 1 + characters / _MESSAGE_CHARACTERS
        self._left = min(refilled, self._limits.home_messages) - cost
        return self._left >= 0
