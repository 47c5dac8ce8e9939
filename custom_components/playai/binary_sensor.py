"""Binary sensors: who speaks, and whether the agent works."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import PlayAIConfigEntry
from .entity import StateEntity
from .models import AgentState

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class AgentBinarySensorDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of an agent."""

    is_on: Callable[[AgentState], bool]


BINARY_SENSORS: Final = (
    # The conditions of the integration select these by their keys.
    AgentBinarySensorDescription(
        key="voice_activity",
        device_class=BinarySensorDeviceClass.SOUND,
        is_on=lambda state: state.voice_active,
    ),
    AgentBinarySensorDescription(
        key="speaking",
        device_class=BinarySensorDeviceClass.RUNNING,
        is_on=lambda state: state.speaking,
    ),
    AgentBinarySensorDescription(
        key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        is_on=lambda state: state.has_problem,
    ),
    AgentBinarySensorDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda state: state.connected,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of an agent."""
    async_add_entities(AgentBinarySensor(entry, description) for description in BINARY_SENSORS)


class AgentBinarySensor(StateEntity, BinarySensorEntity):
    """A yes-or-no part of the state of an agent."""

    entity_description: AgentBinarySensorDescription

    @property
    @override
    def snapshot(self) -> object:
        return self.is_on

    @property
    @override
    def is_on(self) -> bool:
        return self.entity_description.is_on(self.coordinator.data)
