"""Makes room for a connection where a server allows no more."""

import asyncio
from collections.abc import Sequence
from operator import attrgetter

from .conversations import Conversations
from .health.watch import Watch


async def async_make_room(watches: Sequence[Watch], all_of: Sequence[Conversations]) -> bool:
    """Close one connection to a server; returns whether a second attempt is worth it.

    Checks and attempts to reconnect are stopped first. Without one, the conversation that has
    been idle longest is closed.
    """
    attempts = [task for watch in watches for task in watch.stop()]
    if attempts:
        await asyncio.gather(*attempts, return_exceptions=True)
        return True
    idle = [conversation for conversations in all_of for conversation in conversations.idle]
    if not idle:
        return False
    await min(idle, key=attrgetter("used_at")).session.close()
    return True
