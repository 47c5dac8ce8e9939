"""A client with a bare WebSocket: it knows only the published protocol.

async with call(server_url, AGENT_ID, KEY) as caller:
    await caller.say(0x10)
    await caller.wait("audioStreamEnd")
"""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

PATIENCE = 90.0
"""Seconds after which a test that hangs fails."""

HOME_LINK = "ha-playai.home.v1"
RATE = 16_000
SILENCE = 0xFF


def audio_in(data: bytes) -> dict[str, Any]:
    return {"type": "audioIn", "data": b64encode(data).decode()}


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for an action of the server that sends no message."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (there is no event in the server to wait for)
            await asyncio.sleep(0.01)


class Caller:
    """One connection; all messages are recorded."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._changed = asyncio.Event()
        self._is_over = False
        self._reader = asyncio.create_task(self._read())

    async def send(self, *messages: Any) -> None:
        """Send JSON; texts and bytes as they are."""
        for message in messages:
            if isinstance(message, bytes):
                await self.socket.send_bytes(message)
            else:
                is_text = isinstance(message, str)
                await self.socket.send_str(message if is_text else json.dumps(message))

    async def setup(self, key: str, **fields: Any) -> None:
        await self.send({"type": "setup", "apiKey": key, **fields})

    async def play(self, data: bytes, frame: int = 640) -> None:
        """Send µ-law in frames of 40 ms, faster than real time."""
        for begin in range(0, len(data), frame):
            await self.send(audio_in(data[begin : begin + frame]))

    async def say(self, byte: int, seconds: float = 0.6) -> None:
        """Say something that its byte identifies, then be silent."""
        await self.play(bytes([byte]) * round(seconds * RATE) + bytes([SILENCE]) * RATE)

    async def wait(self, kind: str, number: int = 1) -> dict[str, Any]:
        """Wait for the message of a type, the first or a later one."""
        return (await self.until(lambda: self.of(kind)[number - 1 : number]))[0]

    async def until[T](self, what: Callable[[], T]) -> T:
        """Wait until a condition is true for the received messages."""
        async with asyncio.timeout(PATIENCE):
            while not (found := what()):
                assert not self._is_over, f"closed with {self.close_code} after {self.types}"
                self._changed.clear()
                await self._changed.wait()
            return found

    async def wait_closed(self) -> int | None:
        """Wait until the connection is closed and return the close code."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(self._reader)
        return self.close_code

    def of(self, kind: str) -> list[dict[str, Any]]:
        """All messages of a type."""
        return [message for message in self.messages if message["type"] == kind]

    @property
    def types(self) -> list[str]:
        """The types in order, without repetitions of `audioStream`."""
        types = [message["type"] for message in self.messages]
        return [
            kind
            for n, kind in enumerate(types)
            if kind != "audioStream" or n == 0 or types[n - 1] != kind
        ]

    @property
    def codes(self) -> list[int]:
        """The codes of all errors."""
        return [message["code"] for message in self.of("error")]

    def audio(self, number: int = 1) -> bytes:
        """The audio of a stream, the first or a later one."""
        streams: list[bytearray] = []
        for message in self.messages:
            if message["type"] == "newAudioStream":
                streams.append(bytearray())
            elif message["type"] == "audioStream":
                streams[-1] += b64decode(message["data"])
        return bytes(streams[number - 1])

    async def close(self) -> None:
        await self.socket.close()
        await asyncio.wait((self._reader,), timeout=PATIENCE)

    async def _read(self) -> None:
        while (frame := await self.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            self.messages.append(json.loads(frame.data))
            self._changed.set()
        self.close_code = self.socket.close_code
        self._is_over = True
        self._changed.set()


@asynccontextmanager
async def connect(
    url: str, agent_id: str | None = None, protocols: Sequence[str] = ()
) -> AsyncGenerator[Caller]:
    """Open a connection and send nothing."""
    query = {} if agent_id is None else {"agentId": agent_id}
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(url, params=query, max_msg_size=0, protocols=protocols) as socket,
    ):
        caller = Caller(socket)
        try:
            yield caller
        finally:
            await caller.close()


@asynccontextmanager
async def call(url: str, agent_id: str, key: str, **setup: Any) -> AsyncGenerator[Caller]:
    """Open a connection and set it up."""
    async with connect(url, agent_id) as caller:
        await caller.setup(key, **setup)
        yield caller


@asynccontextmanager
async def link(
    url: str, agent_id: str, key: str, *, offer: dict[str, Any] | None = None, **setup: Any
) -> AsyncGenerator[Caller]:
    """Open a connection with a home link; by default, of a home that answers."""
    async with connect(url, agent_id, [HOME_LINK]) as caller:
        assert caller.socket.protocol == HOME_LINK
        await caller.setup(key, **setup)
        await caller.send({"type": "home", "language": "en", "answers": True, **(offer or {})})
        await caller.wait("agent")
        yield caller
