"""A proxy in front of Home Assistant that loses or refuses connections when a test wants that.

async with Proxy(home.url) as proxy:
    ...  # Open proxy.url in a browser.
    proxy.cut()
"""

import asyncio
from contextlib import suppress
from typing import Final, Self
from urllib.parse import urlsplit

_CHUNK: Final = 65_536
_PATIENCE: Final = 120.0
_REFUSAL: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Forwards TCP connections; those that begin with a request to `path` can be cut."""

    def __init__(self, url: str, path: str = "/api/playai/talk/") -> None:
        """Prepare; entering the context listens."""
        target = urlsplit(url)
        self._host, self._port = target.hostname or "", target.port or 80
        self._request = f"GET {path}".encode()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._found: set[asyncio.StreamWriter] = set()
        self.url = ""
        self.refuses = False
        """Whether requests to the path are refused from now on."""

        self.count = 0
        """Connections to the path so far."""

        self._opened = asyncio.Event()
        self.received = bytearray()
        """The bytes that Home Assistant has sent over them."""

    async def __aenter__(self) -> Self:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Lose the connections to the path, as a network does: without a close frame."""
        for writer in list(self._found):
            writer.transport.abort()

    async def wait_opened(self, count: int) -> None:
        """Wait until there have been `count` connections to the path."""
        async with asyncio.timeout(_PATIENCE):
            while self.count < count:
                self._opened.clear()
                await self._opened.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError):
                await self._forward(reader, writer)
        finally:
            self._tasks.discard(task)
            self._found.discard(writer)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(_CHUNK)
        if first.startswith(self._request):
            self.count += 1
            self._opened.set()
            if self.refuses:
                writer.write(_REFUSAL)
                await writer.drain()
                return
            self._found.add(writer)
        there, here = await asyncio.open_connection(self._host, self._port)
        here.write(first)
        try:
            is_found = writer in self._found
            copies = [
                asyncio.create_task(_copy(reader, here)),
                asyncio.create_task(_copy(there, writer, self.received if is_found else None)),
            ]
            await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
            for copy in copies:
                copy.cancel()
            await asyncio.gather(*copies, return_exceptions=True)
        finally:
            here.transport.abort()


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, record: bytearray | None = None
) -> None:
    while data := await reader.read(_CHUNK):
        if record is not None:
            record += data
        writer.write(data)
        await writer.drain()
