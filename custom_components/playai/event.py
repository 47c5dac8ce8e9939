"""What happens in the conversations with an agent."""

import asyncio
from collections import deque
from typing import Any, Final, override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .activities import Activity
from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity

PARALLEL_UPDATES = 0

APART_SECONDS: Final = 0.002
"""The state is the time in milliseconds; where it stays the same, no trigger fires."""

MAX_WAITING: Final = 1000


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of an agent."""
    async_add_entities([ActivityEvent(entry, "activity")])


class ActivityEvent(AgentEntity, EventEntity):
    """Fires with whatever happens, in any conversation; never twice in a millisecond."""

    _attr_should_poll = False
    _attr_translation_key = "activity"
    _attr_event_types = [activity.value for activity in Activity]

    def __init__(self, entry: PlayAIConfigEntry, key: str) -> None:
        """`key` tells the entities of one agent apart."""
        super().__init__(entry, key)
        self._waiting: deque[tuple[Activity, dict[str, Any]]] = deque(maxlen=MAX_WAITING)
        self._next: asyncio.Handle | None = None

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.entry.runtime_data.async_listen_to_activity(self._happened))

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Tell what is still to be told: the end of conversations, as a rule."""
        while self._waiting:
            self._fire()
            await asyncio.sleep(APART_SECONDS)
        if self._next is not None:
            self._next.cancel()
            self._next = None

    @callback
    def _happened(self, activity: Activity, data: dict[str, Any]) -> None:
        self._waiting.append((activity, data))
        if self._next is None:
            # An automation that this starts shall find the states that go with it.
            self._next = self.hass.loop.call_soon(self._fire)

    @callback
    def _fire(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if self._waiting:
            activity, data = self._waiting.popleft()
            self._trigger_event(activity.value, data)
            self.async_write_ha_state()
            self._next = self.hass.loop.call_later(APART_SECONDS, self._fire)
