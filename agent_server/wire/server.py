"""Serves the protocol: accepts clients, runs their conversations and ends them all."""

import asyncio
import hmac
import logging
import os
import socket
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast

from aiohttp import WSCloseCode, web

from .. import VERSION
from ..addresses import open_sockets
from ..config import Agent
from ..conversation import ClientGoneError, Conversation
from ..limits import Limits
from ..memory import Collector
from ..registry import Engines
from ..workers import Workers
from . import protocol
from .admission import ACCEPTED_AT_ONCE, Connection, Lobby, allow_open_files
from .connection import Client
from .protocol import ErrorCode, ProtocolError, Setup
from .session import converse, open_conversation
from .strangers import ClientLog, HttpLog, KeyBackoff

_LOGGER = logging.getLogger(__name__)

PATH: Final = "/v1/agent-conversation"
LATER_PATH: Final = "/v1/talk/{agent_id}"

_LISTEN_BACKLOG: Final = 1024
"""Connections that the system queues until they are accepted."""


class Server:
    """All conversations with all agents of one process."""

    def __init__(
        self,
        agents: Sequence[Agent],
        engines: Engines,
        *,
        max_connections: int,
        document_only: bool,
        limits: Limits | None = None,
    ) -> None:
        self._agents = {agent.id: agent for agent in agents}
        self._engines = engines
        self._max_connections = max_connections
        self._document_only = document_only
        self._limits = limits or Limits()
        self._workers = Workers(self._limits.engine)
        self._collector = Collector()
        self._listeners: list[asyncio.Server] = []
        self._backoff = KeyBackoff()
        self._log = ClientLog(_LOGGER)
        self._clients: set[Client] = set()
        self._talking: dict[Client, Conversation] = {}
        self._runner: web.AppRunner | None = None

    @property
    def conversations(self) -> int:
        """The number of current conversations."""
        return len(self._talking)

    @property
    def addresses(self) -> list[str]:
        """The addresses that it listens on."""
        return [
            str(opened.getsockname()[0])
            for listener in self._listeners
            for opened in listener.sockets
        ]

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port; 0 takes a free one. Raises `OSError`."""
        app = web.Application()
        app.router.add_get(PATH, self._document_route)
        app.router.add_get(LATER_PATH, self._later_route)
        app.router.add_get("/health", self._health)
        app.on_response_prepare.append(_close_after)
        runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=self._limits.close,
            handle_signals=False,
            # aiohttp also applies it to a request that never becomes complete.
            keepalive_timeout=self._limits.header,
            lingering_time=0,
            logger=HttpLog(_LOGGER, self._log),
        )
        await runner.setup()
        self._runner = runner
        handler = cast(web.Server, runner.server)
        lobby = self._open_lobby()
        try:
            for opened in await asyncio.to_thread(open_sockets, host, port):
                listener = await asyncio.get_running_loop().create_server(
                    lambda: Connection(handler(), lobby, self._limits),
                    sock=opened,
                    backlog=ACCEPTED_AT_ONCE,
                )
                self._listeners.append(listener)
                # asyncio uses the backlog also as the number to accept at once, which costs files.
                with socket.socket(fileno=os.dup(opened.fileno())) as same:
                    same.listen(_LISTEN_BACKLOG)
        except OSError:
            await self.stop()
            raise
        return int(self._listeners[0].sockets[0].getsockname()[1])

    def _open_lobby(self) -> Lobby:
        """Share the open files of the process between conversations and strangers."""
        wanted = self._max_connections + self._limits.waiting
        allowed = allow_open_files(wanted)
        if allowed < wanted:
            strangers = max(1, min(self._limits.waiting, allowed // 2))
            self._max_connections = max(1, min(self._max_connections, allowed - strangers))
            _LOGGER.warning(
                "The limit of open files allows %d conversations and %d other connections",
                self._max_connections,
                strangers,
            )
            return Lobby(self._limits, strangers)
        return Lobby(self._limits, self._limits.waiting)

    async def stop(self) -> None:
        """End all conversations and stop listening."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        runner, self._runner = self._runner, None
        if runner is not None:
            await asyncio.gather(*(self._hang_up(client) for client in self._clients))
            await runner.cleanup()
        self._workers.stop()
        self._collector.stop()

    async def _hang_up(self, client: Client) -> None:
        try:
            if client in self._talking:
                async with asyncio.timeout(self._limits.close):
                    await client.send(protocol.hangup("system"))
        except TimeoutError, ClientGoneError:
            client.drop()
        await client.close(WSCloseCode.GOING_AWAY)

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "status": "ok",
                "version": VERSION,
                "conversations": self.conversations,
            }
        )

    async def _document_route(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, request.query.get("agentId", ""))

    async def _later_route(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, request.match_info["agent_id"])

    async def _serve(self, request: web.Request, agent_id: str) -> web.StreamResponse:
        """Serve one connection from its upgrade to its end."""
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            self._log.log(logging.INFO, request.remote or "", "a web page of another host")
            raise web.HTTPForbidden(text="Pages of other hosts may not connect.")
        websocket = web.WebSocketResponse(
            timeout=self._limits.close,
            heartbeat=self._limits.heartbeat,
            autoping=False,  # Pings are counted, see `Client.receive`.
            max_msg_size=self._limits.message,
            compress=False,  # Audio gains nothing from it and costs much.
        )
        try:
            await websocket.prepare(request)
        except ValueError:  # aiohttp decodes the base64 of the handshake's key unchecked.
            return web.Response(status=400, text="The Sec-WebSocket-Key is not valid.")
        client = Client(
            request, websocket, self._limits, self._log, document_only=self._document_only
        )
        self._clients.add(client)
        code = WSCloseCode.OK
        try:
            await self._talk(client, agent_id)
        except ClientGoneError:
            pass
        except ProtocolError as error:
            code = WSCloseCode.POLICY_VIOLATION
            if error.code is ErrorCode.TOO_MANY_CONNECTIONS:
                code = WSCloseCode.TRY_AGAIN_LATER
            await self._send_last_error(client, error)
        except Exception:
            _LOGGER.exception("A conversation failed")
            code = WSCloseCode.INTERNAL_ERROR
            await self._send_last_error(client, ProtocolError(ErrorCode.UNKNOWN))
        finally:
            await client.close(code)
            self._clients.discard(client)
        return websocket

    async def _send_last_error(self, client: Client, error: ProtocolError) -> None:
        client.log(logging.INFO, f"refused with {error.code} {error}")
        with suppress(ClientGoneError):
            await client.send_error(error.code, error.detail, is_fatal=True)

    async def _talk(self, client: Client, agent_id: str) -> None:
        """Admit the client and converse; raises `ProtocolError` and `ClientGoneError`."""
        agent, setup = await self._receive_setup(client, agent_id)
        self._make_room()
        conversation = open_conversation(
            client,
            agent,
            setup,
            engines=self._engines,
            workers=self._workers,
            limits=self._limits,
        )
        self._talking[client] = conversation
        client.admit()
        try:
            await client.send(protocol.init(str(uuid.uuid4())))
            await converse(client, conversation, self._limits)
            # It was idle for too long, or a new one needed its place.
            await client.send(protocol.hangup("system"))
        finally:
            self._talking.pop(client, None)
            self._collector.collect_soon()

    async def _receive_setup(self, client: Client, agent_id: str) -> tuple[Agent, Setup]:
        try:
            async with asyncio.timeout(self._limits.setup):
                text = await client.receive()
        except TimeoutError, ProtocolError:
            raise ProtocolError(ErrorCode.NO_SETUP) from None
        key, fields = protocol.parse_key(text)
        agent = await self._check_key(key, agent_id, client.address)
        try:
            return agent, protocol.parse_setup(key, fields)
        except ProtocolError as error:
            # The document's own edition has no code for a bad parameter.
            code = ErrorCode.NO_SETUP if self._document_only else error.code
            raise ProtocolError(code, error.detail) from None

    def _make_room(self) -> None:
        """End the longest idle conversation when there is no place; raises `ProtocolError`."""
        if self.conversations < self._max_connections:
            return
        client, conversation = max(self._talking.items(), key=lambda item: item[1].idle)
        if conversation.idle < self._limits.idle:
            raise ProtocolError(ErrorCode.TOO_MANY_CONNECTIONS)
        client.log(logging.INFO, "an idle conversation ends, because its place is needed")
        conversation.end()
        del self._talking[client]

    async def _check_key(self, key: str, agent_id: str, address: str) -> Agent:
        """Return the agent, after a delay when wrong keys came from the address."""
        is_trusted, delay = self._backoff.is_trusted(address), self._backoff.delay(address)
        if not is_trusted:
            await asyncio.sleep(delay)
        # Compare with every agent's key, so that the time reveals nothing.
        owners = [
            owner
            for owner in self._agents.values()
            if hmac.compare_digest(owner.key.encode(), key.encode())
        ]
        if not owners:
            self._backoff.failed(address)
            if is_trusted:
                await asyncio.sleep(delay)
            raise ProtocolError(ErrorCode.WRONG_KEY)
        self._backoff.succeeded(address)
        agent = self._agents.get(agent_id)
        if agent is None:
            raise ProtocolError(ErrorCode.INVALID_AGENT)
        if agent not in owners:
            raise ProtocolError(ErrorCode.KEY_OF_ANOTHER_AGENT)
        return agent


async def _close_after(_: web.Request, response: web.StreamResponse) -> None:
    """Close the connection after a plain HTTP response: it would count as a stranger."""
    if not isinstance(response, web.WebSocketResponse):
        response.force_close()
