"""Conditions for automations: the state of the conversations with an agent.

    conditions:
      - condition: playai.user_is_speaking
        target:
          area_id: kitchen

They test the entities of agents; other entities of the target are ignored.
"""

from typing import Final, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    Condition,
    EntityConditionBase,
    EntityStateConditionBase,
)

from .const import ATTR_CONVERSATIONS
from .own_entities import async_filter_own


class AgentCondition(EntityConditionBase):
    """Tests one entity of each agent."""

    key: str
    """The key of the entity, see `async_filter_own`."""

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return async_filter_own(self._hass, entities, self.key)

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Return False for a target without agents: all of no states would match."""
        return bool(states) and super()._check_all_match_state(states)


class BinarySensorCondition(AgentCondition, EntityStateConditionBase):
    """True while a binary sensor is on."""

    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec()}
    _states = {STATE_ON}


class UserIsSpeaking(BinarySensorCondition):
    """True while the agent hears the user."""

    key = "voice_activity"


class AgentIsSpeaking(BinarySensorCondition):
    """True while a reply of the agent plays."""

    key = "speaking"


class AgentHasProblem(BinarySensorCondition):
    """True from an error to the next success."""

    key = "problem"


class ConversationIsActive(AgentCondition):
    """True from the start of a conversation to its end, even while nobody speaks."""

    _domain_specs = {SENSOR_DOMAIN: DomainSpec(value_source=ATTR_CONVERSATIONS)}
    key = "status"

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        return bool(entity_state.attributes.get(ATTR_CONVERSATIONS))


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "user_is_speaking": UserIsSpeaking,
    "agent_is_speaking": AgentIsSpeaking,
    "agent_has_problem": AgentHasProblem,
    "conversation_is_active": ConversationIsActive,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by their names, without the domain."""
    return CONDITIONS
