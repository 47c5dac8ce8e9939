"""Servers that are not an agent, or that fail; each returns its address."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

import trustme

from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.agent.testing import Peer, Script, ScriptedServer

type Fault = Callable[[Neighbours], Awaitable[str]]


class Neighbours:
    """Other servers on this machine."""

    def __init__(self, serve: Callable[..., Awaitable[ScriptedServer]]) -> None:
        """`serve` starts scripted agents."""
        self.serve = serve
        self._servers: list[asyncio.Server] = []

    async def start(self, talk: Callable[..., Awaitable[None]]) -> int:
        """Serve all connections, and return the port."""

        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                await talk(reader, writer)
            writer.close()

        server = await asyncio.start_server(once, "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
            await server.wait_closed()


def web_page(status: int) -> Fault:
    """A web server that answers with a page and a status."""

    async def start(neighbours: Neighbours) -> str:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            page = b"<html>Hello</html>"
            writer.write(
                f"HTTP/1.1 {status} So\r\nContent-Length: {len(page)}\r\n\r\n".encode() + page
            )
            await writer.drain()

        return f"ws://127.0.0.1:{await neighbours.start(talk)}/"

    return start


async def untrusted(neighbours: Neighbours) -> str:
    """A server with an unknown certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while data := await reader.read(4096):
            incoming.write(data)
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
            except ssl.SSLError:
                return

    return f"wss://127.0.0.1:{await neighbours.start(talk)}/"


async def without_tls(neighbours: Neighbours) -> str:
    """A good agent, at an address that asks for TLS."""
    return (await agent(hangs_up)(neighbours)).replace("ws://", "wss://")


async def mail_server(neighbours: Neighbours) -> str:
    """A server of another protocol."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read(1)

    return f"ws://127.0.0.1:{await neighbours.start(talk)}/"


async def silent(neighbours: Neighbours) -> str:
    """A server that closes without sending anything."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pass

    return f"ws://127.0.0.1:{await neighbours.start(talk)}/"


async def nobody(neighbours: Neighbours) -> str:
    """A port without a listener."""
    url = await silent(neighbours)
    await neighbours.stop()
    return url


def agent(script: Script) -> Fault:
    """An agent that plays a script."""

    async def start(neighbours: Neighbours) -> str:
        return (await neighbours.serve(script)).url

    return start


def refuses(code: int, *, closes: bool = True) -> Script:
    """Reject the set-up, and repeat the key as careless servers do."""

    async def script(peer: Peer) -> None:
        await peer.send(ErrorMessage(code, f"told by the server of {peer.setup.api_key}"))
        if closes:
            await peer.close()

    return script


async def hangs_up(peer: Peer) -> None:
    """Close at once."""
    await peer.close()


async def breaks_off(peer: Peer) -> None:
    """Cut the connection."""
    peer.abort()


async def breaks_framing(peer: Peer) -> None:
    """Send data that is not a WebSocket frame."""
    transport = peer._request.transport
    assert isinstance(transport, asyncio.Transport)
    transport.write(b"\xff" * 100)
    await peer.closed.wait()
