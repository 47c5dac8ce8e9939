"""Shares the threads of an expensive engine fairly between conversations.

Who has used the least goes first, and work that somebody certainly waits for goes before
speculative work. What was used is forgotten with time and survives a reconnection.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

_HALF_LIFE: Final = 20.0
"""Seconds in which half of what was used is forgotten."""

_ADDRESSES: Final = 1_000
"""Addresses whose closed conversations are remembered."""


@dataclass(slots=True)
class Share:
    """What one conversation has used, in seconds of audio."""

    address: str
    _used: float = 0.0
    _at: float = 0.0

    def used(self, now: float) -> float:
        """Return what is not forgotten yet."""
        return self._used * float(0.5 ** ((now - self._at) / _HALF_LIFE))

    def use(self, now: float, seconds: float) -> None:
        """Count work that begins now."""
        self._used, self._at = self.used(now) + seconds, now


@dataclass(eq=False, slots=True)
class _Job:
    share: Share
    is_certain: Callable[[], bool]
    turn: asyncio.Future[None]


class FairQueue:
    """Runs functions in a limited number of threads."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._free = threads
        self._jobs: list[_Job] = []
        self._left: OrderedDict[str, Share] = OrderedDict()

    def join(self, address: str) -> Share:
        """Return the share of a new conversation, with what earlier ones of it have used."""
        now = asyncio.get_running_loop().time()
        left = self._left.get(address)
        return Share(address, left.used(now) if left else 0.0, now)

    def leave(self, share: Share) -> None:
        """Remember the share of a conversation that is over."""
        now = asyncio.get_running_loop().time()
        left = self._left.get(share.address)
        if left is None or left.used(now) < share.used(now):
            self._left[share.address] = share
        self._left.move_to_end(share.address)
        if len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)

    async def run[T](
        self,
        share: Share,
        seconds: float,
        is_certain: Callable[[], bool],
        function: Callable[[], T],
    ) -> T:
        """Wait for a thread and run a function, which costs so many seconds of audio."""
        loop = asyncio.get_running_loop()
        job = _Job(share, is_certain, loop.create_future())
        self._jobs.append(job)
        self._call_next(loop)
        try:
            await job.turn
        except asyncio.CancelledError:
            if not job.turn.cancelled():
                self._release(loop)  # Its turn had come already.
            elif job in self._jobs:
                self._jobs.remove(job)
            raise
        share.use(loop.time(), seconds)
        running = self._pool.submit(function)

        def done(_: Future[Any]) -> None:
            # The thread is free now, even if nobody waits any more.
            with suppress(RuntimeError):  # The loop is closed.
                loop.call_soon_threadsafe(self._release, loop)

        running.add_done_callback(done)
        return await asyncio.wrap_future(running)

    def stop(self) -> None:
        """Begin nothing more; functions that run are not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        self._free += 1
        self._call_next(loop)

    def _call_next(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._free and self._jobs:
            # A few jobs for each conversation at most; what is certain changes meanwhile.
            job = min(self._jobs, key=lambda job: (not job.is_certain(), job.share.used(now)))
            self._jobs.remove(job)
            if not job.turn.cancelled():
                self._free -= 1
                job.turn.set_result(None)
