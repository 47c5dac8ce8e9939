"""Where a key may travel without encryption."""

import asyncio
import socket
from ipaddress import IPv4Network, ip_address
from typing import Final

from homeassistant.core import HomeAssistant
from yarl import URL

from .agent.connection import CONNECT_TIMEOUT

_SHARED: Final = IPv4Network("100.64.0.0/10")
"""Carriers' and overlay networks' own addresses (RFC 6598)."""


async def async_is_safe(hass: HomeAssistant, url: URL) -> bool:
    """Whether an address is encrypted, or does not lead out of the house.

    Every address that the name resolves to must be loopback, private, link-local or shared.
    A name that does not resolve leads nowhere: connecting tells why.
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
    return (
        ip.is_loopback or ip.is_private or ip.is_link_local or (ip.version == 4 and ip in _SHARED)  # noqa: PLR2004
    )
