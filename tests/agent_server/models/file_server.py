"""An HTTPS server of one file, which can fail in the ways of real ones."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import trustme
from aiohttp import web

from agent_server.models import ModelFile
from agent_server.models.download import Downloader

CONTENT = bytes(range(256)) * 8192
"""2 MiB."""

LONGEST = 30.0
"""Seconds that a test waits for anything."""


@dataclass
class FileServer:
    """Serves `content` as /model.bin."""

    content: bytes = CONTENT
    cuts: list[int] = field(default_factory=list)
    """Where the next connections are cut, in bytes of the file, once they are `received`."""

    received: int = 0

    stalls: list[int] = field(default_factory=list)
    """Where the next connections stop sending."""

    statuses: list[int] = field(default_factory=list)
    """The HTTP statuses of the next responses, which do not have the file."""

    has_ranges: bool = True
    block: int = 65_536
    wait: float = 0.0
    """Seconds before each block."""

    redirect: str = ""
    ranges: list[str] = field(default_factory=list)
    """The `Range` of each request."""

    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    address: str = ""

    def file(self, content: bytes = CONTENT, *, size: bool = True) -> ModelFile:
        """Return the file with the digest and size of `content`."""
        return ModelFile(
            "model.bin",
            f"{self.address}/model.bin",
            f"sha256:{hashlib.sha256(content).hexdigest()}",
            len(content) if size else None,
        )

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request as it is configured."""
        self.ranges.append(request.headers.get("Range", ""))
        if self.redirect and request.path != "/moved":
            return web.Response(status=302, headers={"Location": self.redirect})
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        start = 0
        response = web.StreamResponse()
        if self.has_ranges and (wanted := request.headers.get("Range")):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(self.content):
                return web.Response(status=416)
            response.set_status(206)
            last = len(self.content) - 1
            response.headers["Content-Range"] = f"bytes {start}-{last}/{len(self.content)}"
        response.content_length = len(self.content) - start
        cut = self.cuts.pop(0) if self.cuts else None
        stall = self.stalls.pop(0) if self.stalls else None
        end = min(value for value in (cut, stall, len(self.content)) if value is not None)
        await response.prepare(request)
        for position in range(start, end, self.block):
            await asyncio.sleep(self.wait)
            await response.write(self.content[position : min(position + self.block, end)])
        if stall is not None:
            self.stalled.set()
            await self.closing.wait()
        if cut is not None and request.transport is not None:
            while self.received < cut:  # noqa: ASYNC110 (the client has no event for it)
                await asyncio.sleep(0.01)
            request.transport.close()
        return response


@dataclass
class Served:
    """A running server and a client that trusts it."""

    server: FileServer
    session: aiohttp.ClientSession
    lines: list[str] = field(default_factory=list)

    def downloader(self, stall: float = LONGEST) -> Downloader:
        """Return a downloader that does not wait between attempts."""
        return Downloader(self.session, self.lines.append, stall=stall, pause=0.0)


@asynccontextmanager
async def listen(
    handler: Callable[[web.Request], object], context: ssl.SSLContext | None
) -> AsyncIterator[int]:
    """Serve on a free port."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.0)  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def served() -> AsyncIterator[Served]:
    """Start a server."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    server = FileServer()
    async with listen(server.handle, context) as port:
        server.address = f"https://127.0.0.1:{port}"
        connector = aiohttp.TCPConnector(ssl=trust)
        async with aiohttp.ClientSession(connector=connector) as session:
            try:
                yield Served(server, session)
            finally:
                server.closing.set()
