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

from .line import Line, Share

_TIDY_SECONDS: Final = 1.0


class Workers:
    """Runs blocking functions: short ones in order, transcriptions by `Line`'s rules."""

    def __init__(self, timeout: float) -> None:
        """`timeout` is the longest wait for any function, in seconds."""
        cores = os.process_cpu_count() or 1
        self._timeout = timeout
        self._short = ThreadPoolExecutor(cores, "short")
        self.transcriptions = Line(cores, "long")
        self._tidying: asyncio.TimerHandle | None = None

    async def run_short[**P, T](
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run what takes milliseconds; raises `TimeoutError`."""
        async with asyncio.timeout(self._timeout):
            return await asyncio.get_running_loop().run_in_executor(
                self._short, lambda: function(*args, **kwargs)
            )

    async def transcribe(
        self,
        share: Share,
        seconds: float,
        is_certain: Callable[[], bool],
        function: Callable[[], str],
    ) -> str:
        """Transcribe some seconds of audio for a conversation; raises `TimeoutError`."""
        async with asyncio.timeout(self._timeout):
            return await self.transcriptions.run(share, seconds, is_certain, function)

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
        self._short.shutdown(wait=False, cancel_futures=True)
        self.transcriptions.stop()
