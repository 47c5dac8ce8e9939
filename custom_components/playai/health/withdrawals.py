"""Listens to the goodbyes of an agent that announces itself on the local network."""

from collections.abc import Callable
from typing import Any, Final, override

from homeassistant.components import zeroconf
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from zeroconf import BadTypeInNameException, ServiceListener, Zeroconf
from zeroconf.asyncio import AsyncServiceInfo

SERVICE_TYPE: Final = "_playai-agent._tcp.local."

MAX_NAMES: Final = 8
"""Anybody can announce the same agent under many names."""


async def async_follow_withdrawals(
    hass: HomeAssistant, entry: ConfigEntry[Any], on_withdrawn: Callable[[], None]
) -> None:
    """Call `on_withdrawn` when the agent of an entry says that it is stopping."""
    if zeroconf.DOMAIN not in hass.config.components:
        return
    aiozc = await zeroconf.async_get_async_instance(hass)
    listener = _Listener(str(entry.unique_id), on_withdrawn)
    await aiozc.async_add_service_listener(SERVICE_TYPE, listener)

    async def stop() -> None:
        await aiozc.async_remove_service_listener(listener)

    entry.async_on_unload(stop)


class _Listener(ServiceListener):
    """Remembers under which names one agent is announced; called in the event loop."""

    def __init__(self, agent_id: str, on_withdrawn: Callable[[], None]) -> None:
        self._agent_id = agent_id
        self._on_withdrawn = on_withdrawn
        self._names: set[str] = set()

    @override
    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        if len(self._names) < MAX_NAMES and _announced_agent(zc, type_, name) == self._agent_id:
            self._names.add(name)

    @override
    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.add_service(zc, type_, name)

    @override
    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        if name in self._names:
            self._names.discard(name)
            self._on_withdrawn()


def _announced_agent(zc: Zeroconf, type_: str, name: str) -> str | None:
    try:
        info = AsyncServiceInfo(type_, name)
    except BadTypeInNameException:
        return None
    info.load_from_cache(zc)
    return info.decoded_properties.get("agent_id")
