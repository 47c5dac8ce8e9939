"""The event entity with the activities of the conversations with an agent."""

from typing import Any, override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity
from .models import Activity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of an agent."""
    async_add_entities([ActivityEvent(entry, "activity")])


class ActivityEvent(AgentEntity, EventEntity):
    """Fires for each activity in any conversation.

    Home Assistant gives each event a later time than the previous one, even within one
    millisecond, so that each one is a new state and triggers automations.
    """

    _attr_should_poll = False
    _attr_translation_key = "activity"
    _attr_event_types = [activity.value for activity in Activity]

    def __init__(self, entry: PlayAIConfigEntry, key: str) -> None:
        """Create the entity; `key` is unique among the entities of the agent."""
        super().__init__(entry, key)
        self._pending: list[tuple[Activity, dict[str, Any]]] = []

    @override
    async def async_added_to_hass(self) -> None:
        activities = self.entry.runtime_data.activities
        self.async_on_remove(activities.async_listen(self._enqueue))

    @callback
    def _enqueue(self, activity: Activity, data: dict[str, Any]) -> None:
        if not self._pending:
            # Conditions of an automation read states that are written after this call.
            self.hass.loop.call_soon(self._fire)
        self._pending.append((activity, data))

    @callback
    def _fire(self) -> None:
        pending, self._pending = self._pending, []
        for activity, data in pending:
            self._trigger_event(activity.value, data)
            self.async_write_ha_state()
