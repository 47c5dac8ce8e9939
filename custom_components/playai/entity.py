"""What the entities of an agent share."""

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import CONF_AGENT_ID, DOMAIN
from .coordinator import PlayAIConfigEntry, PlayAICoordinator


class AgentEntity(Entity):
    """An entity of one agent's device; it stays available while the agent is not."""

    _attr_has_entity_name = True

    def __init__(self, entry: PlayAIConfigEntry, key: str) -> None:
        """`key` tells the entities of one agent apart."""
        agent_id = entry.data[CONF_AGENT_ID]
        self.entry = entry
        self._attr_unique_id = f"{agent_id}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, agent_id)},
            name=entry.title,
            manufacturer="PlayAI",
            model="Voice agent",
            entry_type=DeviceEntryType.SERVICE,
        )


class StateEntity(AgentEntity, CoordinatorEntity[PlayAICoordinator]):
    """An entity that shows a part of the agent's state."""

    def __init__(self, entry: PlayAIConfigEntry, key: str) -> None:
        """`key` is the translation key too."""
        AgentEntity.__init__(self, entry, key)
        CoordinatorEntity.__init__(self, entry.runtime_data)
        self._attr_translation_key = key

    @property
    def available(self) -> bool:
        """Whether the state is known: always, it is ours."""
        return True
