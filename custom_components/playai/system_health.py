"""The agents on the page System information."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .health.history import async_history

MANAGE_URL = f"/config/integrations/integration/{DOMAIN}"


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register the callback of the integration."""
    register.async_register_info(async_system_health_info, MANAGE_URL)


async def async_system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the numbers of agents and conversations, and the latest error of all agents.

    It has no addresses and no messages, because people publish this page.
    """
    entries: list[ConfigEntry[Any]] = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False
    )
    loaded = hass.config_entries.async_loaded_entries(DOMAIN)
    errors = [
        error
        for entry in entries
        if (error := async_history(hass, entry.entry_id).last_error) is not None
    ]
    last = max(errors, key=lambda error: error.when, default=None)
    info: dict[str, Any] = {
        "agents": len(entries),
        "connected": sum(entry.runtime_data.data.connected for entry in loaded),
        "conversations": sum(entry.runtime_data.data.conversations for entry in loaded),
    }
    if last is not None:  # The page shows a missing value as an empty line.
        info["last_error"] = f"{last.error.kind.value} ({last.when:%Y-%m-%d %H:%M:%S} UTC)"
    return info
