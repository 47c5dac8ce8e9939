"""The voice that speaks what is not the agent's: commands, announcements, errors."""

from collections.abc import AsyncGenerator

from homeassistant.components import assist_pipeline, tts
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir

from .const import CONF_SPEAK_WITH, DOMAIN
from .coordinator import PlayAIConfigEntry


@callback
def async_choose_voice(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Choose a voice when none was chosen; a repair issue tells when there is none."""
    if CONF_SPEAK_WITH not in entry.options and (voice := _find_voice(hass)) is not None:
        hass.config_entries.async_update_entry(
            entry, options={**entry.options, CONF_SPEAK_WITH: voice}
        )
    if entry.options.get(CONF_SPEAK_WITH):
        async_forget_issue(hass, entry)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="no_fallback_voice",
        translation_placeholders={"name": entry.title},
    )


@callback
def async_forget_issue(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Take the repair issue back: there is a voice, or no agent."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry))


async def async_speak(
    hass: HomeAssistant, entry: PlayAIConfigEntry, request: tts.TTSAudioRequest
) -> tts.TTSAudioResponse:
    """Let the chosen voice speak, as its text comes; raises `HomeAssistantError`."""
    voice = entry.options.get(CONF_SPEAK_WITH)
    if not voice or not has_voice(hass, entry):
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_fallback_voice")
    try:
        stream = tts.async_create_stream(hass, voice, request.language, request.options)
    except HomeAssistantError:
        # It does not speak this language: then in its own.
        stream = tts.async_create_stream(hass, voice, None, request.options)
    stream.async_set_message_stream(_without_lead(request.message_gen))
    return tts.TTSAudioResponse(stream.extension, stream.async_stream_result())


@callback
def has_voice(hass: HomeAssistant, entry: PlayAIConfigEntry) -> bool:
    """Whether a voice was chosen that can be used."""
    voice = entry.options.get(CONF_SPEAK_WITH)
    return isinstance(voice, str) and voice != "" and not is_ours(hass, voice)


@callback
def is_ours(hass: HomeAssistant, entity_id: str) -> bool:
    """Whether an entity is one of this integration: it would call itself for ever."""
    entity = er.async_get(hass).async_get(entity_id)
    return entity is not None and entity.platform == DOMAIN


@callback
def _find_voice(hass: HomeAssistant) -> str | None:
    """Return the preferred pipeline's voice, else the first that is not ours."""
    preferred = assist_pipeline.async_get_pipeline(hass).tts_engine
    voices = [preferred, *hass.states.async_entity_ids(tts.DOMAIN)]
    return next((voice for voice in voices if voice and not is_ours(hass, voice)), None)


def _issue_id(entry: PlayAIConfigEntry) -> str:
    return f"no_fallback_voice_{entry.entry_id}"


async def _without_lead(pieces: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """Leave out the blanks that only start text-to-speech early."""
    has_begun = False
    async for piece in pieces:
        text = piece if has_begun else piece.lstrip()
        has_begun = has_begun or bool(text)
        if text:
            yield text
