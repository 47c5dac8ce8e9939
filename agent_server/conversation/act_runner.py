"""Runs one act at a time in a task, and limits the wait for acts that were cancelled."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

_LOGGER = logging.getLogger(__name__)

_CLOSING: Final = 0.05
"""Seconds that an interruption waits for the brain and the voice to stop."""


class ActRunner:
    """Owns the tasks of the current act, and of those that were cancelled and have not ended."""

    def __init__(self, longest: float, on_ended: Callable[[], None]) -> None:
        """`longest` is how long a cancelled act may take to end, in seconds.

        `on_ended` is called after each act.
        """
        self._longest = longest
        self._on_ended = on_ended
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._stuck: set[asyncio.Task[None]] = set()
        """Acts that did not end in time: nothing waits for them any more."""

    @property
    def is_busy(self) -> bool:
        """Whether an act that was not cancelled is running."""
        return self._task is not None and not self._task.done()

    def start(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run an act as soon as those before it have ended."""
        self._task = asyncio.create_task(self._run(act))
        self._task.add_done_callback(lambda _: self._on_ended())

    async def cancel(self) -> None:
        """Cancel the current act. It may end later: a brain or a voice can be slow to stop."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            task.add_done_callback(self._stuck.discard)
            task.cancel()
            await asyncio.wait({task}, timeout=_CLOSING)

    async def close(self) -> None:
        """Cancel everything, and wait for it."""
        await self.cancel()
        await self._wait()

    async def _run(self, act: Callable[[], Awaitable[None]]) -> None:
        await self._wait()
        await act()

    async def _wait(self) -> None:
        """Wait until the acts that were cancelled have ended, or take too long."""
        if not self._ending:
            return
        _, stuck = await asyncio.wait(self._ending.copy(), timeout=self._longest)
        if stuck:
            _LOGGER.error("A brain or a voice has not stopped within %.0f s", self._longest)
            self._ending -= stuck
            self._stuck |= stuck
