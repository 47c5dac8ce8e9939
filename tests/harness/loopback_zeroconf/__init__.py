"""Sets up Home Assistant's discovery on loopback, which it leaves out otherwise."""

from typing import Any

from homeassistant.components import zeroconf
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
from homeassistant.setup import async_setup_component
from zeroconf import IPVersion

CONFIG_SCHEMA = cv.empty_config_schema("loopback_zeroconf")

_ARGUMENTS: dict[str, Any] = {"interfaces": ["127.0.0.1"], "ip_version": IPVersion.V4Only}


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up zeroconf; nothing else in the configuration may do so earlier."""
    zeroconf._async_get_zc_args = lambda hass: _ARGUMENTS  # noqa: ARG005 (its name)
    return await async_setup_component(hass, "zeroconf", {})
