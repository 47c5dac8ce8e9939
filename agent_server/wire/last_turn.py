"""Waits for the end of a running turn when the server stops."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..conversation import Conversation
from ..limits import Limits

_INTERVAL: Final = 0.05
"""Seconds between checks: no event marks the end of playback."""


async def last_turn(
    conversation: Conversation, limits: Limits, is_open: Callable[[], bool]
) -> None:
    """Return when no turn is running, or the conversation is no longer open."""
    loop = asyncio.get_running_loop()
    busy_at = loop.time() - conversation.idle
    while is_open() and (conversation.is_busy or loop.time() - busy_at < limits.turn_gap):
        if conversation.is_busy:
            busy_at = loop.time()
        await asyncio.sleep(_INTERVAL)
