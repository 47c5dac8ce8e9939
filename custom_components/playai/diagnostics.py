"""What helps to find a fault, without the key."""

from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant
from yarl import URL

from .coordinator import PlayAIConfigEntry

SECRETS: Final = {CONF_API_KEY}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: PlayAIConfigEntry
) -> dict[str, Any]:
    """Return the settings, the state and what was learnt of the server."""
    # A password may stand in an address, too.
    url = URL(entry.data[CONF_URL]).with_user(None).with_query(None)
    return {
        "data": async_redact_data(entry.data, SECRETS) | {CONF_URL: str(url)},
        "options": dict(entry.options),
        **(entry.runtime_data.diagnostics() if entry.state is ConfigEntryState.LOADED else {}),
    }
