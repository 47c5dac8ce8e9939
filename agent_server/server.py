"""Serves the protocol: lets clients in, keeps each in its own conversation, ends them all."""

import asyncio
import hmac
import logging
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, web

from . import VERSION, protocol
from .client import Client, ClientGoneError
from .config import Agent
from .dialogue import Dialogue
from .engines import Engines
from .limits import Limits
from .protocol import ErrorCode, ProtocolError, Setup
from .workers import Workers

_LOGGER = logging.getLogger(__name__)

PATH: Final = "/v1/agent-conversation"
LATER_PATH: Final = "/v1/talk/{agent_id}"

_LISTEN_BACKLOG: Final = 128


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
        self._waiting = 0
        self._clients: set[Client] = set()
        self._talking: set[Client] = set()
        self._runner: web.AppRunner | None = None

    @property
    def conversations(self) -> int:
        """How many are going on."""
        return len(self._talking)

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port; 0 takes a free one. Raises `OSError`."""
        app = web.Application()
        app.router.add_get(PATH, self._document_route)
        app.router.add_get(LATER_PATH, self._later_route)
        app.router.add_get("/health", self._health)
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=self._limits.close, handle_signals=False
        )
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, host, port, backlog=_LISTEN_BACKLOG).start()
        except OSError:
            await self.stop()
            raise
        return int(runner.addresses[0][1])

    async def stop(self) -> None:
        """End all conversations and stop listening."""
        runner, self._runner = self._runner, None
        if runner is not None:
            for site in list(runner.sites):
                await site.stop()
            await asyncio.gather(*(self._hang_up(client) for client in self._clients))
            await runner.cleanup()
        self._workers.stop()

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
                "agents": list(self._agents),
                "conversations": self.conversations,
            }
        )

    async def _document_route(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, request.query.get("agentId", ""))

    async def _later_route(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, request.match_info["agent_id"])

    async def _serve(self, request: web.Request, agent_id: str) -> web.StreamResponse:
        """Serve one connection from its upgrade to its end."""
        socket = web.WebSocketResponse(
            timeout=self._limits.close,
            heartbeat=self._limits.heartbeat,
            max_msg_size=self._limits.message,
            compress=False,  # Audio gains nothing from it and costs much.
        )
        try:
            await socket.prepare(request)
        except ValueError:  # aiohttp decodes the base64 of the handshake's key unchecked.
            return web.Response(status=400, text="The Sec-WebSocket-Key is not valid.")
        client = Client(request, socket, self._limits, document_only=self._document_only)
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
        return socket

    async def _send_last_error(self, client: Client, error: ProtocolError) -> None:
        _LOGGER.info("A client is turned away: %d %s", error.code, error)
        with suppress(ClientGoneError):
            await client.send_error(error.code, error.detail, is_fatal=True)

    async def _talk(self, client: Client, agent_id: str) -> None:
        """Let the client in and converse; raises `ProtocolError` and `ClientGoneError`."""
        agent = self._agents.get(agent_id)
        if agent is None:
            raise ProtocolError(ErrorCode.INVALID_AGENT)
        setup = await self._receive_setup(client, agent)
        self._check_room()
        self._talking.add(client)
        try:
            await client.send(protocol.init(str(uuid.uuid4())))
            dialogue = Dialogue(
                client,
                agent,
                setup,
                engines=self._engines,
                workers=self._workers,
                limits=self._limits,
            )
            await dialogue.run()
        finally:
            self._talking.discard(client)

    async def _receive_setup(self, client: Client, agent: Agent) -> Setup:
        # A server that is full says so before it waits for anything.
        self._check_room()
        if self._waiting >= self._limits.waiting:
            raise ProtocolError(ErrorCode.TOO_MANY_CONNECTIONS)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.setup):
                text = await client.receive()
        except TimeoutError, ProtocolError:
            raise ProtocolError(ErrorCode.NO_SETUP) from None
        finally:
            self._waiting -= 1
        key, fields = protocol.parse_key(text)
        self._check_key(key, agent)
        try:
            return protocol.parse_setup(key, fields)
        except ProtocolError as error:
            # The document's own edition has no code for a bad parameter.
            code = ErrorCode.NO_SETUP if self._document_only else error.code
            raise ProtocolError(code, error.detail) from None

    def _check_room(self) -> None:
        if self.conversations >= self._max_connections:
            raise ProtocolError(ErrorCode.TOO_MANY_CONNECTIONS)

    def _check_key(self, key: str, agent: Agent) -> None:
        """Compare with every agent's key, so that the time taken tells nothing."""
        owners = [
            owner
            for owner in self._agents.values()
            if hmac.compare_digest(owner.key.encode(), key.encode())
        ]
        if not owners:
            raise ProtocolError(ErrorCode.WRONG_KEY)
        if agent not in owners:
            raise ProtocolError(ErrorCode.KEY_OF_ANOTHER_AGENT)
