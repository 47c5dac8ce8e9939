"""The addresses for programs that watch the server: `/health`, `/ready` and `/metrics`."""

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp import hdrs, web

from .. import VERSION
from ..metrics import CONTENT_TYPE, Metrics
from ..workers import Workers
from .admission import Connection
from .authentication import Authenticator
from .clients import HEALTH_PATH, Clients
from .messages.errors import ProtocolError

READY_PATH: Final = "/ready"
METRICS_PATH: Final = "/metrics"

_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
"""Headers that show that a proxy has forwarded the request of another client."""

_PRIVATE: Final = tuple(
    ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""Fewer than `ipaddress` calls private: those of tunnels (6to4, Teredo) come from the internet."""


class Monitoring:
    """Answers programs that watch the server, without an agent id, a key or words."""

    def __init__(
        self,
        clients: Clients,
        authenticator: Authenticator,
        metrics: Metrics,
        workers: Workers,
        *,
        is_warm: Callable[[], bool],
    ) -> None:
        """`is_warm` returns whether all engines are loaded and warm."""
        self._clients = clients
        self._authenticator = authenticator
        self._metrics = metrics
        self._is_warm = is_warm
        metrics.watch(
            conversations=lambda: clients.conversations,
            max_conversations=lambda: clients.max_conversations,
            is_ready=lambda: self.is_ready,
            waiting=lambda: workers.long.waiting,
        )

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the addresses to a server."""
        router.add_get(HEALTH_PATH, self._health)
        router.add_get(READY_PATH, self._ready)
        router.add_get(METRICS_PATH, self._show_metrics)

    @property
    def is_ready(self) -> bool:
        """Whether a new conversation is accepted, and answered as fast as later ones."""
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

    async def _show_metrics(self, request: web.Request) -> web.Response:
        if not is_private(request.remote, request.headers):
            await self._check_key(request)
        text = await asyncio.to_thread(self._metrics.text)
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: CONTENT_TYPE})

    async def _check_key(self, request: web.Request) -> None:
        """Raise `HTTPUnauthorized` unless the request has the key of an agent."""
        scheme, _, key = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        try:
            if scheme != "Bearer" or not key.isascii():
                raise _unauthorized()
            await self._authenticator.owners(key, _address(request))
        except ProtocolError:
            raise _unauthorized() from None


def _unauthorized() -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(
        text="Send the key of an agent.", headers={hdrs.WWW_AUTHENTICATE: "Bearer"}
    )


def is_private(remote: str | None, headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from this computer or a private network, without a proxy."""
    if any(header in headers for header in _FORWARDED):
        return False
    try:
        address = ip_address(remote or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    is_local = address.is_loopback or address.is_link_local
    return is_local or any(address in network for network in _PRIVATE)


def _address(request: web.Request) -> str:
    """Return the address by which clients are limited."""
    protocol = request.transport.get_protocol() if request.transport is not None else None
    return protocol.address if isinstance(protocol, Connection) else ""
