"""Where an action plays audio: media players, or a satellite."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from homeassistant.components import tts
from homeassistant.components.media_player import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    SERVICE_PLAY_MEDIA,
    MediaType,
    async_process_play_media_url,
)
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.network import NoURLAvailableError

from ..const import DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..open_conversation import FADE_SECONDS
from ..silence import async_players_of

SATELLITE: Final = Platform.ASSIST_SATELLITE.value

VOICE_SECONDS: Final = 30.0
"""The wait for the first audio of a text. The agent gets ten seconds of it, then its fallback voice
may speak."""

CHARACTERS_PER_SECOND: Final = 10
"""The speed of slow speech."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where audio is played; nowhere if both are empty."""

    media_players: tuple[str, ...] = ()
    satellite: str | None = None

    @property
    def is_nowhere(self) -> bool:
        """Whether nothing is played."""
        return not self.media_players and self.satellite is None

    @callback
    def async_players(self, hass: HomeAssistant) -> set[str]:
        """Return the media players that play, including those of the satellite."""
        return {*self.media_players, *async_players_of(hass, self.satellite, None)}

    @callback
    def async_device_id(self, hass: HomeAssistant) -> str | None:
        """Return the device of the satellite."""
        if self.satellite is None:
            return None
        entity = er.async_get(hass).async_get(self.satellite)
        return None if entity is None else entity.device_id


@callback
def async_check_place(hass: HomeAssistant, place: Place) -> None:
    """Raise `ServiceValidationError` for two places at once, or for an unknown entity."""
    if place.media_players and place.satellite is not None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="two_places")
    for entity_id in (*place.media_players, *([place.satellite] if place.satellite else [])):
        if hass.states.get(entity_id) is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_such_entity",
                translation_placeholders={"entity": entity_id},
            )


async def async_play_text(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    text: str,
    stream: tts.ResultStream,
    *,
    place: Place,
    context: Context,
) -> None:
    """Play the stream of a text, and note its players, so that `async_hang_up_all` stops them."""
    seconds = FADE_SECONDS + len(text) / CHARACTERS_PER_SECOND
    entry.runtime_data.conversations.playing.async_note(place.async_players(hass), seconds)
    await async_play(hass, stream, place, context)


async def async_play(
    hass: HomeAssistant,
    stream: tts.ResultStream,
    place: Place,
    context: Context,
) -> None:
    """Play a stream; on a satellite, this returns when it has played."""
    if place.media_players:
        await hass.services.async_call(
            MEDIA_PLAYER,
            SERVICE_PLAY_MEDIA,
            {
                ATTR_ENTITY_ID: list(place.media_players),
                ATTR_MEDIA_CONTENT_ID: stream.media_source_id,
                ATTR_MEDIA_CONTENT_TYPE: MediaType.MUSIC,
                ATTR_MEDIA_ANNOUNCE: True,
            },
            blocking=True,
            context=context,
        )
    elif place.satellite is not None:
        await hass.services.async_call(
            SATELLITE,
            "announce",
            {
                ATTR_ENTITY_ID: place.satellite,
                "media_id": stream.media_source_id,
                "preannounce": False,
            },
            blocking=True,
            context=context,
        )


@callback
def async_url(hass: HomeAssistant, stream: tts.ResultStream) -> str:
    """Return the URL of a stream, or only its path if Home Assistant does not know its own URL."""
    try:
        return async_process_play_media_url(hass, stream.url)
    except NoURLAvailableError:
        return stream.url


async def async_speak(
    hass: HomeAssistant, entry: PlayAIConfigEntry, text: str, language: str | None
) -> tts.ResultStream:
    """Return the stream of a text in the agent's voice; raises `HomeAssistantError`.

    As a stream of text, so that Home Assistant does not keep its audio on the disk.
    """
    unique_id = f"{entry.entry_id}_{Platform.TTS}"
    engine = er.async_get(hass).async_get_entity_id(Platform.TTS, DOMAIN, unique_id)
    if engine is None or hass.states.get(engine) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="agent_not_loaded",
            translation_placeholders={"name": entry.title},
        )
    stream = tts.async_create_stream(hass, engine, language)
    stream.async_set_message_stream(_once(text))
    # The failure of a voice is raised here and not only where the audio is fetched.
    audio = stream.async_stream_result()
    try:
        async with asyncio.timeout(VOICE_SECONDS):
            await anext(audio, b"")
    except TimeoutError:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_reply") from None
    finally:
        await audio.aclose()
    return stream


async def _once(text: str) -> AsyncGenerator[str]:
    yield text
