"""Threads for the heavy work, shared by all conversations.

Short steps and transcriptions have threads of their own: a minute of speech that is being
transcribed keeps no other conversation from hearing and speaking.
"""

import asyncio
import gc
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_TIDY_SECONDS: Final = 1.0


class Workers:
    """Runs blocking functions; whoever asks first is served first."""

    def __init__(self, timeout: float) -> None:
        """`timeout` is the longest wait for any function, in seconds."""
        cores = os.process_cpu_count() or 1
        self._timeout = timeout
        self._short = ThreadPoolExecutor(cores, "short")
        self._long = ThreadPoolExecutor(cores, "long")
        self._tidying: asyncio.TimerHandle | None = None

    async def run_short[**P, T](
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run what takes milliseconds; raises `TimeoutError`."""
        return await self._run(self._short, lambda: function(*args, **kwargs))

    async def run_long[**P, T](
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run what may take seconds; raises `TimeoutError`."""
        return await self._run(self._long, lambda: function(*args, **kwargs))

    def tidy_soon(self) -> None:
        """Free what a codec leaves behind: PyAV's objects hold each other.

        They also hold threads and up to 7 MB for each reply: too much to wait until the
        collector comes by itself.
        """
        if self._tidying is None:
            loop = asyncio.get_running_loop()
            self._tidying = loop.call_later(_TIDY_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._tidying = None
        gc.collect()

    def stop(self) -> None:
        """Begin nothing more; what runs is not waited for."""
        if self._tidying is not None:
            self._tidying.cancel()
        for pool in (self._short, self._long):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _run[T](self, pool: ThreadPoolExecutor, function: Callable[[], T]) -> T:
        async with asyncio.timeout(self._timeout):
            return await asyncio.get_running_loop().run_in_executor(pool, function)
