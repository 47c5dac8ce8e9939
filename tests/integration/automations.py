"""Automations as the editor creates them, and targets of all kinds."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .satellite import Satellite

type Target = dict[str, str]

TRIGGER = "{{ dict(trigger.items() | rejectattr(0, 'in', ['from_state', 'to_state', 'for'])) }}"
"""The trigger variables of an automation that can be compared."""


def device_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """The id of an entry's one device."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


def targets(satellite: Satellite, platform: str, key: str) -> dict[str, Target]:
    """Targets that select an agent: an entity, its device, its area."""
    hass = satellite.hass
    device_id = device_of(hass, satellite.entry)
    area = ar.async_get(hass).async_get_or_create("Kitchen")
    dr.async_get(hass).async_update_device(device_id, area_id=area.id)
    return {
        "entity": {"entity_id": satellite.entity_id(platform, key)},
        "device": {"device_id": device_id},
        "area": {"area_id": area.id},
    }


def foreign_entity(hass: HomeAssistant, domain: str, **state: Any) -> dict[str, Target]:
    """Targets that select an entity of another integration, in a separate area."""
    entry = hass.config_entries.async_entries("playai")[0]
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("other", "device")}
    )
    area = ar.async_get(hass).async_get_or_create("Garden")
    dr.async_get(hass).async_update_device(device.id, area_id=area.id)
    entity = er.async_get(hass).async_get_or_create(
        domain, "other", f"{entry.entry_id}_activity", device_id=device.id
    )
    hass.states.async_set(entity.entity_id, **state)
    return {
        "entity": {"entity_id": entity.entity_id},
        "device": {"device_id": device.id},
        "area": {"area_id": area.id},
    }


def counted(hass: HomeAssistant, target: dict[str, Any], device_id: str) -> list[str]:
    """The entities that the editor counts for a target, from their states alone.

    An entity of the agent counts if it has a state and no category, and matches a filter.
    """
    registry = er.async_get(hass)
    found = []
    for entity in er.async_entries_for_device(registry, device_id):
        state = hass.states.get(entity.entity_id)
        if state is None or entity.entity_category is not None:
            continue
        for wanted in target["entity"]:
            assert set(wanted) <= {"domain", "device_class"}
            domains, classes = wanted["domain"], wanted.get("device_class")
            if state.domain in domains and (
                classes is None or state.attributes.get("device_class") in classes
            ):
                found.append(state.entity_id)
    return found


async def automate(hass: HomeAssistant, triggers: dict[str, dict[str, Any]]) -> list[Any]:
    """Create an automation for each trigger; return their trigger variables in order."""
    fired: list[Any] = []

    @callback
    def happened(event: Any) -> None:
        fired.append(event.data)

    hass.bus.async_listen("automation_fired", happened)
    automations = [
        {
            "id": name,
            "alias": name,
            "triggers": [trigger],
            "actions": [
                {
                    "event": "automation_fired",
                    "event_data": {"name": name, "trigger": TRIGGER},
                }
            ],
            "mode": "parallel",
        }
        for name, trigger in triggers.items()
    ]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    await hass.async_block_till_done()
    assert len(hass.states.async_entity_ids("automation")) == len(triggers)
    assert all(hass.states.get(e).state == "on" for e in hass.states.async_entity_ids("automation"))  # type: ignore[union-attr]
    return fired
