"""Parses announcements of agents on the local network. Anybody there can send one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_interface
from typing import Final

from homeassistant.components import network
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from .errors import BadAnnouncementError

MAX_OPEN_FLOWS: Final = 8
"""Number of new agents offered at once; more announcements are ignored."""

_MAX_ADDRESSES: Final = 8

AGENT_ID: Final = re.compile(r"\w[\w.:@+-]{0,127}")
_PATH: Final = re.compile(r"/[A-Za-z0-9._~/-]{1,200}")
"""Ids and paths are displayed: no spaces, no control characters, no Markdown except `_`."""

type _Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Announcement:
    """A valid announcement of one agent."""

    agent_id: str
    urls: tuple[str, ...]
    """At least one; the one that Home Assistant can most likely reach comes first."""


async def async_parse(hass: HomeAssistant, info: ZeroconfServiceInfo) -> Announcement:
    """Check an announcement; raises `BadAnnouncementError`."""
    agent_id, path = info.properties.get("agent_id"), info.properties.get("path")
    if not isinstance(agent_id, str) or not AGENT_ID.fullmatch(agent_id):
        raise BadAnnouncementError("no valid agent id")
    if not isinstance(path, str) or not _PATH.fullmatch(path) or not info.port:
        raise BadAnnouncementError("no valid path or port")
    addresses = await _async_by_distance(hass, [info.ip_address, *info.ip_addresses])
    urls = (
        URL.build(scheme="ws", host=str(address), port=info.port, path=path)
        for address in addresses[:_MAX_ADDRESSES]
    )
    return Announcement(agent_id, tuple(str(url) for url in urls))


async def _async_by_distance(hass: HomeAssistant, addresses: Sequence[_Address]) -> list[_Address]:
    """Sort addresses: those in a network of Home Assistant first, link-local ones last."""
    networks = [
        ip_interface(f"{ip['address'].partition('%')[0]}/{ip['network_prefix']}").network
        for adapter in await network.async_get_adapters(hass)
        # Bridges of containers are disabled: other computers have the same networks.
        if adapter["enabled"]
        for ip in (*adapter["ipv4"], *adapter["ipv6"])
    ]

    def distance(address: _Address) -> int:
        if address.is_link_local:  # IPv6 ones need an interface, which is unknown.
            return 2
        return 0 if any(address in local for local in networks) else 1

    # `sorted` is stable: Home Assistant lists the most recently updated address first.
    return sorted(dict.fromkeys(addresses), key=distance)
