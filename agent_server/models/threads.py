"""Runs short blocking work in a thread."""

import asyncio
from collections.abc import Callable


async def run_to_end[T](function: Callable[[], T]) -> T:
    """Run a function in a thread.

    When it is cancelled, it first waits for the function, which may use a file that the caller
    closes.
    """
    task = asyncio.ensure_future(asyncio.to_thread(function))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
