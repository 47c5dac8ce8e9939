"""The audio of an answer whose reply has not begun yet: a tone, then silence, then the reply.

A failure is spoken in the same stream.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

import numpy as np
from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..agent import AgentError, OutputFormat
from ..agent.audio import ReplyDecoder, Resampler
from ..agent.reply import Reply
from ..coordinator import PlayAIConfigEntry
from .fallback_voice import AS_WAV, async_speak
from .handover import Answer
from .say import async_collect, async_say, can_say
from .tone import error_tone, waiting_tone

SAMPLE_BYTES: Final = 2
SILENCE_SECONDS: Final = 0.04
SILENCE_INTERVAL: Final = 0.4
"""Less than 0.5 s without audio, after which speakers of ESPHome stop.

Not gapless, because browsers and VoIP fetch the audio only once the reply has begun: whatever
was yielded until then delays it.
"""


async def async_stream_slow_answer(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    answer: Answer,
    request: tts.TTSAudioRequest,
    rate: int,
) -> AsyncGenerator[bytes]:
    """Yield 16-bit little-endian mono PCM at `rate` Hz; ends early if the run is cancelled."""
    async with aclosing(_wait(answer.reply, rate)) as waiting:
        async for pcm in waiting:
            yield pcm
    if answer.reply.cancelled():
        return
    if answer.reply.exception() is None:
        audio = _resample(answer.reply.result(), rate)
    else:
        audio = _speak_failure(hass, entry, answer, request, rate)
    async with aclosing(audio):
        async for pcm in audio:
            yield pcm


async def _wait(reply: asyncio.Task[Reply], rate: int) -> AsyncGenerator[bytes]:
    """Yield the waiting tone, then a little silence at intervals, until the task is done.

    The turn limits how long that takes.
    """
    tone = waiting_tone(rate)
    yield tone
    silence = bytes(round(rate * SILENCE_SECONDS) * SAMPLE_BYTES)
    pause = len(tone) / SAMPLE_BYTES / rate
    while True:
        await asyncio.wait({reply}, timeout=pause)
        if reply.done():
            return
        yield silence
        pause = SILENCE_INTERVAL


async def _resample(reply: Reply, rate: int) -> AsyncGenerator[bytes]:
    """Yield the audio of a reply at `rate` Hz."""
    resampler = Resampler(reply.rate, rate)
    async with aclosing(reply.stream()) as audio:
        async for pcm in audio:
            yield resampler.convert(np.frombuffer(pcm, np.int16)).tobytes()
    yield resampler.finish().tobytes()


async def _speak_failure(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    answer: Answer,
    request: tts.TTSAudioRequest,
    rate: int,
) -> AsyncGenerator[bytes]:
    """Yield the text of the request in a voice, or the error tone without one."""
    if can_say(hass, entry, answer.language):
        text = async_collect(hass, entry, request.message_gen)
        reply = await async_say(hass, entry, text, answer.language)
        if reply is not None:
            async with aclosing(_resample(reply, rate)) as audio:
                async for pcm in audio:
                    yield pcm
            return
        request = replace(request, message_gen=text.read())
    as_wav = replace(request, options=AS_WAV)
    decoder = ReplyDecoder(OutputFormat.WAV, rate, target_rate=rate)
    is_spoken = False
    try:
        response = async_speak(hass, entry, as_wav, answer.language)
        async with aclosing(response.data_gen) as audio:
            async for data in audio:
                for pcm in decoder.feed(data):
                    is_spoken = is_spoken or bool(pcm)
                    yield pcm
        for pcm in decoder.flush():
            is_spoken = is_spoken or bool(pcm)
            yield pcm
    except AgentError, HomeAssistantError:
        if is_spoken:
            raise
    if not is_spoken:
        yield error_tone(rate)
