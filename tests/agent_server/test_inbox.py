"""What waits to be processed, and how much of it may."""

import asyncio

import pytest

from agent_server.conversation import BacklogError
from agent_server.conversation.inbox import SLICE, Inbox
from agent_server.conversation.says import Says
from agent_server.home import Handled, Say, UserText
from agent_server.limits import Limits
from agent_server.wire.rate import MessageRate


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


async def parts(says: Says) -> list[str]:
    return [part async for part in says.next().parts()]


async def test_texts_in_order():
    says = Says(Limits())
    says.put(Say("One, ", is_final=False))
    says.put(Say("two."))
    says.put(Say("Three.", "de"))
    assert await parts(says) == ["One, ", "two."]
    stream = says.next()
    assert stream.language == "de"
    assert not says.is_waiting


async def test_few_texts_may_wait():
    says = Says(Limits(home_text=10))
    says.put(Say("12345678"))
    with pytest.raises(BacklogError):
        says.put(Say("9"))
    assert await parts(says) == ["12345678"]


async def test_empty_parts_count():
    says = Says(Limits(home_text=10))
    for _ in range(10):
        says.put(Say("", is_final=False))
    with pytest.raises(BacklogError):
        says.put(Say("", is_final=False))


async def test_a_text_that_is_too_long_is_spoken_as_far_as_it_was_taken():
    says = Says(Limits(home_text=10))
    says.put(Say("1234", is_final=False))
    with pytest.raises(BacklogError):
        says.put(Say("56789", is_final=False))
    says.put(Say("a", is_final=False))
    says.put(Say("b"))
    says.put(Say("c"))
    assert await parts(says) == ["1234"]
    assert await parts(says) == ["c"]


async def test_the_rest_of_a_dropped_text_is_dropped():
    says = Says(Limits())
    says.put(Say("One, ", is_final=False))
    says.drop()
    says.put(Say("two, ", is_final=False))
    says.put(Say("three."))
    assert not says.is_waiting
    says.put(Say("New."))
    assert await parts(says) == ["New."]


async def test_a_new_turn_begins_a_new_text():
    says = Says(Limits())
    says.put(Say("One, ", is_final=False))
    says.close(says.next())
    says.restart()
    says.put(Say("New."))
    assert await parts(says) == ["New."]


async def test_a_new_turn_ends_a_text_that_has_no_end():
    says = Says(Limits())
    says.put(Say("One, ", is_final=False))
    says.restart()
    says.put(Say("New."))
    stream = says.next()
    assert [part async for part in stream.parts()] == ["One, "]
    says.close(stream)
    assert await parts(says) == ["New."]


async def test_closing_an_earlier_text_leaves_the_next_one_alone():
    says = Says(Limits())
    says.put(Say("One."))
    stream = says.next()
    says.put(Say("Two, ", is_final=False))
    says.close(stream)
    says.put(Say("three."))
    assert await parts(says) == ["Two, ", "three."]


async def test_parts_that_come_late():
    says = Says(Limits())
    says.put(Say("One, ", is_final=False))
    stream = says.next().parts()
    assert await anext(stream) == "One, "
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0)
    assert not waiting.done()
    says.put(Say("two."))
    assert await waiting == "two."
    assert await anext(stream, None) is None


async def test_rate_of_messages(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    rate = MessageRate(Limits(home_messages=4, home_rate=2))
    assert [rate.take(0) for _ in range(5)] == [True] * 4 + [False]
    now += 1.0
    assert [rate.take(0) for _ in range(2)] == [True, False]
    now += 100.0
    assert [rate.take(4096) for _ in range(3)] == [True, True, False]
