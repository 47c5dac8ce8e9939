"""Sensors: the status, the last error and the response time of an agent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import ErrorKind
from .agent.events import Status
from .const import ATTR_AGENT_TIME, ATTR_CONVERSATIONS
from .coordinator import PlayAIConfigEntry
from .entity import StateEntity
from .models import AgentState

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class AgentSensorDescription(SensorEntityDescription):
    """Describes a sensor of an agent."""

    value: Callable[[AgentState], str | int | None]
    attributes: Callable[[AgentState], dict[str, Any] | None] = lambda _: None


def _last_error(state: AgentState) -> str | None:
    return None if state.last_error is None else state.last_error.error.kind.value


def _details(state: AgentState) -> dict[str, Any] | None:
    if (last := state.last_error) is None:
        return None
    return {
        "code": last.error.code,
        "message": last.error.message,
        "time": last.when.isoformat(),
    }


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


SENSORS: Final = (
    AgentSensorDescription(
        key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in Status],
        value=lambda state: state.status.value,
        attributes=lambda state: {ATTR_CONVERSATIONS: state.conversations},
    ),
    AgentSensorDescription(
        key="last_error",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[kind.value for kind in ErrorKind],
        value=_last_error,
        attributes=_details,
    ),
    AgentSensorDescription(
        key="response_time",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda state: _milliseconds(state.response_time),
        attributes=lambda state: {ATTR_AGENT_TIME: _milliseconds(state.agent_time)},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an agent."""
    async_add_entities(AgentSensor(entry, description) for description in SENSORS)


class AgentSensor(StateEntity, SensorEntity):
    """A part of the state of an agent; unknown until it has a value."""

    entity_description: AgentSensorDescription

    @property
    @override
    def snapshot(self) -> object:
        return self.native_value, self.extra_state_attributes

    @property
    @override
    def native_value(self) -> str | int | None:
        return self.entity_description.value(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return self.entity_description.attributes(self.coordinator.data)
