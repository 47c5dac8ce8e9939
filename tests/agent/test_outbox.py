"""The queue of messages to the server."""

import asyncio
from typing import Any

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.messages import Handled, Message, UserText
from custom_components.playai.agent.outbox import MAX_MESSAGES, Outbox


class Wire:
    """A connection whose server reads when the test allows it."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.reads = asyncio.Event()

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        self.sent.append(message)


async def test_messages_are_sent_in_order() -> None:
    wire: Any = Wire()
    wire.reads.set()
    outbox = Outbox()
    messages = [UserText(str(n)) for n in range(10)]
    for message in messages[:5]:
        outbox.put(message)
    sending = asyncio.create_task(outbox.run(wire))
    await outbox.wait_empty()
    for message in messages[5:]:
        outbox.put(message)
    await outbox.wait_empty()
    assert wire.sent == messages
    sending.cancel()


async def test_messages_of_a_lost_connection_are_dropped() -> None:
    wire: Any = Wire()
    outbox = Outbox()
    outbox.put(Handled())
    waiting = asyncio.create_task(outbox.wait_empty())
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.clear()
    await waiting
    wire.reads.set()
    sending = asyncio.create_task(outbox.run(wire))
    outbox.put(UserText("new"))
    await outbox.wait_empty()
    assert wire.sent == [UserText("new")]
    sending.cancel()


async def test_server_that_does_not_read() -> None:
    wire: Any = Wire()
    outbox = Outbox()
    for _ in range(MAX_MESSAGES + 10):
        outbox.put(Handled())
    sending = asyncio.create_task(outbox.run(wire))
    wire.reads.set()
    with pytest.raises(AgentError) as caught:
        await sending
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    assert len(wire.sent) == MAX_MESSAGES
    outbox.clear()
    await outbox.wait_empty()
