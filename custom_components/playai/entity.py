"""Base classes of the entities of an agent."""

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
    """An entity of one agent's device; it is available even if the agent is not."""

    _attr_has_entity_name = True

    def __init__(self, entry: PlayAIConfigEntry, key: str) -> None:
        """Create an entity; `key` is unique among the entities of the agent."""
        self.entry = entry
        # The id of the entry: entities, and pipelines that use them, survive another agent id.
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            name=entry.title,
            manufacturer=None,  # Unknown. Earlier versions set a name, which this removes.
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
    """Add an engine after all others: Home Assistant uses the first one by default."""

    async def add(_: HomeAssistant) -> None:
        async_add_entities([entity])

    entry.async_on_unload(async_at_started(hass, add))


class StateEntity(AgentEntity, CoordinatorEntity[PlayAICoordinator]):
    """An entity that shows a part of the agent's state, and is written only when that changes.

    Much of the state changes just before a reply starts to play; needless writes would delay it.
    """

    _written: object = None

    def __init__(self, entry: PlayAIConfigEntry, description: EntityDescription) -> None:
        """Create an entity; the key of its description is its translation key, too."""
        AgentEntity.__init__(self, entry, description.key)
        CoordinatorEntity.__init__(self, entry.runtime_data)
        self.entity_description = description
        self._attr_translation_key = description.key

    @property
    def snapshot(self) -> object:
        """The part of the state that the entity shows, comparable by value."""
        raise NotImplementedError

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if (snapshot := self.snapshot) != self._written:
            self._written = snapshot
            super()._handle_coordinator_update()

    @override
    async def async_update(self) -> None:
        """Do nothing: the state is pushed, and a requested update must not open a connection."""

    @property
    @override
    def available(self) -> bool:
        """Whether the state is known: always, it is the integration's own."""
        return True
