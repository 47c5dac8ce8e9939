"""The fallback voice speaks texts that the agent does not speak itself: announcements, errors."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from contextvars import ContextVar
from typing import Any, Final

from homeassistant.components import assist_pipeline, tts
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import entity_sources
from homeassistant.helpers.event import async_track_state_added_domain
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util.language import matches

from ..agent import Feature
from ..const import CONF_SPEAK_WITH, DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..health import issues
from ..own_entities import is_own
from .answer_with import async_knows

_speakers: Final = ContextVar[frozenset[str]]("playai_speakers", default=frozenset())
"""The entries whose fallback voice is being called: a voice that forwards to one of them
would call itself endlessly."""

SILENT_SECONDS: Final = 120.0
"""The longest wait for the next audio of a voice: a language model may still write the text."""

AS_WAV: Final = {tts.ATTR_PREFERRED_FORMAT: "wav"}
"""The options of a voice whose audio is decoded here."""


@callback
def async_follow_voice(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Choose a voice if none was chosen, and follow its renames.

    A repair issue is open while there is none, and the agent cannot speak texts itself. A
    chosen voice that is missing is not replaced: it may come back.
    """

    @callback
    def registry_updated(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        if event.data["action"] == "update":
            old_id = event.data.get("old_entity_id")
            if old_id is not None and entry.options.get(CONF_SPEAK_WITH) == old_id:
                async_set_voice(hass, entry, event.data["entity_id"])
        if event.data["entity_id"].startswith(f"{tts.DOMAIN}."):
            _check_voice(hass, entry)

    @callback
    def voice_added(_: Event[EventStateChangedData]) -> None:
        _check_voice(hass, entry)

    known = None

    @callback
    def state_pushed() -> None:
        nonlocal known
        current = (
            async_knows(entry, Feature.SAY),
            entry.options.get(CONF_SPEAK_WITH),
            entry.runtime_data.data.connected,
        )
        if known != (known := current):
            _check_voice(hass, entry)

    entry.async_on_unload(entry.runtime_data.async_add_listener(state_pushed))
    entry.async_on_unload(hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, registry_updated))
    entry.async_on_unload(async_track_state_added_domain(hass, tts.DOMAIN, voice_added))
    state_pushed()


@callback
def async_set_voice(hass: HomeAssistant, entry: PlayAIConfigEntry, voice: str | None) -> None:
    """Set the text-to-speech entity of the fallback voice; None: the user wants none."""
    options = {**entry.options, CONF_SPEAK_WITH: voice}
    hass.config_entries.async_update_entry(entry, options=options)


@callback
def _check_voice(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    if CONF_SPEAK_WITH not in entry.options and (voice := _find_voice(hass)) is not None:
        async_set_voice(hass, entry, voice)
    is_wanted = entry.options.get(CONF_SPEAK_WITH, "") is not None
    if not is_wanted or has_voice(hass, entry) or async_knows(entry, Feature.SAY):
        issues.async_resolve(hass, entry, issues.NO_FALLBACK_VOICE)
    elif entry.runtime_data.data.connected:  # Otherwise nobody knows what the agent can speak.
        issues.async_report(hass, entry, issues.NO_FALLBACK_VOICE)


@callback
def async_speak(
    hass: HomeAssistant, entry: PlayAIConfigEntry, request: tts.TTSAudioRequest, language: str
) -> tts.TTSAudioResponse:
    """Speak a text with the chosen voice while it is streamed; raises `HomeAssistantError`."""
    pieces = _without_lead(request.message_gen)
    return async_open_voice(hass, entry, language, request.options, pieces)


@callback
def async_open_voice(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    language: str,
    options: dict[str, Any],
    pieces: AsyncGenerator[str],
) -> tts.TTSAudioResponse:
    """Return a stream of the chosen voice; this call and the stream raise `HomeAssistantError`."""
    voice = entry.options.get(CONF_SPEAK_WITH)
    if not voice or not has_voice(hass, entry):
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_fallback_voice")
    speakers = _speakers.get()
    if entry.entry_id in speakers:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="voice_loop",
            translation_placeholders={"voice": voice},
        )
    spoken_language = _closest_language(hass, voice, language)
    # Only the task that the stream starts inherits this value.
    token = _speakers.set(speakers | {entry.entry_id})
    try:
        stream = tts.async_create_stream(hass, voice, spoken_language, options)
        stream.async_set_message_stream(pieces)
    finally:
        _speakers.reset(token)
    return tts.TTSAudioResponse(stream.extension, _audio(hass, voice, stream))


async def _audio(
    hass: HomeAssistant, voice: str, stream: tts.ResultStream
) -> AsyncGenerator[bytes]:
    """Yield the audio of a voice; raises `HomeAssistantError` whatever the voice raises."""
    try:
        async with aclosing(stream.async_stream_result()) as audio:
            while True:
                async with asyncio.timeout(SILENT_SECONDS):
                    data = await anext(audio, None)
                if data is None:
                    return
                yield data
    except HomeAssistantError:
        raise
    except Exception as error:
        # Another integration implements the voice. Home Assistant logs its exceptions.
        state = hass.states.get(voice)
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="answer_failed",
            translation_placeholders={"agent": voice if state is None else state.name},
        ) from error


@callback
def _closest_language(hass: HomeAssistant, voice: str, language: str) -> str | None:
    """Return the variant of a language that a voice supports; None for its default language."""
    engine = tts.get_engine_instance(hass, voice)
    supported = (engine and engine.supported_languages) or []
    return next(iter(matches(language, supported, hass.config.country)), None)


@callback
def has_voice(hass: HomeAssistant, entry: PlayAIConfigEntry) -> bool:
    """Return whether a voice of another integration was chosen, and exists."""
    voice = entry.options.get(CONF_SPEAK_WITH)
    if not voice or is_own(hass, voice):  # The entity would call itself endlessly.
        return False
    entity = er.async_get(hass).async_get(voice)
    return hass.states.get(voice) is not None if entity is None else not entity.disabled


@callback
def _find_voice(hass: HomeAssistant) -> str | None:
    """Return the preferred pipeline's voice, or the first one; only local ones.

    Nobody's words are sent to a cloud service that the user has not chosen for this.
    """
    preferred = assist_pipeline.async_get_pipeline(hass).tts_engine
    voices = [preferred, *hass.states.async_entity_ids(tts.DOMAIN)]
    return next(
        (each for each in voices if each and not is_own(hass, each) and _is_local(hass, each)), None
    )


@callback
def _is_local(hass: HomeAssistant, voice: str) -> bool:
    """Return whether the integration of an entity says that it works without a cloud."""
    source = entity_sources(hass).get(voice)
    if source is None:
        return False
    iot_class = async_get_loaded_integration(hass, source["domain"]).iot_class
    return iot_class is not None and not iot_class.startswith("cloud")


async def _without_lead(pieces: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """Yield the text without the leading blanks, which only start text-to-speech early."""
    has_begun = False
    async with aclosing(pieces):
        async for piece in pieces:
            text = piece if has_begun else piece.lstrip()
            has_begun = has_begun or bool(text)
            if text:
                yield text
