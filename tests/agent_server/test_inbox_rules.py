"""The queue of audio: its order, its bound and its slices."""

import asyncio

import pytest

from agent_server.conversation import BacklogError
from agent_server.conversation.inbox import SLICE, Inbox
from agent_server.home import Handled, UserText
from agent_server.limits import Limits

SECOND = 16_000
LIMITS = Limits(backlog=10.0, drain=1.25, message_audio=0.5)


async def test_audio_is_taken_in_order_and_in_slices_of_half_a_second() -> None:
    inbox = Inbox(LIMITS)
    inbox.put(b"a" * 6_000)
    inbox.put(b"b" * 6_000)
    assert await inbox.take() == b"a" * 6_000 + b"b" * 2_000
    assert await inbox.take() == b"b" * 4_000


async def test_slice_that_is_exactly_full_is_the_last() -> None:
    inbox = Inbox(LIMITS)
    inbox.put(bytes(8_000))
    assert await inbox.take() == bytes(8_000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await inbox.take()


async def test_take_waits_for_audio() -> None:
    inbox = Inbox(LIMITS)
    taking = asyncio.create_task(inbox.take())
    await asyncio.sleep(1)
    assert not taking.done()
    inbox.put(b"")
    await asyncio.sleep(1)
    assert not taking.done()
    inbox.put(b"a")
    assert await taking == b"a"


async def test_backlog_at_the_limit_is_accepted() -> None:
    inbox = Inbox(LIMITS)
    inbox.put(bytes(10 * SECOND))
    with pytest.raises(BacklogError):
        inbox.put(b"a")


async def test_audio_that_is_refused_is_not_queued() -> None:
    inbox = Inbox(LIMITS)
    inbox.put(b"a")
    with pytest.raises(BacklogError):
        inbox.put(bytes(10 * SECOND + 1))
    assert await inbox.take() == b"a"


async def test_backlog_drains_with_time_although_it_was_taken() -> None:
    """A client that sends faster than real time is ahead, however fast the server takes it."""
    inbox = Inbox(LIMITS)
    inbox.put(bytes(10 * SECOND))
    for _ in range(20):
        await inbox.take()
    await asyncio.sleep(4)
    inbox.put(bytes(5 * SECOND))  # 4 s drain 5 s.
    await asyncio.sleep(1)
    with pytest.raises(BacklogError):
        inbox.put(bytes(round(1.25 * SECOND) + 1))


async def test_time_before_the_audio_does_not_count() -> None:
    inbox = Inbox(LIMITS)
    inbox.put(bytes(SECOND))
    await asyncio.sleep(100)
    await inbox.take()
    await inbox.take()
    inbox.put(bytes(10 * SECOND))
    with pytest.raises(BacklogError):
        inbox.put(b"a")


async def test_audio_that_waits_for_this_machine_counts() -> None:
    inbox = Inbox(LIMITS)
    for _ in range(10):
        inbox.put(bytes(SECOND))
        await asyncio.sleep(1)
    with pytest.raises(BacklogError):
        inbox.put(b"a")
    await inbox.take()
    inbox.put(bytes(SECOND // 2))


async def test_each_message_counts_as_a_little_audio() -> None:
    inbox = Inbox(LIMITS)
    for _ in range(20):
        inbox.put(b"")
    with pytest.raises(BacklogError):
        inbox.put(b"")


# Requests of the home.


async def test_requests_go_before_audio():
    inbox = Inbox(Limits())
    inbox.put(b"\x01" * (SLICE + 5))
    inbox.wake()
    inbox.put_request(UserText("hello"))
    inbox.put_request(Handled())
    inbox.wake()
    taken = [await inbox.take() for _ in range(5)]
    assert taken == [UserText("hello"), Handled(), None, b"\x01" * SLICE, b"\x01" * 5]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.take()


async def test_few_requests_may_wait():
    inbox = Inbox(Limits(home_requests=2))
    inbox.put_request(Handled())
    inbox.put_request(Handled())
    with pytest.raises(BacklogError):
        inbox.put_request(Handled())
    await inbox.take()
    inbox.put_request(Handled())


async def test_requests_alone():
    inbox = Inbox(Limits())
    inbox.put_request(UserText("hello"))
    inbox.put_request(Handled())
    assert await inbox.take() == UserText("hello")
    async with asyncio.timeout(1):
        assert await inbox.take() == Handled()
