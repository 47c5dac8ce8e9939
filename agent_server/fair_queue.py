"""Shares threads fairly between conversations (start-time fair queuing).

The conversation that has used the least goes first, and work that is certainly needed goes
before speculative work. A conversation that was idle starts level with the others: earlier use
counts against it only if it exceeds theirs, even after a reconnection.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

_ADDRESSES: Final = 1_000
"""Addresses whose closed conversations are remembered."""


@dataclass(slots=True)
class Share:
    """The use of one conversation."""

    address: str
    used: float = 0.0
    """The use in seconds of transcribed audio; comparable only with other shares of the queue."""


@dataclass(eq=False, slots=True)
class _Job:
    share: Share
    cost: float
    is_certain: Callable[[], bool]
    turn: asyncio.Future[None]


class FairQueue:
    """Runs functions in a limited number of threads."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._free = threads
        self._jobs: list[_Job] = []
        self._served = 0.0
        """The highest use of a conversation at the start of its job."""

        self._left: OrderedDict[str, Share] = OrderedDict()

    @property
    def waiting(self) -> int:
        """The number of functions that wait for a thread."""
        return len(self._jobs)

    def join(self, address: str) -> Share:
        """Return the share of a new conversation, with the use of earlier ones of its address."""
        left = self._left.get(address)
        return Share(address, left.used if left else 0.0)

    def leave(self, share: Share) -> None:
        """Remember the share of a closed conversation."""
        left = self._left.get(share.address)
        if left is None or left.used < share.used:
            self._left[share.address] = share
        self._left.move_to_end(share.address)
        if len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)

    async def run[T](
        self, share: Share, cost: float, is_certain: Callable[[], bool], function: Callable[[], T]
    ) -> T:
        """Wait for a thread and return the function's result. `cost` is in seconds of audio."""
        loop = asyncio.get_running_loop()
        share.used = max(share.used, self._served)
        job = _Job(share, cost, is_certain, loop.create_future())
        self._jobs.append(job)
        self._call_next()
        try:
            await job.turn
        except asyncio.CancelledError:
            if not job.turn.cancelled():
                self._release()  # The thread was already assigned.
            elif job in self._jobs:
                self._jobs.remove(job)
            raise
        try:
            running = self._pool.submit(function)
        except RuntimeError:  # The system has no thread left, or the queue was stopped.
            self._release()
            raise

        def done(_: Future[Any]) -> None:
            # The thread is free now, even if the caller was cancelled.
            with suppress(RuntimeError):  # The loop is closed.
                loop.call_soon_threadsafe(self._release)

        running.add_done_callback(done)
        return await asyncio.wrap_future(running)

    def stop(self) -> None:
        """Start nothing more. Does not wait for functions that are running."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _release(self) -> None:
        self._free += 1
        self._call_next()

    def _call_next(self) -> None:
        while self._free and self._jobs:
            # Each conversation has few jobs, and certainty changes while they wait.
            job = min(self._jobs, key=lambda job: (not job.is_certain(), job.share.used))
            self._jobs.remove(job)
            if not job.turn.cancelled():
                self._free -= 1
                self._served = max(self._served, job.share.used)
                job.share.used += job.cost
                job.turn.set_result(None)
