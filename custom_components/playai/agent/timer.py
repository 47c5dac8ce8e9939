"""A timer that its owner starts, moves and stops."""

import asyncio
from collections.abc import Callable
from contextvars import Context


class Timer:
    """Calls back once, some seconds after it was last started.

    The callback runs in an empty context: what it sets off outlives the caller and must
    not look like a part of it.
    """

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._handle: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether the callback is still to come."""
        return self._handle is not None

    def start(self, seconds: float) -> None:
        """Call back in so many seconds, in place of any earlier time."""
        self.start_at(asyncio.get_running_loop().time() + seconds)

    def start_at(self, when: float) -> None:
        """Call back at a time of the loop's clock, in place of any earlier one."""
        self.stop()
        loop = asyncio.get_running_loop()
        self._handle = loop.call_at(when, self._fire, context=Context())

    def stop(self) -> None:
        """Do not call back."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        self._handle = None
        self._callback()
