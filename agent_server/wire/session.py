"""One client in its conversation: messages in, events out."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from ..audio import encoder
from ..config import Agent
from ..conversation import BacklogError, Conversation
from ..conversation.cascade import CascadeConversation
from ..limits import Limits
from ..registry import Engines
from ..workers import Workers
from . import protocol
from .connection import Client
from .outbound import Outbound
from .protocol import ErrorCode, ProtocolError, Setup

_TOO_MUCH: Final = "There is more audio than a minute ahead of real time."


def open_conversation(
    client: Client,
    agent: Agent,
    setup: Setup,
    *,
    engines: Engines,
    workers: Workers,
    limits: Limits,
) -> Conversation:
    """Create the conversation that a client has asked for."""
    return CascadeConversation(
        agent,
        engines,
        workers,
        limits,
        emit=Outbound(client, enable_vad=setup.enable_vad).emit,
        new_encoder=partial(encoder, setup.output_format, setup.output_sample_rate),
        address=client.address,
    )


async def converse(client: Client, conversation: Conversation, limits: Limits) -> None:
    """Run a conversation to its end; raises `ClientGoneError` and `ProtocolError`."""
    tasks = [
        asyncio.create_task(_read(client, conversation.feed, limits)),
        asyncio.create_task(conversation.run()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(client: Client, feed: Callable[[bytes], None], limits: Limits) -> None:
    """Read the client's messages; a bad one only costs an error message."""
    forgiven = 0
    while True:
        try:
            audio = protocol.parse_audio_in(await client.receive())
        except ProtocolError as error:
            forgiven += 1
            if forgiven > limits.bad_messages:
                raise
            await client.send_error(error.code, error.detail, is_fatal=False)
        else:
            try:
                feed(audio)
            except BacklogError:
                raise ProtocolError(ErrorCode.BAD_MESSAGE, _TOO_MUCH) from None
