"""The addresses for programs that watch the server: `/health` and `/ready`."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web

from .. import VERSION
from .clients import HEALTH_PATH, Clients

READY_PATH: Final = "/ready"


class Monitoring:
    """Answers without a key: says nothing about agents, and nothing that was said."""

    def __init__(self, clients: Clients, is_warm: Callable[[], bool]) -> None:
        """`is_warm` returns whether the engines are loaded, and are as fast as later."""
        self._clients = clients
        self._is_warm = is_warm

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the addresses to a server."""
        router.add_get(HEALTH_PATH, self._health)
        router.add_get(READY_PATH, self._ready)

    @property
    def is_ready(self) -> bool:
        """Whether a new conversation is taken, and answered as fast as later ones."""
        return self._is_warm() and not self._clients.is_draining

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"status": "ok", "version": VERSION, "conversations": self._clients.conversations}
        )

    async def _ready(self, request: web.Request) -> web.Response:
        if self.is_ready:
            return web.json_response({"status": "ready"})
        status = "draining" if self._clients.is_draining else "warming up"
        return web.json_response({"status": status}, status=HTTPStatus.SERVICE_UNAVAILABLE)
