"""Whether the user is speaking."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import PlayAIConfigEntry
from .entity import StateEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensor of an agent."""
    async_add_entities([VoiceActivitySensor(entry, "voice_activity")])


class VoiceActivitySensor(StateEntity, BinarySensorEntity):
    """On while the agent hears the user speak, in any conversation."""

    @property
    @override
    def is_on(self) -> bool:
        return self.coordinator.data.voice_active
