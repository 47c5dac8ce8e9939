"""Lets a question of the agent wait for a minute: a browser on a busy machine is slow."""

from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from custom_components.playai.assist import asking_api

CONFIG_SCHEMA = cv.empty_config_schema("slow_users")


async def async_setup(_hass: HomeAssistant, _config: ConfigType) -> bool:
    """Change the limit."""
    patch.object(asking_api, "ASK_SECONDS", 60.0).start()
    return True
