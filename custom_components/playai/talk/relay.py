"""The sockets of a page over Home Assistant's own connection, where a proxy refuses other ones.

A page has one binary handler as long as its connection exists: Home Assistant reuses the ids of
handlers, and a late frame must not reach another one.
"""

import asyncio
import base64
import struct
from contextvars import Context
from enum import IntEnum
from typing import Any, Final

from aiohttp import WSCloseCode, WSMessage, WSMsgType
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import HomeAssistant, callback

from ..agent.rate import RateLimit
from ..const import DOMAIN
from .limits import (
    MAX_FRAME,
    RELAY_OPENS,
    RELAY_RECEIVED,
    RELAY_SOCKETS,
    RELAY_WAITING,
    RELAY_WINDOW,
)
from .page_link import CloseCode
from .socket import serve
from .talks import PATH

_HEADER: Final = struct.Struct("<BB")
_COUNT: Final = struct.Struct("<I")
_END: Final = WSMessage(WSMsgType.CLOSED, None, None)


class Operation(IntEnum):
    """Operations of a page on a socket."""

    OPEN = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 3
    ACKNOWLEDGE = 4
    """Of the whole page: how many events it has received."""


class Relay:
    """The sockets of one page."""

    def __init__(
        self,
        hass: HomeAssistant,
        connection: ActiveConnection,
        refresh_token_id: str,
        message_id: int,
    ) -> None:
        """Register the handler; `message_id` is that of the command, whose events are sent.

        Raises `RuntimeError` if the connection has too many handlers.
        """
        self._hass = hass
        self._connection = connection
        self._refresh_token_id = refresh_token_id
        self._message_id = message_id
        self._sockets: dict[int, RelayedSocket] = {}
        self._opens = RateLimit(*RELAY_OPENS)
        self._sent = 0
        self._acknowledged = 0
        self._moved = asyncio.Event()
        self._is_closed = False
        self.handler, self._unregister = connection.async_register_binary_handler(self._receive)

    @callback
    def close(self) -> None:
        """The connection is lost, or the page no longer needs it. Talks can be resumed."""
        self._is_closed = True
        self._unregister()
        self._moved.set()
        for socket in self._sockets.values():
            socket.end()

    def send(self, event: dict[str, Any]) -> None:
        """Send an event at once."""
        if not self._is_closed:
            self._sent += 1
            self._connection.send_event(self._message_id, event)

    async def wait_for_credit(self) -> None:
        """Wait until the page has received most of the messages."""
        while self._sent - self._acknowledged >= RELAY_WINDOW and not self._is_closed:
            self._moved.clear()
            await self._moved.wait()

    @callback
    def _receive(self, _: HomeAssistant, __: ActiveConnection, frame: bytes) -> None:
        """Take a frame of the page. It must not raise: Home Assistant would drop the handler."""
        if len(frame) < _HEADER.size:
            return
        number, operation = _HEADER.unpack_from(frame)
        content = frame[_HEADER.size :]
        if operation == Operation.ACKNOWLEDGE:
            self._acknowledge(content)
        elif operation == Operation.OPEN:
            self._open(number, content)
        elif (socket := self._sockets.get(number)) is not None:
            if operation == Operation.CLOSE:
                socket.end()
            else:
                socket.push(operation, content)

    def _acknowledge(self, content: bytes) -> None:
        if len(content) == _COUNT.size:
            (count,) = _COUNT.unpack(content)
            self._acknowledged = max(self._acknowledged, min(count, self._sent))
            self._moved.set()

    def _open(self, number: int, content: bytes) -> None:
        if (replaced := self._sockets.pop(number, None)) is not None:
            replaced.end()
        if not self._opens.take() or len(self._sockets) >= RELAY_SOCKETS:
            return  # The page waits in vain, as for a socket that a proxy holds back.
        path = content.decode(errors="replace").partition("?")[0]
        socket = self._sockets[number] = RelayedSocket(self, number)
        # The context of the connection is that of its user's commands.
        Context().run(
            self._hass.async_create_background_task,
            self._serve(socket, number, path.removeprefix(f"{PATH}/")),
            f"{DOMAIN} serves a page",
        )

    async def _serve(self, socket: RelayedSocket, number: int, token: str) -> None:
        self.send({"socket": number, "open": True})
        try:
            user = self._connection.user
            await serve(self._hass, socket, token, user, self._refresh_token_id)
        finally:
            await socket.close(code=WSCloseCode.ABNORMAL_CLOSURE)
            if self._sockets.get(number) is socket:
                del self._sockets[number]


class RelayedSocket:
    """One socket of a page; see `Socket`."""

    def __init__(self, relay: Relay, number: int) -> None:
        """Create a socket that is open."""
        self._relay = relay
        self._number = number
        self._received: asyncio.Queue[WSMessage] = asyncio.Queue()
        self._waiting = 0
        """Bytes and characters in the queue."""

        self._is_ended = False

    @callback
    def push(self, operation: int, content: bytes) -> None:
        """Take a frame of the page; its reader enforces the rate limits."""
        is_full = self._received.qsize() >= RELAY_RECEIVED or self._waiting >= RELAY_WAITING
        if self._is_ended or is_full:
            return
        if len(content) > MAX_FRAME:
            self._finish(WSCloseCode.MESSAGE_TOO_BIG)
        elif operation == Operation.BINARY:
            self._put(WSMessage(WSMsgType.BINARY, content, None))
        elif operation == Operation.TEXT:
            try:
                text = content.decode()
            except UnicodeDecodeError:
                self._finish(CloseCode.INVALID)
            else:
                self._put(WSMessage(WSMsgType.TEXT, text, None))

    def _put(self, message: WSMessage) -> None:
        self._waiting += len(message.data)
        self._received.put_nowait(message)

    @callback
    def end(self) -> None:
        """The page is gone."""
        if not self._is_ended:
            self._is_ended = True
            self._received.put_nowait(_END)

    async def receive(self) -> WSMessage:
        """See `Socket`."""
        if self._is_ended and self._received.empty():
            return _END
        message = await self._received.get()
        self._waiting -= len(message.data or "")
        return message

    async def send_str(self, data: str, /) -> None:
        """See `Socket`."""
        await self._send({"socket": self._number, "text": data})

    async def send_bytes(self, data: bytes, /) -> None:
        """See `Socket`."""
        await self._send({"socket": self._number, "data": base64.b64encode(data).decode()})

    async def close(self, *, code: int) -> None:
        """See `Socket`."""
        if not self._is_ended:
            self._finish(code)

    def _finish(self, code: int) -> None:
        self._relay.send({"socket": self._number, "close": int(code)})
        self.end()

    async def _send(self, event: dict[str, Any]) -> None:
        await self._relay.wait_for_credit()
        if self._is_ended:
            raise ConnectionResetError("the page is gone")
        self._relay.send(event)
