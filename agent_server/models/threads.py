"""Runs short blocking work in a thread."""

import asyncio
from collections.abc import Callable


async def run_to_end[T](function: Callable[[], T]) -> T:
    """Run a function in a thread and return its result.

    Cancellation waits for the function first: it may use a file that the caller closes next.
    """
    task = asyncio.ensure_future(asyncio.to_thread(function))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
