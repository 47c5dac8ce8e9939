"""One client in its conversation: messages in, events out."""

import asyncio
from functools import partial
from typing import Final

from ..audio import encoder
from ..config import Agent
from ..conversation import BacklogError, Conversation, UnknownStreamError
from ..conversation.cascade import CascadeConversation
from ..limits import Limits
from ..registry import Engines
from ..workers import Workers
from .messages import Edition, document, home, is_slow_to_parse
from .messages.document import Setup
from .messages.errors import ErrorCode, ProtocolError
from .outbound import Outbound
from .rate import MessageRate

_TOO_MUCH_AUDIO: Final = "The audio is more than a minute ahead of real time."
_TOO_MANY_MESSAGES: Final = "There are too many messages."
_TOO_MUCH_WAITS: Final = "Too many texts are waiting."
_UNKNOWN_STREAM: Final = "stream has not begun."


def open_conversation(
    outbound: Outbound,
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
        emit=outbound.emit,
        new_encoder=partial(encoder, setup.output_format, setup.output_sample_rate),
        address=outbound.client.address,
    )


async def converse(outbound: Outbound, conversation: Conversation, limits: Limits) -> None:
    """Run a conversation to its end; raises `ClientGoneError` and `ProtocolError`."""
    tasks = [
        asyncio.create_task(_read(outbound, conversation, limits)),
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


async def _read(outbound: Outbound, conversation: Conversation, limits: Limits) -> None:
    """Read the client's messages; a bad one only costs an error message.

    Takes each message without waiting, so that the user can always interrupt.
    """
    has_home = outbound.edition is Edition.HOME
    rate = MessageRate(limits)
    forgiven = 0
    while True:
        try:
            text = await outbound.client.receive()
            if has_home:
                _take(outbound, conversation, rate, text)
            else:
                _feed(conversation, document.parse_audio_in(text))
        except ProtocolError as error:
            forgiven += 1
            if error.is_fatal or forgiven > limits.bad_messages:
                raise
            await outbound.send_error(error.code, error.detail, is_fatal=False)


def _take(outbound: Outbound, conversation: Conversation, rate: MessageRate, text: str) -> None:
    """Process a message of a client with a home."""
    is_slow = is_slow_to_parse(text)
    if is_slow:
        _count(rate, text)  # Even as audio, and before it is parsed.
    message = home.parse(text)
    if isinstance(message, bytes):
        _feed(conversation, message)
        return
    if not is_slow:
        _count(rate, text)
    if message is not None:
        try:
            conversation.receive(message)
        except BacklogError:
            raise ProtocolError(ErrorCode.BAD_MESSAGE, _TOO_MUCH_WAITS) from None
        except UnknownStreamError:
            raise ProtocolError(ErrorCode.BAD_MESSAGE, _UNKNOWN_STREAM) from None
        outbound.metrics.received(message)


def _count(rate: MessageRate, text: str) -> None:
    if not rate.take(len(text)):
        raise ProtocolError(ErrorCode.BAD_MESSAGE, _TOO_MANY_MESSAGES, is_fatal=True)


def _feed(conversation: Conversation, audio: bytes) -> None:
    try:
        conversation.feed(audio)
    except BacklogError:
        raise ProtocolError(ErrorCode.BAD_MESSAGE, _TOO_MUCH_AUDIO, is_fatal=True) from None
