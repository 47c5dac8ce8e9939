"""Speech-to-text: sends the microphone's audio to the agent."""

import asyncio
from collections.abc import AsyncIterable
from typing import Final, override

from homeassistant.components import stt
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.generated.languages import LANGUAGES
from homeassistant.helpers.chat_session import current_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.ulid import ulid_now

from .agent import Session, Speech, Turn
from .assist.handover import offer_turn
from .assist.microphone import Microphone
from .assist.offer import async_first_offer, async_home_offer
from .const import DOMAIN
from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity, async_add_when_started
from .texts import async_text

PARALLEL_UPDATES = 0

FOLLOW_UP_SECONDS: Final = 5.0
"""The wait for the first speech of a follow-up, which needs no wake word."""

SUCCESS, ERROR = stt.SpeechResultState.SUCCESS, stt.SpeechResultState.ERROR


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the engine of an agent."""
    async_add_when_started(hass, entry, async_add_entities, AgentSpeechToText(entry, "stt"))


class AgentSpeechToText(AgentEntity, stt.SpeechToTextEntity):
    """Feeds the agent, and returns when it has heard the end of the user's turn."""

    _attr_translation_key = "stt"

    @override
    async def async_added_to_hass(self) -> None:
        self.entry.runtime_data.engines.async_added(Platform.STT)

    @property
    @override
    def supported_languages(self) -> list[str]:
        return sorted(LANGUAGES)

    @property
    @override
    def supported_formats(self) -> list[stt.AudioFormats]:
        return list(stt.AudioFormats)

    @property
    @override
    def supported_codecs(self) -> list[stt.AudioCodecs]:
        return list(stt.AudioCodecs)

    @property
    @override
    def supported_bit_rates(self) -> list[stt.AudioBitRates]:
        return list(stt.AudioBitRates)

    @property
    @override
    def supported_sample_rates(self) -> list[stt.AudioSampleRates]:
        return list(stt.AudioSampleRates)

    @property
    @override
    def supported_channels(self) -> list[stt.AudioChannels]:
        return list(stt.AudioChannels)

    @property
    @override
    def audio_processing(self) -> stt.SpeechAudioProcessing:
        """Ask for Home Assistant's own detector unless the agent is known to have one."""
        coordinator = self.entry.runtime_data
        has_detector = coordinator.agent_ends_turn and coordinator.traits.sends_voice_activity
        return stt.SpeechAudioProcessing(
            requires_external_vad=not has_detector,
            prefers_auto_gain_enabled=True,
            prefers_noise_reduction_enabled=True,
        )

    @override
    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Process one turn. Never raises: the conversation stage reports the error of a turn."""
        chat = current_session.get()
        coordinator = self.entry.runtime_data
        conversation_id = ulid_now() if chat is None else chat.conversation_id
        conversations = coordinator.conversations
        previous = conversations.get(conversation_id)
        has_session = previous is not None and isinstance(previous.session, Session)
        is_new = chat is not None and not has_session
        home = async_first_offer(self.hass, self.entry, metadata.language) if is_new else None
        is_follow_up = previous is not None and previous.take_follow_up()
        may_be_silent = is_follow_up and self.audio_processing.requires_external_vad is False
        turn = coordinator.async_start_turn(
            conversation_id, chat, home=home, wait_for_words=chat is None
        )
        if is_new:
            # In the background: the microphone does not wait for names and tools.
            self.entry.async_create_background_task(
                self.hass, self._offer_home(conversation_id, metadata.language), f"{DOMAIN} offers"
            )
        conversation = conversations[conversation_id]
        microphone = Microphone(turn, metadata, conversation.expect_speech())
        microphone.async_start(self.hass, self.entry, stream)
        conversation.listen(microphone.cancel)
        try:
            speech = await _wait_end(turn, FOLLOW_UP_SECONDS if may_be_silent else None)
        except asyncio.CancelledError:
            await microphone.close()
            raise
        if chat is None:
            await microphone.close()
            conversations.async_end(conversation_id)
            return stt.SpeechResult(speech.text or None, SUCCESS if speech.text else ERROR)
        if speech.is_silent and not is_follow_up:
            await microphone.close()
            return stt.SpeechResult("", SUCCESS)
        offer_turn(
            self.entry.entry_id,
            conversation_id,
            None if speech.is_silent else turn,
            microphone=microphone,
            has_words=bool(speech.text),
        )
        text = speech.text
        if speech.is_silent:
            text = await async_text(self.hass, metadata.language, "silence")
        elif not text:
            text = await async_text(self.hass, metadata.language, "user_spoke")
        return stt.SpeechResult(text, SUCCESS)

    async def _offer_home(self, conversation_id: str, language: str) -> None:
        """Offer names and tools of the home to the server of a new conversation."""
        offer = await async_home_offer(self.hass, self.entry, language)
        session = self.entry.runtime_data.conversations.async_get_session(conversation_id)
        if session is not None:
            session.update_home(offer)


async def _wait_end(turn: Turn, seconds: float | None) -> Speech:
    """Wait for the end of a turn; it is cancelled if nobody has begun to speak in time."""
    ending = asyncio.create_task(turn.wait_end())
    try:
        await asyncio.wait({ending}, timeout=seconds)
        if not ending.done() and not turn.heard_speech:
            turn.cancel()
        return await ending
    finally:
        ending.cancel()
