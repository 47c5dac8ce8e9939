"""Which calls of tools may open a home or disarm its alarm."""

import re
from collections.abc import Iterator
from typing import Any, Final

from homeassistant.components import conversation
from homeassistant.components.cover import CoverDeviceClass
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_ENTITY_ID, ENTITY_MATCH_ALL, Platform
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent, llm

from ..agent.words import clean_text

_DOMAINS: Final = frozenset({Platform.ALARM_CONTROL_PANEL, Platform.LOCK})
_COVERS: Final = frozenset({CoverDeviceClass.DOOR, CoverDeviceClass.GARAGE, CoverDeviceClass.GATE})
_OPAQUE: Final = frozenset({"device_id", "label_id"})
"""Targets that are not looked up."""

_COMMAND: Final = "conversation_command"
"""The argument of a timer with a sentence that Home Assistant carries out later."""

_PROCESS: Final = "conversation.process"
"""The action that carries out a sentence."""

_SHOWN: Final = 8
"""Reasons that are shown; an ellipsis takes the place of more."""

_MEMBERS: Final = (ATTR_ENTITY_ID, "group_entities")
"""The attributes of scenes and groups that list the entities that these change."""

_READ_ONLY: Final = frozenset({Platform.BINARY_SENSOR, Platform.SENSOR})
"""Entities that change no members."""

_ENTITY_ID: Final = re.compile(r"\w+\.\w+")
_TEMPLATES: Final = ("{{", "{%")


@callback
def async_is_risky(hass: HomeAssistant, tool: llm.Tool, arguments: dict[str, Any]) -> bool:
    """Return whether a call may change a lock, an alarm, a gate, or the door of a house or garage.

    The actions of a script are not checked: the user has exposed it.
    """
    if tool.annotations.read_only:
        return False
    return any(
        _names_risky(hass, values)
        or any(_is_risky(hass, state.entity_id) for state in async_targets(hass, values))
        for values in _objects(arguments)
    )


@callback
def async_risks(hass: HomeAssistant, arguments: dict[str, Any]) -> list[str]:
    """Return what the user must know before a risky call, apart from its target.

    These are the names of the risky entities, and sentences that would be carried out later.
    """
    risks: list[str] = []
    for values in _objects(arguments):
        risks += _texts(values.get(_COMMAND))
        states = async_targets(hass, values)
        risks += [state.name for state in states if _is_risky(hass, state.entity_id)]
        for name in sorted(_names(hass, values)):
            if _is_risky(hass, name):
                state = hass.states.get(name)
                risks.append(name if state is None else state.name)
    shown = list(dict.fromkeys(clean_text(risk) for risk in risks))
    return shown if len(shown) <= _SHOWN else [*shown[:_SHOWN], "…"]


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
    domains = {text.lower() for text in _texts(values.get("domain"))}
    if values.keys() & _OPAQUE or domains & _DOMAINS or _texts(values.get(_COMMAND)):
        return True
    if any(template in text for template in _TEMPLATES for text in _all_texts(values)):
        return True
    names = _names(hass, values)
    return _PROCESS in names or any(_is_risky(hass, name) for name in names)


def _names(hass: HomeAssistant, values: dict[str, Any]) -> set[str]:
    """Return the values and keys that may be ids of entities or names of actions.

    An id may also be a part of a comma-separated list, or inside JSON.
    """
    texts = _all_texts(values)
    names = {name.strip() for text in texts for name in text.split(",")}
    parts = {part for text in texts for part in _ENTITY_ID.findall(text)}
    return names | {part for part in parts if part == _PROCESS or hass.states.get(part) is not None}


def _all_texts(values: dict[str, Any]) -> list[str]:
    return [text.lower() for item in values.items() for each in item for text in _texts(each)]


@callback
def async_targets(hass: HomeAssistant, values: dict[str, Any]) -> list[State]:
    """Return the entities that an intent or an action with these values may change."""
    domains = _texts(values.get("domain"))
    # The domain of an action may be written in capitals, unlike that of an intent.
    changed = {domain.lower() for domain in domains}
    if HOMEASSISTANT_DOMAIN in changed:
        changed = set()  # Its actions change entities of any domain.
    if ENTITY_MATCH_ALL in (text.lower() for text in _texts(values.get(ATTR_ENTITY_ID))):
        return hass.states.async_all(changed or None)
    name = _text(values, "name")
    of_intent = intent.MatchTargetsConstraints(
        name=None if name == ENTITY_MATCH_ALL else name,
        area_name=_text(values, "area"),
        floor_name=_text(values, "floor"),
        domains=domains or None,
        device_classes=_texts(values.get("device_class")) or None,
        assistant=conversation.DOMAIN,
        allow_duplicate_names=True,
    )
    # The entities of an action need not be exposed, nor be in all of the places that it names.
    areas = (
        intent.MatchTargetsConstraints(area_name=id_, domains=changed or None)
        for id_ in _texts(values.get("area_id"))
    )
    floors = (
        intent.MatchTargetsConstraints(floor_name=id_, domains=changed or None)
        for id_ in _texts(values.get("floor_id"))
    )
    return [
        state
        for constraints in (of_intent, *areas, *floors)
        if constraints.has_constraints
        for state in intent.async_match_targets(hass, constraints).states
    ]


def _is_risky(hass: HomeAssistant, name: str) -> bool:
    """Return whether an entity id, or the name of an action, is about a risky entity.

    The id may be that of the entity's registration. A scene or a group is risky if a member is.
    """
    entry = er.async_get(hass).async_get(name)
    names = [name if entry is None else entry.entity_id]
    for each in names:
        domain, dot, _ = each.partition(".")
        state = hass.states.get(each)
        attributes = {} if state is None else state.attributes
        is_cover = domain == Platform.COVER and attributes.get(ATTR_DEVICE_CLASS) in _COVERS
        if is_cover or (dot and domain in _DOMAINS):
            return True
        if domain not in _READ_ONLY:
            members = (member for key in _MEMBERS for member in _texts(attributes.get(key)))
            names += [member for member in members if member not in names]
    return False


def _text(values: dict[str, Any], key: str) -> str | None:
    return next(iter(_texts(values.get(key))), None)


def _texts(value: Any) -> list[str]:
    """Return the texts of an argument as an intent reads it: numbers, but nothing blank."""
    texts = (
        str(each)
        for each in (value if isinstance(value, list | tuple) else [value])
        if isinstance(each, str | int | float)
    )
    return [text for text in texts if text.strip()]
