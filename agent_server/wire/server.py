"""Serves the protocol over HTTP: listens, routes and stops."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Final, cast

from aiohttp import web

from ..addresses import open_sockets
from ..config import Agent
from ..limits import Limits
from ..metrics import Metrics
from ..registry import Engines
from ..workers import Workers
from .admission import ACCEPTED_AT_ONCE, Connection, Unauthenticated, allow_open_files
from .authentication import Authenticator
from .client_log import ClientLog, HttpLog
from .clients import Clients
from .monitoring import Monitoring

_LOGGER = logging.getLogger(__name__)

PATH: Final = "/v1/agent-conversation"
LATER_PATH: Final = "/v1/talk/{agent_id}"

_LISTEN_BACKLOG: Final = 1024
"""Connections that the system queues until they are accepted."""


class Server:
    """The HTTP server of one process."""

    def __init__(
        self,
        agents: Sequence[Agent],
        engines: Mapping[str, Engines],
        *,
        max_connections: int,
        document_only: bool,
        limits: Limits | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """`engines` contains the engines of each agent, by agent id."""
        self._limits = limits or Limits()
        self._workers = Workers(self._limits.engine)
        self._listeners: list[asyncio.Server] = []
        self._log = ClientLog(_LOGGER)
        metrics = metrics or Metrics()
        authenticator = Authenticator({agent.id: agent for agent in agents})
        self._clients = Clients(
            authenticator,
            engines,
            self._workers,
            self._limits,
            log=self._log,
            metrics=metrics,
            max_conversations=max_connections,
            document_only=document_only,
        )
        self._runner: web.AppRunner | None = None
        self._is_warm = False
        self._monitoring = Monitoring(
            self._clients, authenticator, metrics, self._workers, is_warm=lambda: self._is_warm
        )

    @property
    def conversations(self) -> int:
        """The number of current conversations."""
        return self._clients.conversations

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
        self._monitoring.add_routes(app.router)
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
        unauthenticated = self._share_open_files()
        try:
            for opened in await asyncio.to_thread(open_sockets, host, port):
                listener = await asyncio.get_running_loop().create_server(
                    lambda: Connection(handler(), unauthenticated, self._limits),
                    sock=opened,
                    backlog=ACCEPTED_AT_ONCE,
                )
                self._listeners.append(listener)
                # asyncio also accepts up to `backlog` connections at once, which costs open files.
                with socket.socket(fileno=os.dup(opened.fileno())) as same:
                    same.listen(_LISTEN_BACKLOG)
        except OSError:
            await self.stop()
            raise
        return int(self._listeners[0].sockets[0].getsockname()[1])

    def _share_open_files(self) -> Unauthenticated:
        """Share the open files of the process between conversations and other connections."""
        wanted_clients = self._clients.max_conversations
        wanted = wanted_clients + self._limits.unauthenticated
        allowed = allow_open_files(wanted)
        if allowed < wanted:
            others = max(1, min(self._limits.unauthenticated, allowed // 2))
            self._clients.max_conversations = max(1, min(wanted_clients, allowed - others))
            _LOGGER.warning(
                "The limit of open files allows %d conversations and %d other connections",
                self._clients.max_conversations,
                others,
            )
            return Unauthenticated(self._limits, others)
        return Unauthenticated(self._limits, self._limits.unauthenticated)

    def mark_warm(self) -> None:
        """Record that all engines are loaded and warm."""
        self._is_warm = True

    async def drain(self) -> bool:
        """Refuse new clients, and let running turns end within `Limits.last_turns`.

        Idle conversations end at once. Returns whether all conversations have ended.
        """
        try:
            async with asyncio.timeout(self._limits.last_turns):
                await self._clients.drain()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """End all conversations and stop listening."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        runner, self._runner = self._runner, None
        if runner is not None:
            await self._clients.hang_up()
            await runner.cleanup()
        self._workers.stop()

    async def _document_route(self, request: web.Request) -> web.StreamResponse:
        return await self._clients.serve(request, request.query.get("agentId", ""))

    async def _later_route(self, request: web.Request) -> web.StreamResponse:
        return await self._clients.serve(request, request.match_info["agent_id"])


async def _close_after(_: web.Request, response: web.StreamResponse) -> None:
    """Close the connection after a plain HTTP response: it would count as unauthenticated."""
    if not isinstance(response, web.WebSocketResponse):
        response.force_close()
