"""A satellite without a microphone or a speaker: its client sends and receives the audio."""

from collections.abc import Callable
from typing import Any, Final, override

from homeassistant.components import intent
from homeassistant.components.assist_pipeline import PipelineEvent
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
    AssistSatelliteEntityFeature,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ANNOUNCED, DOMAIN

SPEAKER: Final[dict[str, Any]] = {
    "preferred_format": "wav",
    "preferred_sample_rate": 16_000,
    "preferred_sample_channels": 1,
    "preferred_sample_bytes": 2,
}
"""The audio format that a satellite with a small speaker prefers."""

type EventListener = Callable[[PipelineEvent], None]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[DemoSatellite],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the satellite of an entry."""
    entry.runtime_data = DemoSatellite(entry)
    async_add_entities([entry.runtime_data])


class DemoSatellite(AssistSatelliteEntity):
    """Runs pipelines with its device and area, and shows its timers as an attribute."""

    _attr_has_entity_name = True
    _attr_name = None
    _attr_supported_features = (
        AssistSatelliteEntityFeature.ANNOUNCE | AssistSatelliteEntityFeature.START_CONVERSATION
    )

    def __init__(self, entry: ConfigEntry[DemoSatellite]) -> None:
        self._attr_unique_id = entry.entry_id
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)}, name=entry.title, manufacturer="Demo"
        )
        self._timers: dict[str, str] = {}
        self._attr_extra_state_attributes: dict[str, Any] = {"timers": []}
        self._attr_tts_options = SPEAKER
        self.listener: EventListener | None = None
        """Receives the events of pipeline runs."""

    def set_output(self, options: dict[str, Any]) -> None:
        """Prefer an audio format of answers."""
        self._attr_tts_options = options

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        assert self.device_entry is not None
        self.async_on_remove(
            intent.async_register_timer_handler(
                self.hass, self.device_entry.id, self._timer_changed
            )
        )

    @override
    @callback
    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        return AssistSatelliteConfiguration([], [], 0)

    @override
    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        raise NotImplementedError

    @override
    @callback
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        if self.listener is not None:
            self.listener(event)

    @override
    async def async_announce(self, announcement: AssistSatelliteAnnouncement) -> None:
        self.hass.bus.async_fire(
            ANNOUNCED,
            {
                "entity_id": self.entity_id,
                "message": announcement.message,
                "media_id": announcement.media_id,
            },
        )

    @override
    async def async_start_conversation(
        self, start_announcement: AssistSatelliteAnnouncement
    ) -> None:
        await self.async_announce(start_announcement)

    @callback
    def _timer_changed(self, event: intent.TimerEventType, timer: intent.TimerInfo) -> None:
        if event in (intent.TimerEventType.FINISHED, intent.TimerEventType.CANCELLED):
            self._timers.pop(timer.id, None)
        else:
            self._timers[timer.id] = f"{timer.name or 'timer'}: {timer.seconds} s"
        self._attr_extra_state_attributes = {"timers": list(self._timers.values())}
        self.async_write_ha_state()
