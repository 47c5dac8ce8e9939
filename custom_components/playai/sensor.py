"""What went wrong last."""

from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import ErrorKind
from .coordinator import PlayAIConfigEntry
from .entity import StateEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensor of an agent."""
    async_add_entities([LastErrorSensor(entry, "last_error")])


class LastErrorSensor(StateEntity, SensorEntity):
    """The kind of the last error, unknown while there was none."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = [kind.value for kind in ErrorKind]

    @property
    @override
    def native_value(self) -> str | None:
        last = self.coordinator.data.last_error
        return None if last is None else last.error.kind.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        last = self.coordinator.data.last_error
        if last is None:
            return None
        return {
            "code": last.error.code,
            "message": last.error.message,
            "time": last.when.isoformat(),
        }
