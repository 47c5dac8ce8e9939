"""The Assist pipeline that is made for an agent; all that is known of pipelines is here."""

from contextlib import suppress

from homeassistant.components import assist_pipeline
from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    PipelinePreferred,
)
from homeassistant.const import MATCH_ALL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.collection import ItemNotFound

from .const import CONF_PIPELINE_ID, DOMAIN
from .coordinator import PlayAIConfigEntry


async def async_create_pipeline(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Make a pipeline of the agent's three engines, once."""
    if CONF_PIPELINE_ID in entry.data:
        return
    engines = {
        platform: er.async_get(hass).async_get_entity_id(
            platform, DOMAIN, f"{entry.entry_id}_{platform}"
        )
        for platform in (Platform.STT, Platform.CONVERSATION, Platform.TTS)
    }
    pipeline = await assist_pipeline.async_create_default_pipeline(
        hass,
        stt_engine_id=engines[Platform.STT] or "",
        tts_engine_id=engines[Platform.TTS] or "",
        pipeline_name=_unique_name(hass, entry.title),
    )
    if pipeline is None:
        return
    await assist_pipeline.async_update_pipeline(
        hass,
        pipeline,
        conversation_engine=engines[Platform.CONVERSATION] or "",
        conversation_language=MATCH_ALL,
    )
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_PIPELINE_ID: pipeline.id}
    )


async def async_remove_pipeline(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Remove the pipeline, unless the user made it the preferred one or removed it."""
    pipeline_id = entry.data.get(CONF_PIPELINE_ID)
    if pipeline_id is None or KEY_ASSIST_PIPELINE not in hass.data:
        return
    # There is no public call for this.
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    with suppress(ItemNotFound, PipelinePreferred):
        await store.async_delete_item(pipeline_id)


def _unique_name(hass: HomeAssistant, title: str) -> str:
    """Return a name that no pipeline has: satellites find them by it."""
    taken = {pipeline.name for pipeline in assist_pipeline.async_get_pipelines(hass)}
    name, number = title, 1
    while name in taken:
        number += 1
        name = f"{title} {number}"
    return name
