"""A scripted server for tests of programs that use this library.

It plays message sequences over a real socket, and records the audio that it receives.

    async def script(peer: Peer) -> None:
        await peer.hear(1.0)
        await peer.send(VoiceActivityStart(), VoiceActivityEnd(), NewAudioStream())

    server = await ScriptedServer.start(script)
    settings = AgentSettings(url=server.url, api_key="ak-test", agent_id="agent-1")
    ...
    await server.stop()

With `features`, the server selects the home link where it is offered, and sends these features.
A script then receives the messages of the home:

    async def script(peer: Peer) -> None:
        await peer.send(S, E, UserTranscript("Lights on."), Ask("1", "Lights on."))
        words = [message.text async for message in peer.answer("1")]

    server = await ScriptedServer.start(script, features=AgentFeatures("Agent"))
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from itertools import count
from random import sample
from typing import Final, Self

from aiohttp import WSMessage, WSMsgType, web

from .home import AgentFeatures, HomeOffer
from .messages import (
    SUBPROTOCOL,
    AgentMessage,
    AnswerDelta,
    AnswerEndMessage,
    AudioIn,
    HomeLinkMessage,
    HomeMessage,
    Message,
    Setup,
    encode,
    parse,
)

__all__ = ["Peer", "Script", "ScriptedServer"]

type Script = Callable[[Peer], Awaitable[None]]
"""The behavior of the server on one connection."""

BYTES_PER_SECOND = 16_000

_PORTS: Final = range(10_000, 32_000)
"""Linux assigns the ports above these to programs that ask for any port."""


class Peer:
    """One connection, from the side of the server."""

    setup: Setup
    """The client's first message."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.query = dict(request.query)
        self.frames: list[tuple[float, bytes]] = []
        """The µ-law of each `audioIn` message, with the loop's time of its arrival."""

        self.home_messages: list[HomeLinkMessage] = []
        """The messages of the home link, in order."""

        self.socket = socket
        self.close_code: int | None = None
        self.closed = asyncio.Event()
        self._request = request
        self._heard = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    @property
    def heard(self) -> bytes:
        """All µ-law received so far."""
        return b"".join(data for _, data in self.frames)

    @property
    def voice(self) -> bytes:
        """All µ-law received so far, without the frames of silence."""
        return b"".join(data for _, data in self.frames if data.strip(b"\xff"))

    @property
    def has_home(self) -> bool:
        """Whether the home link was selected."""
        return self.socket.ws_protocol == SUBPROTOCOL

    @property
    def offer(self) -> HomeOffer | None:
        """The offer of the home."""
        offers = [each.offer for each in self.home_messages if isinstance(each, HomeMessage)]
        return offers[-1] if offers else None

    def received[T: HomeLinkMessage](self, kind: type[T]) -> list[T]:
        """Return the messages of one type that were received so far."""
        return [message for message in self.home_messages if isinstance(message, kind)]

    async def receive[T: HomeLinkMessage](self, kind: type[T], number: int = 1) -> T:
        """Wait for `number` messages of one type, and return the last of them; see `hear`."""
        await self._until(lambda: len(self.received(kind)) >= number)
        return self.received(kind)[number - 1]

    async def answer(self, ask_id: str) -> AsyncGenerator[AnswerDelta | AnswerEndMessage]:
        """Yield the messages of an answer as they come; the last one is its end."""
        for position in count():
            await self._until(partial(self._has_home_messages, position + 1))
            message = self.home_messages[position]
            if isinstance(message, AnswerDelta | AnswerEndMessage) and message.id == ask_id:
                yield message
                if isinstance(message, AnswerEndMessage):
                    return

    async def hear(self, seconds: float) -> None:
        """Wait until this much audio was received, silence included.

        Raises `ConnectionResetError` if the client closes the connection first.
        """
        await self._until(lambda: len(self.heard) >= round(seconds * BYTES_PER_SECOND))

    async def hear_voice(self, seconds: float) -> None:
        """Wait until this much audio other than silence was received; see `hear`."""
        await self._until(lambda: len(self.voice) >= round(seconds * BYTES_PER_SECOND))

    async def send(self, *messages: Message | str | bytes) -> None:
        """Send messages; a `str` is sent as a text frame and `bytes` as a binary frame."""
        for message in messages:
            if isinstance(message, bytes):
                await self.socket.send_bytes(message)
            else:
                text = message if isinstance(message, str) else encode(message)
                await self.socket.send_str(text)

    async def close(self, code: int = 1000) -> None:
        """Close the connection with a closing handshake; nothing more is recorded."""
        # While it receives, aiohttp cuts the connection without waiting for the client's part of
        # the handshake. A client that sends then loses what it has not read yet.
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        await self.socket.close(code=code)
        self._end()

    def abort(self) -> None:
        """Cut the connection at once, without a closing handshake."""
        if (transport := self._request.transport) is not None:
            transport.abort()

    def cut_off(self) -> None:
        """Cut the connection after everything was sent, without a closing handshake."""
        # A whole close could lose messages to the client, because the client sends, too.
        if (transport := self._request.transport) is not None:
            transport.write_eof()

    def start_listening(self, tasks: asyncio.TaskGroup) -> None:
        """Record all audio, and the messages of the home link, until the connection ends.

        The task raises `TypeError` for a message that no client may send after the setup.
        """
        self._listening = tasks.create_task(self._listen())

    async def _listen(self) -> None:
        async for frame in self.socket:
            if frame.type is WSMsgType.TEXT:
                message = parse(frame.data, is_limited=False)
                if isinstance(message, HomeLinkMessage) and self.has_home:
                    self.home_messages.append(message)
                elif isinstance(message, AudioIn):
                    self.frames.append((asyncio.get_running_loop().time(), message.data))
                else:
                    raise TypeError(f"the client has sent {message}")
                self._heard.set()
        self._end()

    def _end(self) -> None:
        self.close_code = self.socket.close_code
        self.closed.set()
        self._heard.set()

    def _has_home_messages(self, number: int) -> bool:
        return len(self.home_messages) >= number

    async def _until(self, is_true: Callable[[], bool]) -> None:
        while not is_true():
            if self.closed.is_set():
                raise ConnectionResetError("the client closed while more was expected")
            self._heard.clear()
            await self._heard.wait()


