"""The connection to one client; sending and closing take a limited time."""

import asyncio
import logging
from typing import Final

import aiohttp
from aiohttp import web

from ..conversation import ClientGoneError
from ..limits import Limits
from .admission import Connection
from .client_log import ClientLog
from .messages import ServerMessage, encode
from .messages.errors import ErrorCode, ProtocolError

WRITE_BUFFER: Final = 65_536
"""Bytes that may wait for a client before sending waits too."""


_MESSAGES_IN_A_ROW: Final = 16
"""Messages after which other tasks run, however many more are buffered."""


class Client:
    """One WebSocket.

    Sending waits while the client reads nothing, so no queue is needed.
    """

    def __init__(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        limits: Limits,
        log: ClientLog,
    ) -> None:
        self._log = log
        self._socket = socket
        self._transport = request.transport
        self._control_frames = limits.control_frames
        self._control_at = asyncio.get_running_loop().time()
        self._limits = limits
        self._received = 0
        protocol = self._transport.get_protocol() if self._transport is not None else None
        self._connection = protocol if isinstance(protocol, Connection) else None
        if self._transport is not None:
            self._transport.set_write_buffer_limits(WRITE_BUFFER, WRITE_BUFFER // 2)

    @property
    def address(self) -> str:
        """The address by which clients are limited."""
        return self._connection.address if self._connection is not None else ""

    def admit(self) -> None:
        """Lift the limits of a connection without a verified key."""
        if self._connection is not None:
            self._connection.admit()

    def log(self, level: int, problem: str) -> None:
        """Log a problem of this client; the same problem of its address is logged once a minute."""
        self._log.log(level, self.address, problem)

    async def send(self, message: ServerMessage) -> None:
        """Send a message; raises `ClientGoneError`."""
        try:
            async with asyncio.timeout(self._limits.write):
                await self._socket.send_str(encode(message))
        except TimeoutError:
            self.log(logging.WARNING, "dropped, because it does not read")
            self.drop()
            raise ClientGoneError from None
        except OSError, aiohttp.ClientError, RuntimeError:
            # A socket that is closed raises RuntimeError.
            raise ClientGoneError from None

    async def receive(self) -> str:
        """Wait for the next message.

        Raises `ClientGoneError` at the end of the connection and `ProtocolError` for a
        binary frame. A message that is too long ends the connection with code 1009, and too
        many pings end it, too.
        """
        # aiohttp returns buffered messages without suspending.
        self._received += 1
        if self._received % _MESSAGES_IN_A_ROW == 0:
            await asyncio.sleep(0)
        frame = await self._socket.receive()
        while frame.type in (aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG):
            await self._take_control_frame(frame)
            frame = await self._socket.receive()
        if frame.type is aiohttp.WSMsgType.TEXT:
            return str(frame.data)
        if frame.type is aiohttp.WSMsgType.BINARY:
            raise ProtocolError(ErrorCode.BAD_MESSAGE, "The message is binary.")
        raise ClientGoneError

    async def _take_control_frame(self, frame: aiohttp.WSMessage) -> None:
        """Answer a ping, but not more of them than a client can need.

        aiohttp would answer them all, as fast as they come.
        """
        now = asyncio.get_running_loop().time()
        allowed = self._control_frames + (now - self._control_at) / self._limits.control_interval
        self._control_at = now
        self._control_frames = min(allowed, self._limits.control_frames) - 1
        if self._control_frames < 0:
            self.log(logging.WARNING, "dropped, because it sends too many pings")
            self.drop()
            raise ClientGoneError
        if frame.type is aiohttp.WSMsgType.PING:
            try:
                async with asyncio.timeout(self._limits.write):
                    await self._socket.pong(frame.data)
            except TimeoutError, OSError, aiohttp.ClientError, RuntimeError:
                raise ClientGoneError from None

    async def close(self, code: int) -> None:
        """Close with a WebSocket close code, even if the client does not cooperate."""
        try:
            async with asyncio.timeout(self._limits.close):
                await self._socket.close(code=code)
        except TimeoutError, OSError, aiohttp.ClientError, RuntimeError:
            pass
        finally:
            self.drop()

    def drop(self) -> None:
        """Abort the connection unless it is closed and everything is sent.

        A client that does not read could keep the socket open otherwise.
        """
        transport = self._transport
        if transport is not None and (not self._socket.closed or transport.get_write_buffer_size()):
            transport.abort()
