"""An event loop whose clock jumps to the next timer whenever there is nothing to do.

Sockets are real. A test that waits a minute takes as long as its messages need, and the
order of timers and messages is the same in every run.
"""

import asyncio
import selectors
import time
from typing import override


class _ClockSelector(selectors.DefaultSelector):
    """Selects as usual, but moves a clock forward in place of waiting."""

    now = 1000.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(None)  # Only a socket or a thread can go on.
        # What was just written to a loopback socket takes a moment to arrive.
        time.sleep(0.0002)
        ready = super().select(0)
        if not ready:
            self.now += timeout
        return ready


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """An event loop on a virtual clock that starts at 1000 s."""

    def __init__(self) -> None:
        self._virtual_clock = _ClockSelector()
        super().__init__(self._virtual_clock)

    @override
    def time(self) -> float:
        return self._virtual_clock.now
