"""A server that plays message sequences over a real socket, and records what it hears.

async def script(peer: Peer) -> None:
    await peer.hear(1.0)
    await peer.send(VoiceActivityStart(), VoiceActivityEnd(), NewAudioStream())

server = await ScriptedServer.start(script)
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from agent.messages import AudioIn, Message, Setup, encode, parse
from aiohttp import WSMsgType, web

type Script = Callable[[Peer], Awaitable[None]]

BYTES_PER_SECOND = 16_000


class Peer:
    """One connection as its server sees it."""

    setup: Setup

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.query = dict(request.query)
        self.frames: list[tuple[float, bytes]] = []
        """Every frame of audio with the time at which it came."""

        self.socket = socket
        self.close_code: int | None = None
        self.closed = asyncio.Event()
        self._request = request
        self._heard = asyncio.Event()

    @property
    def heard(self) -> bytes:
        """All audio so far, µ-law."""
        return b"".join(data for _, data in self.frames)

    @property
    def voice(self) -> bytes:
        """All audio so far without the frames of silence."""
        return b"".join(data for _, data in self.frames if data.strip(b"\xff"))

    async def hear(self, seconds: float) -> None:
        """Wait until so much audio came on this connection, silence included."""
        await self._until(lambda: len(self.heard) >= seconds * BYTES_PER_SECOND)

    async def hear_voice(self, seconds: float) -> None:
        """Wait until so much audio came that is no silence."""
        await self._until(lambda: len(self.voice) >= seconds * BYTES_PER_SECOND)

    async def send(self, *messages: Message | str | bytes) -> None:
        """Send messages, texts as they are, and bytes as binary frames."""
        for message in messages:
            if isinstance(message, bytes):
                await self.socket.send_bytes(message)
            else:
                text = message if isinstance(message, str) else encode(message)
                await self.socket.send_str(text)

    async def close(self, code: int = 1000) -> None:
        """Close the connection with a closing handshake."""
        await self.socket.close(code=code)

    def abort(self) -> None:
        """Cut the connection off."""
        transport = self._request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.abort()

    def cut_off(self) -> None:
        """Cut the connection off when all that was sent is on its way."""
        transport = self._request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.close()

    async def listen(self) -> None:
        """Record what comes until the connection is over."""
        async for frame in self.socket:
            if frame.type is WSMsgType.TEXT:
                message = parse(frame.data)
                assert isinstance(message, AudioIn), message
                self.frames.append((asyncio.get_running_loop().time(), message.data))
                self._heard.set()
        self.close_code = self.socket.close_code
        self.closed.set()
        self._heard.set()

    async def _until(self, is_true: Callable[[], bool]) -> None:
        while not is_true():
            if self.closed.is_set():
                raise ConnectionResetError("the client closed while more was expected")
            self._heard.clear()
            await self._heard.wait()


class ScriptedServer:
    """Plays the first script on the first connection, the second on the second, …"""

    def __init__(self, scripts: tuple[Script, ...]) -> None:
        self.peers: list[Peer] = []
        self.url = ""
        self.failures: list[BaseException] = []
        self.connections = 0
        self._scripts = scripts
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(cls, *scripts: Script, port: int = 0) -> Self:
        """Listen on loopback, at any port or at one that was left."""
        server = cls(scripts)
        app = web.Application()
        app.router.add_get("/v1/agent-conversation", server._talk)
        server._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await server._runner.setup()
        site = web.TCPSite(server._runner, "127.0.0.1", port)
        await site.start()
        host, port = server._runner.addresses[0][:2]
        server.url = f"ws://{host}:{port}/v1/agent-conversation"
        return server

    async def stop(self) -> None:
        """Close all connections; raises what went wrong in a script."""
        for peer in self.peers:
            if not peer.closed.is_set():
                peer.abort()
        if self._runner is not None:
            await self._runner.cleanup()
        for failure in self.failures:
            raise failure

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        number = self.connections
        self.connections += 1
        script = self._scripts[min(number, len(self._scripts) - 1)]
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        peer = Peer(request, socket)
        self.peers.append(peer)
        try:
            first = await socket.receive()
            if first.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
                return socket  # The client gave up while it connected.
            assert first.type is WSMsgType.TEXT, first
            setup = parse(first.data)
            assert isinstance(setup, Setup)
            peer.setup = setup
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(peer.listen())
                await script(peer)
        except* ConnectionError:
            pass  # The client went away in the middle, as clients do.
        except* Exception as failures:  # noqa: BLE001 (the test that waits for it raises it)
            self.failures.append(failures)
        finally:
            peer.closed.set()
        return socket
