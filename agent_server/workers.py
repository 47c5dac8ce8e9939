"""Threads for blocking work, shared by all conversations.

Short steps have threads of their own, so that they never wait for transcription or synthesis.
"""

import asyncio
import gc
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from .fair_queue import FairQueue, Share

_TIDY_SECONDS: Final = 1.0


class Workers:
    """Runs blocking functions: short ones in order, long ones fairly between conversations."""

    def __init__(self, timeout: float) -> None:
        """`timeout` is the longest wait for any function, in seconds."""
        cores = os.process_cpu_count() or 1
        self._timeout = timeout
        self._short = ThreadPoolExecutor(cores, "short")
        self.line = FairQueue(cores, "long")
        self._tidying: asyncio.TimerHandle | None = None

    async def run_short[T](self, function: Callable[[], T]) -> T:
        """Run a function that takes a few milliseconds; raises `TimeoutError`.

        A conversation runs one after the other, so that taking them in order is fair.
        """
        async with asyncio.timeout(self._timeout):
            return await asyncio.get_running_loop().run_in_executor(self._short, function)

    async def run_long[T](
        self, share: Share, cost: float, is_certain: Callable[[], bool], function: Callable[[], T]
    ) -> T:
        """Run a step that costs as much as transcribing `cost` seconds; raises `TimeoutError`."""
        async with asyncio.timeout(self._timeout):
            return await self.line.run(share, cost, is_certain, function)

    def tidy_soon(self) -> None:
        """Collect PyAV's reference cycles, which hold threads and up to 7 MB per reply.

        The garbage collector alone would run too late.
        """
        if self._tidying is None:
            loop = asyncio.get_running_loop()
            self._tidying = loop.call_later(_TIDY_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._tidying = None
        gc.collect()

    def stop(self) -> None:
        """Start nothing more. Does not wait for functions that are running."""
        if self._tidying is not None:
            self._tidying.cancel()
        self._short.shutdown(wait=False, cancel_futures=True)
        self.line.stop()
