"""Whether the app of the Supervisor that ran an agent is still installed."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_APP

_SUPERVISOR: Final = "hassio"


@callback
def async_app_is_removed(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Return whether the agent of an entry belonged to an app that was uninstalled."""
    slug = entry.data.get(CONF_APP)
    if slug is None or _SUPERVISOR not in hass.config.components:
        return False
    # The requirements of hassio are installed only where there is a Supervisor.
    from homeassistant.components.hassio import (  # noqa: PLC0415
        HassioNotReadyError,
        get_apps_list,
    )

    try:
        apps = get_apps_list(hass)
    except HassioNotReadyError:
        return False
    return all(app.get("slug") != slug for app in apps)
