"""The order of transcriptions when the threads are busy."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from agent_server.fair_queue import FairQueue, Share


class Order:
    """Blocks the only thread, then records the order in which the waiting jobs run."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.ran: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.may = threading.Event()

    async def add(
        self,
        name: str,
        share: Share,
        seconds: float = 1.0,
        is_certain: Callable[[], bool] = lambda: True,
    ) -> asyncio.Task[None]:
        def work() -> None:
            self.may.wait(30)
            self.ran.append(name)

        task = asyncio.create_task(self.queue.run(share, seconds, is_certain, work))
        self.tasks.append(task)
        await asyncio.sleep(0)  # Let the task queue the job.
        return task

    async def finish(self) -> list[str]:
        self.may.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return self.ran[1:]


@asynccontextmanager
async def busy() -> AsyncIterator[Order]:
    queue = FairQueue(1, "test")
    order = Order(queue)
    await order.add("first", queue.join("192.0.2.9"))
    yield order
    order.may.set()
    queue.stop()


async def test_who_used_little_goes_first():
    async with busy() as order:
        rude, polite = order.queue.join("192.0.2.1"), order.queue.join("192.0.2.1")
        for number in range(3):
            await order.add(f"rude {number}", rude, 16)
        await order.add("polite", polite, 3)
        assert await order.finish() == ["rude 0", "polite", "rude 1", "rude 2"]


async def test_a_reconnection_is_no_advantage():
    async with busy() as order:
        old = order.queue.join("192.0.2.1")
        old.used = 60
        order.queue.leave(old)
        other = order.queue.join("192.0.2.2")
        other.used = 10
        await order.add("again", order.queue.join("192.0.2.1"))
        await order.add("other", other)
        assert await order.finish() == ["other", "again"]


async def test_use_in_quiet_times_does_not_count():
    async with busy() as order:
        regular = order.queue.join("192.0.2.1")
        for number in range(3):
            await order.add(f"alone {number}", regular, 9)
        await order.finish()
        order.may.clear()
        order.ran.clear()
        await order.add("first", order.queue.join("192.0.2.9"), 20)
        flood = order.queue.join("192.0.2.2")
        for number in range(3):
            await order.add(f"flood {number}", flood, 10)
        await order.add("regular", regular)
        assert await order.finish() == ["flood 0", "regular", "flood 1", "flood 2"]


async def test_a_guess_gives_way_until_it_is_certain():
    async with busy() as order:
        certain = asyncio.Event()
        shares = [order.queue.join("192.0.2.1") for _ in range(3)]
        for share, used in zip(shares, (0, 10, 20), strict=True):
            share.used = used
        await order.add("guess", shares[0], is_certain=lambda: False)
        await order.add("certain", shares[1])
        await order.add("certain now", shares[2], is_certain=certain.is_set)
        certain.set()
        assert await order.finish() == ["certain", "certain now", "guess"]


async def test_work_of_a_closed_conversation_is_dropped():
    async with busy() as order:
        share = order.queue.join("192.0.2.1")
        for number in range(5):
            (await order.add(f"dead {number}", share)).cancel()
        await order.add("alive", order.queue.join("192.0.2.2"))
        assert await order.finish() == ["alive"]


async def test_a_thread_that_cannot_start_is_free_again(monkeypatch: pytest.MonkeyPatch):
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    queue = FairQueue(1, "test")
    share = queue.join("192.0.2.1")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            await queue.run(share, 1.0, lambda: True, lambda: None)
    async with asyncio.timeout(30):
        assert await queue.run(share, 1.0, lambda: True, lambda: "done") == "done"
    queue.stop()


async def test_a_cancelled_job_keeps_its_thread_until_it_ends():
    async with busy() as order:
        order.tasks[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await order.tasks[0]
        await order.add("next", order.queue.join("192.0.2.1"))
        assert order.ran == []
        assert await order.finish() == ["next"]
