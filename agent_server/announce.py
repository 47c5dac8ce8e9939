"""Announces the agents in the local network, so that clients find them by themselves."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

import ifaddr
from zeroconf import Error, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from . import VERSION

_LOGGER = logging.getLogger(__name__)

SERVICE_TYPE: Final = "_playai-agent._tcp.local."

_LONGEST_LABEL: Final = 63
"""Bytes of a name in DNS."""


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a server that listens on a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def local_addresses(host: str) -> list[str]:
    """Return the addresses at which others reach a server that listens on a host."""
    try:
        address = ip_address(host)
    except ValueError:
        return []
    if not address.is_unspecified:
        return [str(address)]
    found = [
        ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
    return [
        str(ip)
        for ip in sorted(found, key=lambda ip: (ip.version, ip.packed))
        if not ip.is_loopback and not ip.is_link_local and ip.version <= address.version
    ]


class Announcer:
    """Keeps one service per agent announced."""

    def __init__(self) -> None:
        self._zeroconf: AsyncZeroconf | None = None
        self._broadcasts: list[asyncio.Future[None]] = []

    async def start(self, host: str, port: int, path: str, agent_ids: Sequence[str]) -> None:
        """Announce the agents; a network that does not let us is no reason not to serve."""
        try:
            self._zeroconf = AsyncZeroconf()
            for agent_id in agent_ids:
                broadcast = await self._zeroconf.async_register_service(
                    service(host, port, path, agent_id), allow_name_change=True
                )
                self._broadcasts.append(asyncio.ensure_future(broadcast))
        except (Error, OSError) as error:
            _LOGGER.warning("The agents are not announced in the network: %s", error)
            await self.stop()

    async def stop(self) -> None:
        """Take the announcements back."""
        zeroconf, self._zeroconf = self._zeroconf, None
        broadcasts, self._broadcasts = self._broadcasts, []
        for broadcast in broadcasts:
            broadcast.cancel()  # A late one would announce the agent again.
        await asyncio.gather(*broadcasts, return_exceptions=True)
        if zeroconf is not None:
            await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()


def service(host: str, port: int, path: str, agent_id: str) -> ServiceInfo:
    """Describe one agent."""
    label = agent_id.replace(".", "-").encode()[:_LONGEST_LABEL].decode(errors="ignore")
    return ServiceInfo(
        SERVICE_TYPE,
        f"{label}.{SERVICE_TYPE}",
        port=port,
        parsed_addresses=local_addresses(host),
        properties={"agent_id": agent_id, "path": path, "version": VERSION},
        server=f"{socket.gethostname().partition('.')[0]}.local.",
    )
