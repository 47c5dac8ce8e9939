"""Text-to-speech: the audio of the agent's reply in the format of the player."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Final, override

from homeassistant.components import tts
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.generated.languages import LANGUAGES
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import AgentError, Reply
from .agent.audio import ReplyContainer, ReplyEncoder
from .assist.fallback_voice import async_speak, has_voice
from .assist.handover import take_answer
from .assist.player_format import FORMAT_OPTIONS, PlayerFormat
from .assist.say import async_collect, async_say, can_say
from .assist.slow_answer import async_stream_slow_answer
from .assist.tone import TONE_RATE, error_tone
from .assist.tts_cache import async_cache_if
from .const import DOMAIN
from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity, async_add_when_started
from .texts import FALLBACK_LANGUAGE

PARALLEL_UPDATES = 0

FLUSH_SECONDS: Final = 0.01
"""Pause after the first chunk so that Home Assistant can flush it to the player first."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the engine of an agent."""
    async_add_when_started(hass, entry, async_add_entities, AgentTextToSpeech(entry, "tts"))


class AgentTextToSpeech(AgentEntity, tts.TextToSpeechEntity):
    """Plays the reply of its pipeline run, and speaks all other texts.

    If no voice can speak the error of a turn, a tone reports it.
    """

    _attr_translation_key = "tts"
    _attr_supported_languages = sorted(LANGUAGES)
    _attr_supported_options = [tts.ATTR_PREFERRED_FORMAT, *FORMAT_OPTIONS]

    @override
    async def async_added_to_hass(self) -> None:
        self.entry.runtime_data.engines.async_added(Platform.TTS)

    @property
    @override
    def default_language(self) -> str:
        language = self.hass.config.language
        return language if language in LANGUAGES else FALLBACK_LANGUAGE

    @override
    async def async_stream_tts_audio(self, request: tts.TTSAudioRequest) -> tts.TTSAudioResponse:
        """Return the stream of the reply, or of the voice that speaks another text."""
        answer = take_answer(self.entry.entry_id)
        if answer is None:
            return await self._speak(request, request.language)
        if not answer.reply.done():
            rate = int(request.options.get(tts.ATTR_PREFERRED_SAMPLE_RATE) or TONE_RATE)
            audio = async_stream_slow_answer(self.hass, self.entry, answer, request, rate)
            return await self._play(request, rate, audio)
        if answer.reply.exception() is not None:
            return await self._speak(request, answer.language, is_failure=True)
        return await self._play_reply(request, answer.reply.result())

    async def _speak(
        self, request: tts.TTSAudioRequest, language: str, *, is_failure: bool = False
    ) -> tts.TTSAudioResponse:
        """Speak a text that is not the agent's reply: with its voice, else the fallback voice."""
        if can_say(self.hass, self.entry, language):
            text = async_collect(self.hass, self.entry, request.message_gen)
            reply = await async_say(self.hass, self.entry, text, language)
            if reply is not None:
                response = await self._play_reply(request, reply)
                return self._cache_if(response, lambda: reply.is_whole)
            request = replace(request, message_gen=text.read())
        if is_failure and not has_voice(self.hass, self.entry):
            return await self._play(request, TONE_RATE, _tone())
        response = async_speak(self.hass, self.entry, request, language)
        # Not cached as the agent's: next time the agent may be able to speak, or the user may have
        # chosen another voice. The fallback voice's engine keeps its own cache.
        return self._cache_if(response, lambda: False)

    def _cache_if(
        self, response: tts.TTSAudioResponse, may_cache: Callable[[], bool]
    ) -> tts.TTSAudioResponse:
        data = async_cache_if(self.hass, self.entity_id, response.data_gen, may_cache)
        return replace(response, data_gen=data)

    async def _play_reply(self, request: tts.TTSAudioRequest, reply: Reply) -> tts.TTSAudioResponse:
        try:
            return await self._play(request, reply.rate, reply.stream())
        except HomeAssistantError:
            reply.drop()
            raise

    async def _play(
        self, request: tts.TTSAudioRequest, rate: int, audio: AsyncGenerator[bytes]
    ) -> tts.TTSAudioResponse:
        """Encode PCM at `rate` Hz in the format that the player asks for."""
        wanted = PlayerFormat.of(rate, request.options)
        try:
            if wanted.container is ReplyContainer.FLAC:
                # Creating it takes several milliseconds; the others take less than a thread does.
                encoder = await self.hass.async_add_executor_job(wanted.make_encoder)
            else:
                encoder = wanted.make_encoder()
        except AgentError as error:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="cannot_convert",
                translation_placeholders={"message": error.message},
            ) from error
        return tts.TTSAudioResponse(
            wanted.container.value, _encode(_pace(audio, rate, wanted.lead), encoder)
        )


async def _tone() -> AsyncGenerator[bytes]:
    yield error_tone(TONE_RATE)


async def _pace(audio: AsyncGenerator[bytes], rate: int, lead: float) -> AsyncGenerator[bytes]:
    """Yield PCM at `rate` Hz at most `lead` seconds before it is played."""
    clock = asyncio.get_running_loop().time
    played_until = clock()
    async with aclosing(audio):
        async for pcm in audio:
            played_until = max(played_until, clock()) + len(pcm) / (2 * rate)
            yield pcm
            await asyncio.sleep(max(0.0, played_until - clock() - lead))


async def _encode(audio: AsyncGenerator[bytes], encoder: ReplyEncoder) -> AsyncGenerator[bytes]:
    yield encoder.start()
    pause = FLUSH_SECONDS
    async with aclosing(audio):
        async for pcm in audio:
            if data := encoder.feed(pcm):
                yield data
                await asyncio.sleep(pause)
                pause = 0
    if data := encoder.finish():
        yield data
