"""What the entities of an agent share."""

from typing import override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import PlayAIConfigEntry, PlayAICoordinator


class AgentEntity(Entity):
    """An entity of one agent's device; it stays available while the agent is not."""

    _attr_has_entity_name = True

    def __init__(self, entry: PlayAIConfigEntry, key: str) -> None:
        """`key` tells the entities of one agent apart."""
        self.entry = entry
        # Entities, and the pipelines that name them, stay when another agent id is set.
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            name=entry.title,
            manufacturer=None,  # Any server can speak the protocol; this removes an old name.
            model="Voice agent",
            entry_type=DeviceEntryType.SERVICE,
        )


@callback
def async_add_when_started(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    entity: AgentEntity,
) -> None:
    """Add an engine once all others are there: the first one becomes a default engine."""

    async def add(_: HomeAssistant) -> None:
        async_add_entities([entity])

    entry.async_on_unload(async_at_started(hass, add))


class StateEntity(AgentEntity, CoordinatorEntity[PlayAICoordinator]):
    """An entity that shows a part of the agent's state, and is written when that changes.

    In the moments when an answer begins much changes, and all of it before the player.
    """

    _written: object = None

    def __init__(self, entry: PlayAIConfigEntry, description: EntityDescription) -> None:
        """Make an entity; the key of its description is its translation key too."""
        AgentEntity.__init__(self, entry, description.key)
        CoordinatorEntity.__init__(self, entry.runtime_data)
        self.entity_description = description
        self._attr_translation_key = description.key

    @property
    def shown(self) -> object:
        """What is shown of the state."""
        raise NotImplementedError

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if (shown := self.shown) != self._written:
            self._written = shown
            super()._handle_coordinator_update()

    @override
    async def async_update(self) -> None:
        """Leave the state as it is: nothing is polled, not even on request."""

    @property
    @override
    def available(self) -> bool:
        """Whether the state is known: always, it is ours."""
        return True
