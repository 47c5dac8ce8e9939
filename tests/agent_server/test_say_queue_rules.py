"""The texts of the home that wait to be spoken, and their parts."""

import asyncio

import pytest

from agent_server.conversation import BacklogError
from agent_server.conversation.say_queue import SayQueue
from agent_server.home import Say
from agent_server.limits import Limits


async def parts(says: SayQueue) -> list[str]:
    return [part async for part in says.next().parts()]


async def test_texts_in_order():
    says = SayQueue(Limits())
    says.put(Say("One, ", is_final=False))
    says.put(Say("two."))
    says.put(Say("Three.", "de"))
    assert await parts(says) == ["One, ", "two."]
    stream = says.next()
    assert stream.language == "de"
    assert not says.is_waiting


async def test_few_texts_may_wait():
    says = SayQueue(Limits(home_text=10))
    says.put(Say("12345678"))
    with pytest.raises(BacklogError):
        says.put(Say("9"))
    assert await parts(says) == ["12345678"]


async def test_text_after_one_that_is_too_long():
    says = SayQueue(Limits(home_text=10))
    with pytest.raises(BacklogError):
        says.put(Say("1234567890"))
    assert not says.is_waiting
    says.put(Say("next"))
    assert await parts(says) == ["next"]


async def test_empty_parts_count():
    says = SayQueue(Limits(home_text=10))
    for _ in range(10):
        says.put(Say("", is_final=False))
    with pytest.raises(BacklogError):
        says.put(Say("", is_final=False))


@pytest.mark.parametrize("is_final", [True, False])
async def test_many_small_texts_take_little_time(is_final):
    """The time per text must not grow with the texts that wait, or this test times out."""
    says = SayQueue(Limits())
    for _ in range(Limits().home_text):
        says.put(Say("", is_final=is_final))
    with pytest.raises(BacklogError):
        says.put(Say("", is_final=is_final))


async def test_only_parts_that_nobody_has_taken_count():
    says = SayQueue(Limits(home_text=10))
    says.put(Say("1234", is_final=False))
    stream = says.next().parts()
    says.put(Say("567", is_final=False))
    with pytest.raises(BacklogError):
        says.put(Say("8", is_final=False))
    assert [part async for part in stream] == ["1234", "567"]
    says.restart()
    says.put(Say("1234", is_final=False))
    stream = says.next().parts()
    assert await anext(stream) == "1234"
    says.put(Say("12345678", is_final=False))
    says.put(Say("", is_final=True))
    assert [part async for part in stream] == ["12345678", ""]


async def test_texts_that_were_dropped_do_not_count():
    says = SayQueue(Limits(home_text=10))
    for _ in range(3):
        says.put(Say("123"))
        says.put(Say("456"))
        says.drop()
    says.put(Say("12345678"))
    assert await parts(says) == ["12345678"]


async def test_a_text_that_is_too_long_is_spoken_as_far_as_it_was_accepted():
    says = SayQueue(Limits(home_text=10))
    says.put(Say("1234", is_final=False))
    with pytest.raises(BacklogError):
        says.put(Say("56789", is_final=False))
    says.put(Say("a", is_final=False))
    says.put(Say("b"))
    says.put(Say("c"))
    assert await parts(says) == ["1234"]
    assert await parts(says) == ["c"]


async def test_the_rest_of_a_dropped_text_is_dropped():
    says = SayQueue(Limits())
    says.put(Say("One, ", is_final=False))
    says.drop()
    says.put(Say("two, ", is_final=False))
    says.put(Say("three."))
    assert not says.is_waiting
    says.put(Say("New."))
    assert await parts(says) == ["New."]


async def test_a_new_turn_begins_a_new_text():
    says = SayQueue(Limits())
    says.put(Say("One, ", is_final=False))
    says.close(says.next())
    says.restart()
    says.put(Say("New."))
    assert await parts(says) == ["New."]


async def test_a_new_turn_ends_a_text_that_has_no_end():
    says = SayQueue(Limits())
    says.put(Say("One, ", is_final=False))
    says.restart()
    says.put(Say("New."))
    stream = says.next()
    assert [part async for part in stream.parts()] == ["One, "]
    says.close(stream)
    assert await parts(says) == ["New."]


async def test_closing_an_earlier_text_leaves_the_next_one_alone():
    says = SayQueue(Limits())
    says.put(Say("One."))
    stream = says.next()
    says.put(Say("Two, ", is_final=False))
    says.close(stream)
    says.put(Say("three."))
    assert await parts(says) == ["Two, ", "three."]


async def test_parts_that_arrive_late():
    says = SayQueue(Limits())
    says.put(Say("One, ", is_final=False))
    stream = says.next().parts()
    assert await anext(stream) == "One, "
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0)
    assert not waiting.done()
    says.put(Say("two."))
    assert await waiting == "two."
    assert await anext(stream, None) is None


async def test_text_without_an_end_ends_with_the_turn():
    says = SayQueue(Limits())
    says.put(Say("One, ", is_final=False))
    stream = says.next().parts()
    assert await anext(stream) == "One, "
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(1)
    says.restart()
    await asyncio.sleep(1)
    assert waiting.done()
    assert waiting.result() is None


async def test_the_rest_of_a_dropped_text_may_be_long():
    says = SayQueue(Limits(home_text=10))
    says.put(Say("One, ", is_final=False))
    says.drop()
    for _ in range(10):
        says.put(Say("two, ", is_final=False))
    says.put(Say("three."))
    says.put(Say("New."))
    assert await parts(says) == ["New."]
