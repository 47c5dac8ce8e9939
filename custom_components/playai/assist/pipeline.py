"""The Assist pipeline of an agent: created once, updated when entities are renamed."""

import logging
from contextlib import suppress
from typing import Any, Final

from homeassistant.components import assist_pipeline
from homeassistant.components.assist_pipeline import pipeline as assist_internals
from homeassistant.const import MATCH_ALL, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.collection import ItemNotFound
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_LOCAL_COMMANDS, CONF_PIPELINE_ID
from ..coordinator import PlayAIConfigEntry
from ..health import issues
from .preferred import async_follow_preferred, async_restore_preferred

_LOGGER = logging.getLogger(__name__)

ENGINES: Final = {
    "stt_engine": Platform.STT,
    "conversation_engine": Platform.CONVERSATION,
    "tts_engine": Platform.TTS,
}
"""Fields of a pipeline, and the platform of the agent's entity in each."""


async def async_set_up_pipeline(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Create the pipeline of a new agent, or check the one that exists.

    A missing pipeline is not created again without the user's consent: it may have been
    deleted on purpose. A repair issue offers to create it.
    """
    if CONF_PIPELINE_ID not in entry.data:
        await async_create_pipeline(hass, entry)
    elif (pipeline := _find_pipeline(hass, entry)) is None:
        issues.async_report(hass, entry, issues.PIPELINE_MISSING)
    else:
        issues.async_resolve(hass, entry, issues.PIPELINE_MISSING)
        engines = _own_engines(hass, entry)
        missing = _missing_engines(hass, pipeline)
        await _update(hass, pipeline, {field: engines[field] for field in missing})
        _check_local_commands(hass, entry, pipeline)
    async_follow_preferred(hass, entry)


@callback
def _check_local_commands(
    hass: HomeAssistant, entry: PlayAIConfigEntry, pipeline: assist_pipeline.Pipeline
) -> None:
    """Offer local commands for a pipeline of an earlier version, where they can work.

    They need the words of the user, which servers with the home link send.
    """
    if CONF_LOCAL_COMMANDS in entry.data:
        return
    if pipeline.prefer_local_intents:
        _note_local_commands(hass, entry)
    elif entry.runtime_data.traits.features is not None:
        issues.async_report(hass, entry, issues.LOCAL_COMMANDS_OFF)


async def async_prefer_local_commands(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Let the pipeline of an agent try local commands first."""
    if (pipeline := _find_pipeline(hass, entry)) is not None:
        await assist_pipeline.async_update_pipeline(hass, pipeline, prefer_local_intents=True)
        _note_local_commands(hass, entry)


@callback
def _note_local_commands(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    data = {**entry.data, CONF_LOCAL_COMMANDS: True}
    hass.config_entries.async_update_entry(entry, data=data)
    issues.async_resolve(hass, entry, issues.LOCAL_COMMANDS_OFF)


@callback
def async_follow_renames(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Update the pipeline when the entities in it are renamed."""

    @callback
    def registry_updated(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        old_id = event.data.get("old_entity_id")
        if event.data["action"] != "update" or old_id is None:
            return
        if (pipeline := _find_pipeline(hass, entry)) is not None:
            fields = [field for field in ENGINES if getattr(pipeline, field) == old_id]
            changes = dict.fromkeys(fields, event.data["entity_id"])
            entry.async_create_task(hass, _update(hass, pipeline, changes))

    entry.async_on_unload(hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, registry_updated))


async def async_create_pipeline(hass: HomeAssistant, entry: PlayAIConfigEntry) -> bool:
    """Create a pipeline of the agent's three engines; False if one is missing or disabled."""
    if _find_pipeline(hass, entry) is not None:
        issues.async_resolve(hass, entry, issues.PIPELINE_MISSING)
        return True  # The user has opened the form twice.
    engines = _own_engines(hass, entry)
    if "" in engines.values():
        return False
    pipeline = await assist_pipeline.async_create_default_pipeline(
        hass,
        stt_engine_id=engines["stt_engine"],
        tts_engine_id=engines["tts_engine"],
        pipeline_name=_unique_name(hass, entry.title),
    )
    if pipeline is None:
        return False
    await assist_pipeline.async_update_pipeline(
        hass,
        pipeline,
        conversation_engine=engines["conversation_engine"],
        conversation_language=MATCH_ALL,
        prefer_local_intents=True,
    )
    hass.config_entries.async_update_entry(
        entry,
        data={**entry.data, CONF_PIPELINE_ID: pipeline.id, CONF_LOCAL_COMMANDS: True},
    )
    issues.async_resolve(hass, entry, issues.PIPELINE_MISSING)
    return True


async def async_remove_pipeline(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Delete the pipeline if it exists; prefer another one if it was preferred."""
    if (pipeline_id := entry.data.get(CONF_PIPELINE_ID)) is None:
        return
    try:
        await async_restore_preferred(hass, entry)
        await _delete_pipeline(hass, pipeline_id)
    except (AttributeError, KeyError, TypeError) as error:
        _LOGGER.debug("Cannot delete the pipeline of %s: %r", entry.title, error)


async def _delete_pipeline(hass: HomeAssistant, pipeline_id: str) -> None:
    """Delete a pipeline from Home Assistant's private store: there is no public function.

    If a later version moves the store, the pipeline stays, and the user can delete it in the
    voice assistant settings.
    """
    key: HassKey[Any] = assist_internals.KEY_ASSIST_PIPELINE
    store = hass.data[key].pipeline_store
    if pipeline_id != store.async_get_preferred_item():
        with suppress(ItemNotFound):
            await store.async_delete_item(pipeline_id)


async def _update(
    hass: HomeAssistant, pipeline: assist_pipeline.Pipeline, engines: dict[str, Any]
) -> None:
    if engines := {field: engine for field, engine in engines.items() if engine}:
        await assist_pipeline.async_update_pipeline(hass, pipeline, **engines)


@callback
def _missing_engines(hass: HomeAssistant, pipeline: assist_pipeline.Pipeline) -> set[str]:
    """Return the fields that name an entity which does not exist.

    Its entity was renamed while the agent was not set up.
    """
    registry = er.async_get(hass)
    return {
        field
        for field, platform in ENGINES.items()
        if (engine := getattr(pipeline, field) or "").startswith(f"{platform}.")
        and registry.async_get(engine) is None
        and hass.states.get(engine) is None
    }


@callback
def _own_engines(hass: HomeAssistant, entry: PlayAIConfigEntry) -> dict[str, str]:
    """Return the agent's entities by field, empty where one is missing or disabled."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    found = {each.unique_id: each.entity_id for each in entities if not each.disabled}
    return {
        field: found.get(f"{entry.entry_id}_{platform}", "") for field, platform in ENGINES.items()
    }


@callback
def _find_pipeline(
    hass: HomeAssistant, entry: PlayAIConfigEntry
) -> assist_pipeline.Pipeline | None:
    pipeline_id = entry.data.get(CONF_PIPELINE_ID)
    pipelines = assist_pipeline.async_get_pipelines(hass)
    return next((each for each in pipelines if each.id == pipeline_id), None)


def _unique_name(hass: HomeAssistant, title: str) -> str:
    """Return a name that no pipeline has: satellites select pipelines by name."""
    taken = {pipeline.name for pipeline in assist_pipeline.async_get_pipelines(hass)}
    name, number = title, 1
    while name in taken:
        number += 1
        name = f"{title} {number}"
    return name
