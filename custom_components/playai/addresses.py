"""Checks whether the key may be sent to an address that was entered or discovered."""

import asyncio
import socket

from homeassistant.core import HomeAssistant
from yarl import URL

from .agent.addresses import is_local
from .agent.connection import CONNECT_TIMEOUT


async def async_is_safe(hass: HomeAssistant, url: URL) -> bool:
    """Return whether an address is encrypted or local.

    Every address that the name resolves to must be local. A name that does not resolve counts
    as safe: connecting reports why it fails, and the library checks the address it connects
    to. Raises `ValueError` for a text that cannot be a name.
    """
    if url.scheme == "wss":
        return True
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            found = await hass.loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    except OSError, TimeoutError:
        return True
    return all(is_local(str(address[4][0])) for address in found)
