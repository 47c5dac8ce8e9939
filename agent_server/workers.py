"""Threads for blocking work, shared by all conversations.

Short steps have separate threads, so that they never wait for transcription or synthesis.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from .fair_queue import FairQueue


class Workers:
    """The threads of the process: for short functions in order, for long ones a fair queue."""

    def __init__(self, timeout: float) -> None:
        """`timeout` is the longest wait for any function, in seconds."""
        cores = os.process_cpu_count() or 1
        self.timeout = timeout
        self.short = ThreadPoolExecutor(cores, "short")
        self.long = FairQueue(cores, "long")

    def stop(self) -> None:
        """Start nothing more. Does not wait for functions that are running."""
        self.short.shutdown(wait=False, cancel_futures=True)
        self.long.stop()


class Threads:
    """The workers as one conversation uses them."""

    def __init__(
        self, workers: Workers, address: str, is_certain: Callable[[], bool] = lambda: True
    ) -> None:
        """`is_certain` returns whether the current reply is needed, and not speculative."""
        self._workers = workers
        self._share = workers.long.join(address)
        self._is_certain = is_certain

    async def run_short[T](self, function: Callable[[], T]) -> T:
        """Run a function that takes a few milliseconds; raises `TimeoutError`.

        Each conversation runs few at a time, so running them in order is fair.
        """
        async with asyncio.timeout(self._workers.timeout):
            return await asyncio.get_running_loop().run_in_executor(self._workers.short, function)

    async def run_long[T](
        self,
        cost: float,
        function: Callable[[], T],
        is_certain: Callable[[], bool] | None = None,
    ) -> T:
        """Run one step of an engine; raises `TimeoutError`.

        It costs as much as transcribing `cost` seconds. `is_certain` replaces that of the reply.
        """
        async with asyncio.timeout(self._workers.timeout):
            return await self._workers.long.run(
                self._share, cost, is_certain or self._is_certain, function
            )

    def leave(self) -> None:
        """Remember the use of this conversation for the next one of its address."""
        self._workers.long.leave(self._share)
