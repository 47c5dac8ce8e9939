"""A page in a browser that talks with the agent, as the talk protocol describes it."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import ClientWebSocketResponse, WSMsgType

from .relay import RelayedSocket

PATIENCE: Final = 120
FRAME_SECONDS: Final = 0.02
FRAME_BYTES: Final = 320
SILENCE: Final = b"\xff"
PLAYED_BYTES: Final = 24_000
"""Half a second of a reply, after which a page reports that it was heard."""


@dataclass
class Page:
    """One socket of a talk. While `plays` is set, it reports audio as played on arrival."""

    socket: ClientWebSocketResponse | RelayedSocket
    messages: list[dict[str, Any]] = field(default_factory=list)
    audio: dict[int, bytes] = field(default_factory=dict)
    """The PCM of each reply."""

    plays: bool = True
    spoken: bytearray = field(default_factory=bytearray)
    """µ-law audio that the microphone has not sent yet."""

    number: int = 65_530
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    is_closed: bool = False

    @property
    def close_code(self) -> int | None:
        return self.socket.close_code

    def start(self) -> None:
        self.tasks.append(asyncio.create_task(self._read()))

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.socket.close()

    async def _read(self) -> None:
        async for frame in self.socket:
            if frame.type is WSMsgType.TEXT:
                self.messages.append(frame.json())
                await self._answer(self.messages[-1])
            elif frame.type is WSMsgType.BINARY:
                await self._take(frame.data)
            self.changed.set()
        self.is_closed = True
        self.changed.set()

    async def _take(self, frame: bytes) -> None:
        kind, flags, reply, offset = struct.unpack_from("<BBHI", frame)
        assert (kind, flags) == (2, 0)
        assert len(frame) <= 8 + 4800
        heard = self.audio.setdefault(reply, b"")
        assert offset == len(heard) // 2
        self.audio[reply] = heard + frame[8:]
        if self.plays and len(heard) // PLAYED_BYTES != len(self.audio[reply]) // PLAYED_BYTES:
            await self._report("played", reply)

    async def _answer(self, message: dict[str, Any]) -> None:
        if not self.plays:
            return
        if message["type"] == "flush":
            await self._report("flushed", message["reply"])
        elif message["type"] == "reply_end":
            await self._report("played", message["reply"])

    async def _report(self, kind: str, reply: int) -> None:
        await self.send(kind, reply=reply, ms=len(self.audio.get(reply, b"")) / 48)

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send_json({"type": kind, **fields})

    async def hello(self, **fields: Any) -> None:
        await self.send("hello", protocol=1, **fields)

    async def speak(self, seconds: float, byte: int = 0x10) -> None:
        """Send a part of the microphone, as fast as the limits allow."""
        for _ in range(round(seconds / FRAME_SECONDS)):
            await self.send_frame(bytes([byte]) * FRAME_BYTES)

    def open_microphone(self) -> None:
        """Send the audio of `say` in real time, and silence between."""
        self.tasks.append(asyncio.create_task(self._keep_listening()))

    async def say(self, mulaw: bytes) -> None:
        """Speak, and wait until everything was sent."""
        self.spoken += mulaw
        self.spoken += SILENCE * (-len(self.spoken) % FRAME_BYTES)
        async with asyncio.timeout(PATIENCE):
            while self.spoken:
                await asyncio.sleep(FRAME_SECONDS)

    async def _keep_listening(self) -> None:
        due = asyncio.get_running_loop().time()
        while not self.is_closed:
            frame = bytes(self.spoken[:FRAME_BYTES]) or SILENCE * FRAME_BYTES
            del self.spoken[:FRAME_BYTES]
            await self.send_frame(frame)
            due += FRAME_SECONDS
            await asyncio.sleep(due - asyncio.get_running_loop().time())

    async def send_frame(self, mulaw: bytes) -> None:
        self.number = (self.number + 1) % 65536
        await self.socket.send_bytes(struct.pack("<BBH", 1, 0, self.number) + mulaw)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one type."""
        return [message for message in self.messages if message["type"] == kind]

    async def until(self, is_true: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not is_true():
                assert not self.is_closed or is_true(), (self.close_code, self.messages)
                self.changed.clear()
                await self.changed.wait()

    async def wait(self, kind: str, number: int = 1) -> dict[str, Any]:
        """Return the message of a type, counted from one."""
        await self.until(lambda: len(self.of(kind)) >= number)
        return self.of(kind)[number - 1]

    async def phase(self, value: str) -> None:
        await self.until(lambda: self.of("phase") and self.of("phase")[-1]["value"] == value)

    async def closed(self) -> int | None:
        async with asyncio.timeout(PATIENCE):
            while not self.is_closed:
                self.changed.clear()
                await self.changed.wait()
        return self.close_code
