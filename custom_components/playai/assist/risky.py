"""Which calls of tools may open a home or disarm its alarm."""

from collections.abc import Iterator
from typing import Any, Final

from homeassistant.components import conversation
from homeassistant.components.cover import CoverDeviceClass
from homeassistant.const import ATTR_DEVICE_CLASS, Platform
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import intent, llm

_DOMAINS: Final = frozenset({Platform.ALARM_CONTROL_PANEL, Platform.LOCK})
_COVERS: Final = frozenset({CoverDeviceClass.DOOR, CoverDeviceClass.GARAGE, CoverDeviceClass.GATE})
_IDS: Final = frozenset({"area_id", "floor_id"})
"""Targets of actions, which need not be exposed."""

_OPAQUE: Final = frozenset({"device_id", "label_id"})
"""Targets that are not looked up."""

_TEMPLATES: Final = ("{{", "{%")


@callback
def async_is_risky(hass: HomeAssistant, tool: llm.Tool, arguments: dict[str, Any]) -> bool:
    """Return whether a call may change a lock, an alarm, a gate, or the door of a house or garage.

    The actions of a script are not checked: the user has exposed it.
    """
    if tool.annotations.read_only:
        return False
    return any(
        _names_risky(hass, values) or any(map(_is_risky, async_targets(hass, values)))
        for values in _objects(arguments)
    )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield an object and those inside it."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)


def _names_risky(hass: HomeAssistant, values: dict[str, Any]) -> bool:
    """Return whether ids of entities, names of actions or domains are those of risky entities."""
    if values.keys() & _OPAQUE or _DOMAINS & {
        text.lower() for text in _texts(values.get("domain"))
    }:
        return True
    texts = [text for value in values.values() for text in _texts(value)]
    if any(template in text for template in _TEMPLATES for text in texts):
        return True
    for name in (name.strip().lower() for text in texts for name in text.split(",")):
        domain, dot, _ = name.partition(".")
        state = hass.states.get(name)
        if (dot and domain in _DOMAINS) or (state is not None and _is_risky(state)):
            return True
    return False


@callback
def async_targets(hass: HomeAssistant, values: dict[str, Any]) -> list[State]:
    """Return the entities that an intent with these values may change."""
    constraints = intent.MatchTargetsConstraints(
        name=_text(values, "name"),
        area_name=_text(values, "area", "area_id"),
        floor_name=_text(values, "floor", "floor_id"),
        domains=_texts(values.get("domain")) or None,
        device_classes=_texts(values.get("device_class")) or None,
        assistant=None if values.keys() & _IDS else conversation.DOMAIN,
        allow_duplicate_names=True,
    )
    if not constraints.has_constraints:
        return []
    return intent.async_match_targets(hass, constraints).states


def _is_risky(state: State) -> bool:
    if state.domain == Platform.COVER:
        return state.attributes.get(ATTR_DEVICE_CLASS) in _COVERS
    return state.domain in _DOMAINS


def _text(values: dict[str, Any], *keys: str) -> str | None:
    return next((text for key in keys for text in _texts(values.get(key))), None)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
