"""Engines of other integrations: real entities that a test can inspect."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from typing import Any, override

import numpy as np
from homeassistant.components import conversation, stt, tts
from homeassistant.config_entries import HANDLERS, ConfigEntry, ConfigFlow
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from custom_components.playai.agent.audio import ReplyContainer, ReplyEncoder

DOMAIN = "other"
VOICE_LEVEL = 7000


class OtherVoice(tts.TextToSpeechEntity):
    """Speaks a tenth of a second of one level, and records the texts."""

    _attr_name = "Other voice"
    _attr_unique_id = "voice"
    _attr_default_language = "en"
    _attr_supported_languages = ["en", "de"]  # noqa: RUF012

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.languages: list[str] = []
        self.error: Exception | None = None
        """The error that its stream raises instead of audio."""

    @override
    async def async_stream_tts_audio(self, request: tts.TTSAudioRequest) -> tts.TTSAudioResponse:
        self.languages.append(request.language)
        return tts.TTSAudioResponse("wav", self._speak(request.message_gen))

    async def _speak(self, pieces: AsyncGenerator[str]) -> AsyncGenerator[bytes]:
        encoder = ReplyEncoder(ReplyContainer.WAV, 24_000)
        if self.error is None:
            yield encoder.start()
        self.texts.append("".join([piece async for piece in pieces]))
        if self.error is not None:
            raise self.error
        yield encoder.feed(np.full(2400, VOICE_LEVEL, np.int16).tobytes())
        yield encoder.finish()


class VoiceGroup(tts.TextToSpeechEntity):
    """Lets another engine speak, as a group or a proxy does."""

    _attr_name = "Voice group"
    _attr_unique_id = "group"
    _attr_default_language = "en"
    _attr_supported_languages = ["en"]  # noqa: RUF012

    def __init__(self) -> None:
        self.engine = ""

    @override
    async def async_stream_tts_audio(self, request: tts.TTSAudioRequest) -> tts.TTSAudioResponse:
        stream = tts.async_create_stream(self.hass, self.engine, "en", request.options)
        stream.async_set_message_stream(request.message_gen)
        return tts.TTSAudioResponse(stream.extension, stream.async_stream_result())


class OtherEars(stt.SpeechToTextEntity):
    """Returns the same transcript for all audio."""

    _attr_name = "Other ears"
    _attr_unique_id = "ears"
    supported_languages = ("en",)
    supported_formats = tuple(stt.AudioFormats)
    supported_codecs = tuple(stt.AudioCodecs)
    supported_bit_rates = tuple(stt.AudioBitRates)
    supported_sample_rates = tuple(stt.AudioSampleRates)
    supported_channels = tuple(stt.AudioChannels)

    @override
    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        async for _ in stream:
            pass
        return stt.SpeechResult("words of others", stt.SpeechResultState.SUCCESS)


class OtherAgent(conversation.ConversationEntity):
    """Repeats the user's text."""

    _attr_name = "Other agent"
    _attr_unique_id = "agent"
    supported_languages = MATCH_ALL

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        response = intent.IntentResponse(language=user_input.language)
        response.async_set_speech(f"You said: {user_input.text}")
        return conversation.ConversationResult(response, chat_log.conversation_id)


type Answer = Callable[
    [conversation.ConversationInput, conversation.ChatLog],
    AsyncGenerator[
        conversation.AssistantContentDeltaDict | conversation.ToolResultContentDeltaDict
    ],
]


class StreamingAgent(conversation.ConversationEntity):
    """Streams scripted words, as agents with a language model do."""

    _attr_name = "Model"
    _attr_unique_id = "model"
    _attr_supports_streaming = True
    _attr_supported_features = conversation.ConversationEntityFeature.CONTROL
    supported_languages = MATCH_ALL

    def __init__(self, *words: str) -> None:
        self.inputs: list[conversation.ConversationInput] = []
        self.logs: list[list[conversation.Content]] = []
        self.answer: Answer = says_words(*words)
        self.was_cancelled = False

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        self.inputs.append(user_input)
        self.logs.append(list(chat_log.content))
        try:
            async for _ in chat_log.async_add_delta_content_stream(
                self.entity_id, self.answer(user_input, chat_log)
            ):
                pass
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return conversation.async_get_result_from_chat_log(user_input, chat_log)


def says_words(*words: str) -> Answer:
    """Answer with these words, one delta each."""

    async def answer(
        user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> AsyncGenerator[conversation.AssistantContentDeltaDict]:
        yield {"role": "assistant"}
        for word in words:
            yield {"content": word}
            await asyncio.sleep(0)

    return answer


class OtherFlow(ConfigFlow):
    """Not used."""


async def set_up(
    hass: HomeAssistant, platform: str, entity: Entity, iot_class: str = "local_push"
) -> None:
    """Add an entity of a separate integration."""
    domain = f"{DOMAIN}_{platform}"

    async def setup(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, [platform])
        return True

    async def unload(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, [platform])

    async def add(
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        async_add_entities([entity])

    module = MockModule(
        domain,
        async_setup_entry=setup,
        async_unload_entry=unload,
        partial_manifest={"iot_class": iot_class},
    )
    mock_integration(hass, module, built_in=False)
    mock_platform(hass, f"{domain}.config_flow")
    HANDLERS[domain] = OtherFlow
    mock_platform(hass, f"{domain}.{platform}", MockPlatform(async_setup_entry=add))
    entry = MockConfigEntry(domain=domain)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
