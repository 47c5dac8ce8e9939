"""Stops the players on which an agent's answers play.

Answers arrive faster than they play, so players still hold several seconds of audio when the
stream of an answer ends. Home Assistant has no action that stops a satellite, but most satellites
have a media player.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from typing import Final

from homeassistant.components import assist_pipeline
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.components.media_player import MediaPlayerEntityFeature
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_SUPPORTED_FEATURES,
    SERVICE_MEDIA_STOP,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

_LOGGER: Final = logging.getLogger(__name__)

STOP_SECONDS: Final = 10.0
"""The longest wait for media players to stop."""

_SATELLITE: Final = "assist_satellite"
_RESPONDING: Final = "responding"
"""The state of a satellite that plays an answer."""


class Playing:
    """The media players that play texts spoken outside of conversations."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Create it empty; `clock` returns seconds."""
        self._clock = clock
        self._until: dict[str, float] = {}

    @callback
    def async_note(self, players: Collection[str], seconds: float) -> None:
        """Remember media players that play for `seconds` from now on."""
        until = self._clock() + seconds
        self._until = self._current() | dict.fromkeys(players, until)

    @callback
    def async_take(self) -> set[str]:
        """Return the media players that still play, and forget them."""
        current, self._until = self._current(), {}
        return set(current)

    def _current(self) -> dict[str, float]:
        now = self._clock()
        return {player: until for player, until in self._until.items() if now < until}


@callback
def async_players_of(
    hass: HomeAssistant, satellite_id: str | None, device_id: str | None
) -> set[str]:
    """Return the media players on the device of a satellite."""
    registry = er.async_get(hass)
    if satellite_id is not None and (satellite := registry.async_get(satellite_id)) is not None:
        device_id = satellite.device_id
    if device_id is None:
        return set()
    entities = er.async_entries_for_device(registry, device_id)
    return {entity.entity_id for entity in entities if entity.domain == MEDIA_PLAYER}


@callback
def async_players_of_voice(hass: HomeAssistant, voice: str) -> set[str]:
    """Return the media players of the satellites that respond now with a voice.

    Home Assistant does not say which satellite speaks when a local command was answered.
    """
    players: set[str] = set()
    for state in hass.states.async_all(_SATELLITE):
        if state.state == _RESPONDING and voice in _voices_of(hass, state.entity_id):
            players |= async_players_of(hass, state.entity_id, None)
    return players


def _voices_of(hass: HomeAssistant, satellite_id: str) -> set[str | None]:
    """Return the text-to-speech engines of the assistants that a satellite uses."""
    registry = er.async_get(hass)
    satellite = registry.async_get(satellite_id)
    if satellite is None or satellite.device_id is None:
        return set()
    pipelines = {each.name: each for each in assist_pipeline.async_get_pipelines(hass)}
    preferred = assist_pipeline.async_get_pipeline(hass)
    chosen = {
        "" if state is None else state.state
        for entity in er.async_entries_for_device(registry, satellite.device_id)
        if (entity.translation_key or "").startswith("pipeline")
        for state in (hass.states.get(entity.entity_id),)
    }
    # A state that is not a name, or no choice at all, means the preferred pipeline.
    return {pipelines.get(name, preferred).tts_engine for name in chosen or {""}}


async def async_stop_players(hass: HomeAssistant, players: Iterable[str]) -> None:
    """Stop media players. Those that cannot stop are left alone; a failure is only logged."""
    able = [
        player
        for player in players
        if (state := hass.states.get(player)) is not None
        and state.attributes.get(ATTR_SUPPORTED_FEATURES, 0) & MediaPlayerEntityFeature.STOP
    ]
    if not able:
        return
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await hass.services.async_call(
                MEDIA_PLAYER, SERVICE_MEDIA_STOP, {ATTR_ENTITY_ID: able}, blocking=True
            )
    except Exception as error:  # noqa: BLE001
        # The integration of a player may raise anything, and the conversations have ended.
        _LOGGER.warning("Cannot stop %s: %s", ", ".join(able), str(error) or type(error).__name__)
