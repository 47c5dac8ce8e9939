"""Shows problems of an agent early: a minute lasts a second, and no app is installed."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from custom_components.playai.const import CONF_APP
from custom_components.playai.health import health, watch

CONFIG_SCHEMA = cv.empty_config_schema("quick_health")


async def async_setup(_hass: HomeAssistant, _config: ConfigType) -> bool:
    """Change the limits; the agents are set up later."""
    patch.object(watch, "CHECK_INTERVAL", timedelta(seconds=1)).start()
    patch.object(health, "async_app_is_removed", _app_is_removed).start()
    return True


def _app_is_removed(_hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    return entry.data.get(CONF_APP) is not None
