"""What happens in the conversations with an agent."""

from typing import Any, override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity

PARALLEL_UPDATES = 0

ACTIVITIES = [
    "session_started",
    "voice_activity_started",
    "voice_activity_ended",
    "reply_started",
    "reply_finished",
    "reply_interrupted",
    "error",
    "session_ended",
]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of an agent."""
    async_add_entities([ActivityEvent(entry, "activity")])


class ActivityEvent(AgentEntity, EventEntity):
    """Fires with whatever happens, in any conversation."""

    _attr_should_poll = False
    _attr_translation_key = "activity"
    _attr_event_types = ACTIVITIES

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.entry.runtime_data.async_listen_to_activity(self._happened))

    @callback
    def _happened(self, activity: str, data: dict[str, Any]) -> None:
        self._trigger_event(activity, data)
        self.async_write_ha_state()
