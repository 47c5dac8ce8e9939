"""Waits for the end of the turn that runs when the server stops."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..conversation import Conversation
from ..limits import Limits

_INTERVAL: Final = 0.05
"""Seconds between two looks: a reply ends by time, without an event."""


async def last_turn(
    conversation: Conversation, limits: Limits, is_open: Callable[[], bool]
) -> None:
    """Return when no turn runs, or when the conversation is not open any more."""
    loop = asyncio.get_running_loop()
    busy_at = loop.time() - conversation.idle
    while is_open() and (conversation.is_busy or loop.time() - busy_at < limits.turn_gap):
        if conversation.is_busy:
            busy_at = loop.time()
        await asyncio.sleep(_INTERVAL)
