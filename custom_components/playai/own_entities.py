"""Finds the entities of this integration, and checks the permission to use them."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN


@callback
def async_filter_own(hass: HomeAssistant, entities: set[str], key: str) -> set[str]:
    """Return the entities of agents with this key (`voice_activity`, `activity` ...)."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entities
        if (entity := registry.async_get(entity_id)) is not None
        and entity.platform == DOMAIN
        and entity.unique_id == f"{entity.config_entry_id}_{key}"
    }


@callback
def async_own(hass: HomeAssistant) -> list[str]:
    """Return all entities of this integration."""
    entities = er.async_get(hass).entities.values()
    return [entity.entity_id for entity in entities if entity.platform == DOMAIN]


@callback
def is_own(hass: HomeAssistant, entity_id: str) -> bool:
    """Whether an entity is one of this integration."""
    entity = er.async_get(hass).async_get(entity_id)
    return entity is not None and entity.platform == DOMAIN


def may_talk(user: User | None, entity_id: str) -> bool:
    """Return whether a user may talk with the agent of a conversation entity."""
    if user is None or not user.is_active:
        return False
    return bool(user.permissions.check_entity(entity_id, POLICY_CONTROL))


@callback
def async_conversation_entity(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str | None:
    """Return the conversation entity of an agent, which may be renamed at any time."""
    unique_id = f"{entry.entry_id}_{Platform.CONVERSATION}"
    return er.async_get(hass).async_get_entity_id(Platform.CONVERSATION, DOMAIN, unique_id)
