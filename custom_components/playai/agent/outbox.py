"""Sends messages other than audio, in order."""

import asyncio
from collections import deque
from typing import Final

from .connection import Connection
from .errors import AgentError, ErrorKind
from .messages import Message

MAX_MESSAGES: Final = 1_000
"""Messages that may wait: a server that does not read is cut off after some seconds."""


class Outbox:
    """The messages that wait to be sent on a connection."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._has_messages = asyncio.Event()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._has_overflowed = False

    def put(self, message: Message) -> None:
        """Send a message after those that wait."""
        if len(self._messages) >= MAX_MESSAGES:
            self._has_overflowed = True
        else:
            self._messages.append(message)
        self._is_empty.clear()
        self._has_messages.set()

    def clear(self) -> None:
        """Drop all messages: their connection is lost."""
        self._messages.clear()
        self._has_overflowed = False
        self._has_messages.clear()
        self._is_empty.set()

    async def wait_empty(self) -> None:
        """Wait until all messages are sent or dropped."""
        await self._is_empty.wait()

    async def run(self, connection: Connection) -> None:
        """Send until the task is cancelled; raises the `AgentError` of the connection."""
        while True:
            while self._messages:
                await connection.send(self._messages.popleft())
            if self._has_overflowed:
                raise AgentError(ErrorKind.CONNECTION_LOST, "the server reads too slowly")
            self._is_empty.set()
            self._has_messages.clear()
            await self._has_messages.wait()
