"""An event loop whose clock jumps to the next timer whenever there is nothing to do.

Sockets and threads are real. A test that waits a minute takes as long as its messages need,
and the order of timers and messages is the same in every run.
"""

import asyncio
import selectors
import socket
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, override


class _ClockSelector(selectors.DefaultSelector):
    """A selector that advances a clock instead of waiting."""

    now = 1000.0

    def __init__(self) -> None:
        super().__init__()
        self.work_in_threads = 0
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._near = socket.create_connection(server.getsockname())
            self._far, _ = server.accept()
        self._near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.work_in_threads:
            return super().select(None)  # A socket or a thread ends the wait.
        self._let_loopback_deliver()
        ready = super().select(0)
        if not ready:
            self.now += timeout
        return ready

    def _let_loopback_deliver(self) -> None:
        """Send a byte, which arrives after everything that was sent before."""
        self._near.send(b"\0")
        self._far.recv(1)

    @override
    def close(self) -> None:
        super().close()
        self._near.close()
        self._far.close()


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """An event loop whose virtual clock starts at 1000 s and stops while a thread works."""

    def __init__(self) -> None:
        self._virtual_clock = _ClockSelector()
        super().__init__(self._virtual_clock)

    @override
    def time(self) -> float:
        return self._virtual_clock.now

    @override
    def run_in_executor[T, *Ts](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._virtual_clock.work_in_threads += 1
        future.add_done_callback(self._work_ended)
        return future

    def _work_ended(self, _: asyncio.Future[Any]) -> None:
        self._virtual_clock.work_in_threads -= 1

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        # Its time limit is for threads, which use the real clock.
        await super().shutdown_default_executor(None)
