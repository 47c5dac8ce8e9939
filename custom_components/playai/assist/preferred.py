"""Remembers the preferred pipeline before an agent's own replaces it, and restores it later."""

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.components import assist_pipeline, persistent_notification
from homeassistant.components.assist_pipeline import pipeline as assist_internals
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_PIPELINE_ID, CONF_PREVIOUS_PIPELINE_ID
from ..coordinator import PlayAIConfigEntry
from ..texts import async_text

LOOK_INTERVAL: Final = timedelta(minutes=1)
"""Home Assistant does not say when the preferred pipeline changes."""


@callback
def async_follow_preferred(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Remember the preferred pipeline for as long as it is not the agent's own."""

    @callback
    def look(_: datetime | None = None) -> None:
        preferred = assist_pipeline.async_get_pipeline(hass).id
        known = (entry.data.get(CONF_PIPELINE_ID), entry.data.get(CONF_PREVIOUS_PIPELINE_ID))
        if preferred not in known:
            data = {**entry.data, CONF_PREVIOUS_PIPELINE_ID: preferred}
            hass.config_entries.async_update_entry(entry, data=data)

    look()
    entry.async_on_unload(
        async_track_time_interval(hass, look, LOOK_INTERVAL, cancel_on_shutdown=True)
    )


async def async_restore_preferred(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Prefer another pipeline if the agent's own is preferred, and notify the user.

    There is no public function for it: raises `AttributeError`, `KeyError` or `TypeError` if a
    later version of Home Assistant keeps its pipelines elsewhere.
    """
    own_id = entry.data[CONF_PIPELINE_ID]
    key: HassKey[Any] = assist_internals.KEY_ASSIST_PIPELINE
    store = hass.data[key].pipeline_store
    others = {
        pipeline.id: pipeline
        for pipeline in assist_pipeline.async_get_pipelines(hass)
        if pipeline.id != own_id
    }
    if store.async_get_preferred_item() != own_id or not others:
        return
    previous_id = entry.data.get(CONF_PREVIOUS_PIPELINE_ID, "")
    pipeline = others.get(previous_id) or next(iter(others.values()))
    store.async_set_preferred_item(pipeline.id)
    text = await async_text(
        hass, hass.config.language, "preferred_restored", name=entry.title, previous=pipeline.name
    )
    persistent_notification.async_create(
        hass, text, title=entry.title, notification_id=f"playai_preferred_{entry.entry_id}"
    )
