"""The virtual clock skips idle time, and only idle time."""

import asyncio
import threading

import pytest

from .clock import VirtualClockLoop


@pytest.fixture
def run():
    """Run a coroutine on the virtual clock."""
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        yield runner.run


def busy(seconds=0.05):
    """Take a moment of real time, as a name lookup does."""
    threading.Event().wait(seconds)
    return "done"


def test_nobody_waits_for_a_timer(run):
    async def sleep():
        start = asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time() - start

    assert run(sleep()) == 3600


def test_clock_stands_while_a_thread_works(run):
    async def work():
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(0.001):
            return await asyncio.to_thread(busy), await loop.run_in_executor(None, busy)

    assert run(work()) == ("done", "done")


def test_clock_stands_while_a_name_is_looked_up(run):
    async def look_up():
        loop = asyncio.get_running_loop()
        start = loop.time()
        assert await loop.getaddrinfo("localhost", 80)
        return loop.time() - start

    assert run(look_up()) == 0


def test_clock_continues_when_the_work_is_given_up(run):
    async def give_up():
        started, go_on = threading.Event(), threading.Event()

        def work():
            started.set()
            go_on.wait()

        task = asyncio.create_task(asyncio.to_thread(work))
        await asyncio.to_thread(started.wait)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(3600)
        go_on.set()

    run(give_up())


def test_threads_have_real_time_to_end():
    async def leave_work():
        asyncio.get_running_loop().run_in_executor(None, busy)

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(leave_work())


def test_what_was_sent_arrives_before_the_clock_moves(run):
    async def converse():
        loop = asyncio.get_running_loop()
        start = loop.time()

        async def echo(reader, writer):
            while line := await reader.readline():
                writer.write(line)
            writer.close()

        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(host, port)
            async with asyncio.timeout(0.001):
                for _ in range(1000):
                    writer.write(b"hello\n")
                    assert await reader.readline() == b"hello\n"
            writer.close()
        return loop.time() - start

    assert run(converse()) == 0
