"""The line of the logbook for each turn: its question and its answer."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.components.logbook.models import LazyEventPartialState
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import ATTR_ANSWER, ATTR_QUESTION, DOMAIN, EVENT_TURN

type DescribeEvent = Callable[[LazyEventPartialState], dict[str, Any]]


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, DescribeEvent], None]
) -> None:
    """Register the description of turns."""

    @callback
    def describe(event: LazyEventPartialState) -> dict[str, Any]:
        data = event.data
        device = dr.async_get(hass).async_get(data[ATTR_DEVICE_ID] or "")
        name = None if device is None else device.name_by_user or device.name
        return {
            LOGBOOK_ENTRY_NAME: name or data[ATTR_ENTITY_ID],
            # The logbook has no translations, so the line has only the words of the turn.
            LOGBOOK_ENTRY_MESSAGE: f"“{data[ATTR_QUESTION]}” → “{data[ATTR_ANSWER]}”",
            LOGBOOK_ENTRY_ENTITY_ID: data[ATTR_ENTITY_ID],
        }

    async_describe_event(DOMAIN, EVENT_TURN, describe)
