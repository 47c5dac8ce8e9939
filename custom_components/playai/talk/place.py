"""Where the user of a talk is, and which language is spoken there."""

from dataclasses import dataclass
from typing import Any, Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr


class UnknownPlaceError(Exception):
    """There is no such area or device."""


@dataclass(frozen=True, slots=True)
class Place:
    """The language of the user, and a device in the user's area."""

    language: str
    device_id: str | None = None
    """The place that commands like "turn on the light" refer to."""

    own_device_id: str | None = None
    """The same, if the page has named it: activities report it."""

    @classmethod
    @callback
    def async_from(cls, hass: HomeAssistant, fields: dict[str, Any]) -> Self:
        """Return the place that a page has named; raises `UnknownPlaceError`."""
        language = fields.get("language") or hass.config.language
        if (device_id := fields.get("device_id")) is not None:
            if dr.async_get(hass).async_get(device_id) is None:
                raise UnknownPlaceError("no such device")
            return cls(language, device_id, device_id)
        if (area_id := fields.get("area_id")) is None:
            return cls(language)
        if ar.async_get(hass).async_get_area(area_id) is None:
            raise UnknownPlaceError("no such area")
        return cls(language, _device_in(hass, area_id))


@callback
def _device_in(hass: HomeAssistant, area_id: str) -> str | None:
    """Return a device of an area, always the same: a conversation gets its area from a device."""
    devices = dr.async_entries_for_area(dr.async_get(hass), area_id)
    return min((device.id for device in devices if not device.disabled), default=None)
