"""The sockets of a page over Home Assistant's own connection.

relay = Relay(connection)
await relay.start()
page = Page(await relay.connect(path))
"""

import asyncio
import base64
import json
import struct
from contextlib import suppress
from itertools import count
from typing import Any, Final, Self

from aiohttp import ClientWebSocketResponse, WSMessage, WSMsgType

_OPEN, _TEXT, _BINARY, _CLOSE, _ACKNOWLEDGE = range(5)
ACKNOWLEDGED: Final = 16
"""Events after which a page acknowledges them."""


class Relay:
    """One page: one command, one handler, and any number of sockets one after the other."""

    def __init__(self, connection: ClientWebSocketResponse, message_id: int = 1000) -> None:
        self.connection = connection
        self.message_id = message_id
        self.handler = 0
        self.acknowledges = True
        self.events = 0
        self._sockets: dict[int, RelayedSocket] = {}
        self._numbers = count(1)
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.connection.send_json({"id": self.message_id, "type": "playai/talk/connect"})
        result = await self.connection.receive_json()
        assert result["success"], result
        self.handler = (await self.connection.receive_json())["event"]["handler"]
        self._reading = asyncio.create_task(self._read())

    async def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self.connection.close()

    async def connect(self, path: str) -> RelayedSocket:
        number = next(self._numbers)
        socket = self._sockets[number] = RelayedSocket(self, number)
        await self.send(number, _OPEN, path.encode())
        return socket

    async def send(self, number: int, operation: int, content: bytes = b"") -> None:
        await self.connection.send_bytes(bytes([self.handler, number, operation]) + content)

    async def acknowledge(self, events: int) -> None:
        await self.send(0, _ACKNOWLEDGE, struct.pack("<I", events))

    async def unsubscribe(self) -> None:
        await self.connection.send_json(
            {"id": 2000, "type": "unsubscribe_events", "subscription": self.message_id}
        )

    async def _read(self) -> None:
        async for frame in self.connection:
            message = frame.json()
            if message["type"] == "event":
                await self._take(message["event"])
        for socket in self._sockets.values():
            socket.lost()

    async def _take(self, event: dict[str, Any]) -> None:
        self.events += 1
        if self.acknowledges and self.events % ACKNOWLEDGED == 0:
            await self.acknowledge(self.events)
        socket = self._sockets[event["socket"]]
        if "text" in event:
            socket.take(WSMessage(WSMsgType.TEXT, event["text"], None))
        elif "data" in event:
            socket.take(WSMessage(WSMsgType.BINARY, base64.b64decode(event["data"]), None))
        elif "close" in event:
            socket.lost(event["close"])
        else:
            assert event["open"]


class RelayedSocket:
    """Looks like a WebSocket of aiohttp to a `Page`."""

    def __init__(self, relay: Relay, number: int) -> None:
        self.number = number
        self.close_code: int | None = None
        self._relay = relay
        self._frames: asyncio.Queue[WSMessage | None] = asyncio.Queue()

    def take(self, frame: WSMessage) -> None:
        self._frames.put_nowait(frame)

    def lost(self, code: int = 1006) -> None:
        if self.close_code is None:
            self.close_code = code
            self._frames.put_nowait(None)

    async def send_json(self, message: dict[str, Any]) -> None:
        await self.send_str(json.dumps(message))

    async def send_str(self, text: str) -> None:
        await self._send(_TEXT, text.encode())

    async def send_bytes(self, data: bytes) -> None:
        await self._send(_BINARY, data)

    async def close(self) -> None:
        if self.close_code is None:
            self.lost()
            with suppress(ConnectionError):
                await self._relay.send(self.number, _CLOSE)

    async def _send(self, operation: int, content: bytes) -> None:
        if self.close_code is not None:
            raise ConnectionResetError
        await self._relay.send(self.number, operation, content)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WSMessage:
        if (frame := await self._frames.get()) is None:
            raise StopAsyncIteration
        return frame
