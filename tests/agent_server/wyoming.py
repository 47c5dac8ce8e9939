"""A Wyoming server that a test controls: it answers as told, dies, and comes back."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from wyoming.event import Event, async_read_event, async_write_event

from agent_server.config import Wyoming

type Write = Callable[[Event], Awaitable[None]]
type Answer = Callable[[Event, asyncio.StreamWriter], Awaitable[None]]

COMMON = {"attribution": {"name": "", "url": ""}, "installed": True, "description": None}


def artifact(name: str, **fields: Any) -> dict[str, Any]:
    return COMMON | {"name": name, "version": None} | fields


def models(*languages: Sequence[str]) -> dict[str, Any]:
    """An offer of one model for each group of languages: "model-0" and so on."""
    found = [artifact(f"model-{n}", languages=[*names]) for n, names in enumerate(languages)]
    return {"asr": [artifact("ears", models=found)]}


def voices(**languages: str) -> dict[str, Any]:
    """An offer of voices with a language each."""
    found = [artifact(name, languages=[language]) for name, language in languages.items()]
    return {"tts": [artifact("mouth", voices=found)]}


def transcript(text: Any) -> Answer:
    async def answer(event: Event, writer: asyncio.StreamWriter) -> None:
        if event.type == "audio-stop":
            await async_write_event(Event("transcript", {"text": text}), writer)

    return answer


def speech(*chunks: bytes, rate: Any = 22_050, width: int = 2, channels: Any = 1) -> Answer:
    async def answer(event: Event, writer: asyncio.StreamWriter) -> None:
        if event.type == "synthesize":
            about = {"rate": rate, "width": width, "channels": channels}
            await async_write_event(Event("audio-start", about), writer)
            for chunk in chunks:
                await async_write_event(Event("audio-chunk", about, chunk), writer)
            await async_write_event(Event("audio-stop"), writer)

    return answer


def raw(data: bytes, after: Sequence[str] = ("audio-stop", "synthesize")) -> Answer:
    """Send bytes, and close the connection."""

    async def answer(event: Event, writer: asyncio.StreamWriter) -> None:
        if event.type in after:
            writer.write(data)
            await writer.drain()
            writer.close()

    return answer


def event(kind: str, payload: bytes = b"", **data: Any) -> bytes:
    """An event as it is sent."""
    header = {"type": kind, "data": data, "payload_length": len(payload)}
    return json.dumps(header).encode() + b"\n" + payload


async def silent(event: Event, writer: asyncio.StreamWriter) -> None:
    """Answer nothing."""


class Server:
    """See the module."""

    def __init__(self, offer: dict[str, Any], answer: Answer) -> None:
        self.offer = offer
        self.answer = answer
        self.events: list[Event] = []
        self.is_reading = asyncio.Event()
        self.is_reading.set()
        self._port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def types(self) -> list[str]:
        """The types of the received events, without repetitions."""
        types = [event.type for event in self.events]
        return [kind for n, kind in enumerate(types) if n == 0 or types[n - 1] != kind]

    @property
    def connections(self) -> int:
        """The number of open connections."""
        return len(self._writers)

    def address(self, **fields: str) -> Wyoming:
        return Wyoming("127.0.0.1", self._port, **fields)

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Die, with all connections."""
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            while (event := await async_read_event(reader)) is not None:
                self.events.append(event)
                await self.is_reading.wait()
                if event.type == "describe":
                    await async_write_event(Event("info", self.offer), writer)
                else:
                    await self.answer(event, writer)
        self._writers.discard(writer)
        writer.close()


@asynccontextmanager
async def serving(offer: dict[str, Any], answer: Answer) -> AsyncIterator[Server]:
    server = Server(offer, answer)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