class ScriptedServer:
    """Plays the first script on the first connection, the second on the second, and so on.

    The last script also serves all further connections.
    """

    def __init__(self, scripts: tuple[Script, ...], features: AgentFeatures | None = None) -> None:
        self.features = features
        """The abilities of the agent; None: the server does not know the home link."""

        self.peers: list[Peer] = []
        self.url = ""
        self.failures: list[BaseException] = []
        self.connections = 0
        self._scripts = scripts
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls, *scripts: Script, port: int = 0, features: AgentFeatures | None = None
    ) -> Self:
        """Listen on loopback; 0 means any free port.

        A free port is outside the range that the system assigns: a stopped server can be
        started again on the same port.
        """
        server = cls(scripts, features)
        app = web.Application()
        app.router.add_get("/v1/agent-conversation", server._talk)
        server._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await server._runner.setup()
        for candidate in [port] if port else sample(_PORTS, 20):
            try:
                await web.TCPSite(server._runner, "127.0.0.1", candidate).start()
                break
            except OSError:
                if port:
                    raise
        host, port = server._runner.addresses[0][:2]
        server.url = f"ws://{host}:{port}/v1/agent-conversation"
        return server

    async def stop(self) -> None:
        """Close all connections; raises the first exception of a script."""
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
        subprotocols = () if self.features is None else (SUBPROTOCOL,)
        socket = web.WebSocketResponse(max_msg_size=0, protocols=subprotocols)
        await socket.prepare(request)
        peer = Peer(request, socket)
        self.peers.append(peer)
        try:
            first = await socket.receive()
            if first.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
                return socket  # The client cancelled the connection.
            peer.setup = _read_setup(first)
            if self.features is not None and peer.has_home:
                await peer.send(AgentMessage(self.features))
            async with asyncio.TaskGroup() as tasks:
                peer.start_listening(tasks)
                await script(peer)
        except* ConnectionError:
            pass  # The client closed the connection during the script.
        except* Exception as failures:  # noqa: BLE001 (raised by `stop`)
            self.failures.append(failures)
        finally:
            peer.closed.set()
        return socket


def _read_setup(frame: WSMessage) -> Setup:
    message = parse(frame.data) if frame.type is WSMsgType.TEXT else None
    if not isinstance(message, Setup):
        raise TypeError(f"the client's first message is {message}")
    return message
