"""Bounds the connections of clients that have not shown a valid key yet.

Every connection starts unauthenticated. The number of such connections is limited. A further one
replaces the oldest connection of the address that has the most, so a client that sends its setup
message at once is served even while many others only occupy places.
"""

import asyncio
import ipaddress
import resource
from collections import Counter
from typing import Final, cast, override

from aiohttp import web

from ..limits import Limits

RESERVED_FILES: Final = 128
"""Open files that are not clients: models, threads, the log, and connections just accepted."""

ACCEPTED_AT_ONCE: Final = 16
"""Connections taken from the system at once: they count as open files before we see them."""


class Unauthenticated:
    """The open connections of clients that have not shown a valid key yet."""

    def __init__(self, limits: Limits, places: int) -> None:
        """`places` is the highest number of connections."""
        self._limits = limits
        self._places = places
        self._connections: dict[Connection, None] = {}
        """Oldest first."""

    def add(self, connection: Connection) -> None:
        """Add a new connection; drop another one if there is no room for it."""
        self._connections[connection] = None
        addresses = Counter(other.address for other in self._connections)
        if addresses[connection.address] > self._limits.unauthenticated_per_address:
            crowded = connection.address
        elif len(self._connections) > self._places:
            crowded = addresses.most_common(1)[0][0]
        else:
            return
        oldest = next(other for other in self._connections if other.address == crowded)
        self.remove(oldest)
        oldest.drop()

    def remove(self, connection: Connection) -> None:
        """Forget a connection: its client has shown a valid key, or it is closed."""
        self._connections.pop(connection, None)


class Connection(asyncio.Protocol):
    """One TCP connection. It limits the time and the bytes of a client without a valid key."""

    def __init__(
        self, handler: web.RequestHandler, unauthenticated: Unauthenticated, limits: Limits
    ) -> None:
        """`handler` speaks HTTP."""
        self.address = ""
        """Groups connections: one IPv4 address, or one IPv6 network of a customer."""

        self._handler = handler
        self._unauthenticated = unauthenticated
        self._limits = limits
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._left: int | None = limits.unauthenticated_bytes
        """Bytes that the client may still send without a valid key; None once it was admitted."""

        self._held = b""
        """The bytes after those, which are not parsed before the key is known to be valid."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.address = _group(transport.get_extra_info("peername"))
        self._deadline = asyncio.get_running_loop().call_later(
            self._limits.authentication, self.drop
        )
        self._handler.connection_made(self._transport)
        self._unauthenticated.add(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._unauthenticated.remove(self)
        self._cancel_deadline()
        self._handler.connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._left is not None:
            self._held += data[self._left :]
            data = data[: self._left]
            self._left -= len(data)
            if self._held and self._transport is not None:
                # Audio may follow the setup message at once, so this is not an error. The handler
                # has its own flow control, which may resume reading.
                self._transport.pause_reading()
                if len(self._held) > self._limits.message:
                    self.drop()
        if data:
            self._handler.data_received(data)

    @override
    def eof_received(self) -> bool | None:
        self._handler.eof_received()
        return None

    @override
    def pause_writing(self) -> None:
        self._handler.pause_writing()

    @override
    def resume_writing(self) -> None:
        self._handler.resume_writing()

    def admit(self) -> None:
        """Lift the limits: the client has shown a valid key."""
        self._unauthenticated.remove(self)
        self._cancel_deadline()
        self._left = None
        held, self._held = self._held, b""
        if held:
            self._handler.data_received(held)
        self._handler.resume_reading()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def drop(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()


def allow_open_files(wanted: int) -> int:
    """Return how many clients may be connected, at most `wanted`.

    Increases the process's limit on open files if it can.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, soft - RESERVED_FILES)


def _group(peer: tuple[str, int] | None) -> str:
    """Return the part of an address that its owner's other addresses share."""
    try:
        address = ipaddress.ip_address(peer[0] if peer else "")
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
