"""Text-to-speech: the agent's own voice, as the player wants it."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, Final, override

from homeassistant.components import tts
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.generated.languages import LANGUAGES
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import AgentError
from .agent.audio import ReplyContainer, ReplyEncoder
from .const import DOMAIN
from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity, async_add_when_started
from .fallback_voice import async_speak, has_voice
from .handover import take_failure, take_reply
from .tone import TONE_RATE, error_tone

PARALLEL_UPDATES = 0

CONVERTS_NOTHING = hasattr(tts, "async_create_audio_stream")
"""Whether Home Assistant leaves alone what an entity says it supports (2026.11 and later)."""

HAND_ON_SECONDS: Final = 0.01
"""How long the beginning of an answer has Home Assistant to itself; it plays for longer."""

WISHES = [
    tts.ATTR_PREFERRED_SAMPLE_RATE,
    tts.ATTR_PREFERRED_SAMPLE_CHANNELS,
    tts.ATTR_PREFERRED_SAMPLE_BYTES,
    tts.ATTR_PREFERRED_BITRATE,
]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the engine of an agent."""
    async_add_when_started(hass, entry, async_add_entities, AgentTextToSpeech(entry, "tts"))


class AgentTextToSpeech(AgentEntity, tts.TextToSpeechEntity):
    """Speaks the reply of its run; any other text goes to the fallback voice.

    That a turn failed is a tone where there is no such voice.
    """

    _attr_translation_key = "tts"
    _attr_supported_languages = sorted(LANGUAGES)
    _attr_supported_options = [tts.ATTR_PREFERRED_FORMAT, *WISHES]

    @override
    async def async_added_to_hass(self) -> None:
        self.entry.runtime_data.async_engine_added(Platform.TTS)

    @property
    @override
    def default_language(self) -> str:
        language = self.hass.config.language
        return language if language in LANGUAGES else "en"

    @override
    async def async_stream_tts_audio(self, request: tts.TTSAudioRequest) -> tts.TTSAudioResponse:
        """Return the stream of the reply, or of the fallback voice."""
        reply = take_reply(self.entry.entry_id)
        is_failure = take_failure(self.entry.entry_id)
        if reply is None and not (is_failure and not has_voice(self.hass, self.entry)):
            return await async_speak(self.hass, self.entry, request)
        rate = TONE_RATE if reply is None else reply.rate
        make_encoder = partial(_encoder, rate, request.options)
        try:
            if request.options.get(tts.ATTR_PREFERRED_FORMAT) == ReplyContainer.FLAC:
                # It takes five milliseconds to be made; the others less than a thread takes.
                extension, encoder = await self.hass.async_add_executor_job(make_encoder)
            else:
                extension, encoder = make_encoder()
        except AgentError as error:
            if reply is not None:
                reply.drop()
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="cannot_convert",
                translation_placeholders={"message": error.message},
            ) from error
        audio = _tone() if reply is None else reply.stream()
        return tts.TTSAudioResponse(extension, _encode(audio, encoder))


async def _tone() -> AsyncGenerator[bytes]:
    yield error_tone()


async def _encode(audio: AsyncGenerator[bytes], encoder: ReplyEncoder) -> AsyncGenerator[bytes]:
    yield encoder.start()
    pause = HAND_ON_SECONDS
    async for pcm in audio:
        if data := encoder.feed(pcm):
            yield data
            # Its way to the player has some steps more: they must not wait for the rest.
            await asyncio.sleep(pause)
            pause = 0
    if data := encoder.finish():
        yield data


def _encoder(rate: int, options: dict[str, Any]) -> tuple[str, ReplyEncoder]:
    """Return the extension and the encoder for what was asked; raises `AgentError`."""
    wishes = {name: int(options[name]) for name in WISHES if options.get(name) is not None}
    wanted = options.get(tts.ATTR_PREFERRED_FORMAT, "mp3")
    channels = wishes.get(tts.ATTR_PREFERRED_SAMPLE_CHANNELS, 1)
    known = wanted in list(ReplyContainer)
    if not known or (wishes and not CONVERTS_NOTHING):
        # Home Assistant starts ffmpeg, which is quick with floating samples only, and which
        # makes mono quieter when it is to make it stereo.
        return "wav", ReplyEncoder(ReplyContainer.WAV, rate, channels=channels, floating=True)
    kilobits = wishes.get(tts.ATTR_PREFERRED_BITRATE)
    return wanted, ReplyEncoder(
        ReplyContainer(wanted),
        rate,
        sample_rate=wishes.get(tts.ATTR_PREFERRED_SAMPLE_RATE),
        channels=channels,
        sample_bytes=wishes.get(tts.ATTR_PREFERRED_SAMPLE_BYTES, 2),
        bit_rate=None if kilobits is None else kilobits * 1000,
    )
