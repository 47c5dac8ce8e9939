"""Where a key may travel without encryption."""

import asyncio
import socket
from ipaddress import ip_address, ip_network
from typing import Final

from homeassistant.core import HomeAssistant
from yarl import URL

from .agent.connection import CONNECT_TIMEOUT

_NEAR: Final = [
    ip_network(network)
    for network in (
        *("127.0.0.0/8", "::1"),  # Loopback.
        *("0.0.0.0/32", "::/128"),  # This host, as a server says that listens everywhere.
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),  # Private.
        *("169.254.0.0/16", "fe80::/10"),  # Link-local.
        "100.64.0.0/10",  # Carriers' and overlay networks' own (RFC 6598).
    )
]
"""Less than `is_private`, which holds what tunnels and proxies take to the internet too."""


async def async_is_safe(hass: HomeAssistant, url: URL) -> bool:
    """Whether an address is encrypted, or does not lead out of the house.

    Every address that the name resolves to must be loopback, private, link-local or shared.
    A name that does not resolve leads nowhere: connecting tells why. Raises `ValueError` for
    what cannot be a name.
    """
    if url.scheme == "wss":
        return True
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            found = await hass.loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    except OSError, TimeoutError:
        return True
    return all(_is_near(address[4][0]) for address in found)


def _is_near(address: str | int) -> bool:
    ip = ip_address(str(address).split("%", maxsplit=1)[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in _NEAR)
