"""Announces the agents on the local network, so that clients can discover them."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from typing import Final

from zeroconf import Error, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from . import VERSION

_LOGGER = logging.getLogger(__name__)

SERVICE_TYPE: Final = "_playai-agent._tcp.local."

_LONGEST_LABEL: Final = 63
"""Bytes in one label of a DNS name."""


class Announcer:
    """Keeps one service per agent announced."""

    def __init__(self) -> None:
        self._zeroconf: AsyncZeroconf | None = None
        self._broadcasts: list[asyncio.Future[None]] = []

    async def start(
        self, addresses: Sequence[str], port: int, path: str, agent_ids: Sequence[str]
    ) -> None:
        """Announce the agents; if the network does not allow it, only log a warning."""
        try:
            self._zeroconf = AsyncZeroconf()
            for agent_id in agent_ids:
                broadcast = await self._zeroconf.async_register_service(
                    service(addresses, port, path, agent_id), allow_name_change=True
                )
                self._broadcasts.append(asyncio.ensure_future(broadcast))
        except (Error, OSError) as error:
            _LOGGER.warning("The agents are not announced on the network: %s", error)
            await self.stop()

    async def stop(self) -> None:
        """Withdraw the announcements."""
        zeroconf, self._zeroconf = self._zeroconf, None
        broadcasts, self._broadcasts = self._broadcasts, []
        for broadcast in broadcasts:
            broadcast.cancel()  # A late one would announce the agent again.
        await asyncio.gather(*broadcasts, return_exceptions=True)
        if zeroconf is not None:
            await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()


def service(addresses: Sequence[str], port: int, path: str, agent_id: str) -> ServiceInfo:
    """Return the announcement of one agent with its addresses.

    Clients must try all of them: python-zeroconf sends them in no particular order.
    """
    label = agent_id.replace(".", "-").encode()[:_LONGEST_LABEL].decode(errors="ignore")
    return ServiceInfo(
        SERVICE_TYPE,
        f"{label}.{SERVICE_TYPE}",
        port=port,
        parsed_addresses=list(addresses),
        properties={"agent_id": agent_id, "path": path, "version": VERSION},
        server=f"{socket.gethostname().partition('.')[0]}.local.",
    )
