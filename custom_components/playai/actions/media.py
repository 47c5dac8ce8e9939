"""Recordings for the action `ask`: fetched, decoded, and yielded as a microphone's stream."""

import asyncio
from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path
from typing import Final

import aiohttp
import av
import numpy as np
from av.error import FFmpegError
from homeassistant.components import media_source, stt
from homeassistant.components.media_player import async_process_play_media_url
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..const import DOMAIN

MICROPHONE: Final = stt.SpeechMetadata(
    language="",
    format=stt.AudioFormats.WAV,
    codec=stt.AudioCodecs.PCM,
    bit_rate=stt.AudioBitRates.BITRATE_16,
    sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
    channel=stt.AudioChannels.CHANNEL_MONO,
)
"""The format that a pipeline expects; the pipeline fills in the language."""

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_SECONDS: Final = 60
"""The longest turn of the user."""

TIMEOUT: Final = aiohttp.ClientTimeout(total=30)

_RATE: Final = 16_000
_CHUNK_BYTES: Final = 640  # 20 ms
_CHUNK_SECONDS: Final = 0.005
"""The session sends a backlog at this speed, four times as fast as real time."""

_FORMATS: Final = "wav,mp3,ogg,flac,aac,mov,matroska,aiff,au,amr"
"""No playlists: a file must not lead to other addresses or files."""


async def async_load(hass: HomeAssistant, media_id: str) -> bytes:
    """Return a recording as 16 kHz mono 16-bit PCM; raises `ServiceValidationError`.

    Args:
        hass: Home Assistant.
        media_id: A media source id, or the http or https address of an audio file.
    """
    try:
        data = await _fetch(hass, media_id)
        pcm = await hass.async_add_executor_job(_decode, data)
    except (aiohttp.ClientError, FFmpegError, HomeAssistantError, OSError, ValueError) as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="bad_media",
            translation_placeholders={"media": media_id, "message": _reason(error)},
        ) from error
    return pcm


async def async_stream(pcm: bytes) -> AsyncGenerator[bytes]:
    """Yield a recording in the pieces of a microphone."""
    for start in range(0, len(pcm), _CHUNK_BYTES):
        yield pcm[start : start + _CHUNK_BYTES]
        await asyncio.sleep(_CHUNK_SECONDS)


async def _fetch(hass: HomeAssistant, media_id: str) -> bytes:
    if media_source.is_media_source_id(media_id):
        media = await media_source.async_resolve_media(hass, media_id, None)
        if media.path is not None:
            return await hass.async_add_executor_job(_read, media.path)
        media_id = media.url
    url = async_process_play_media_url(hass, media_id)
    if not url.startswith(("http://", "https://")):
        raise ValueError("not an http address")
    http = async_get_clientsession(hass)
    async with http.get(url, timeout=TIMEOUT, raise_for_status=True) as response:
        data = bytearray()
        async for chunk in response.content.iter_any():
            data += chunk
            if len(data) > MAX_BYTES:
                raise ValueError("the file is too large")
    return bytes(data)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError("the file is too large")
    return data


def _decode(data: bytes) -> bytes:
    """Decode a file in one of `_FORMATS` to PCM; raises `FFmpegError` or `ValueError`."""
    pcm = bytearray()
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
    with av.open(BytesIO(data), "r", options={"format_whitelist": _FORMATS}) as container:
        if not container.streams.audio:
            raise ValueError("no audio")
        for frame in container.decode(container.streams.audio[0]):
            for converted in resampler.resample(frame):
                pcm += converted.to_ndarray().astype(np.int16).tobytes()
            if len(pcm) > MAX_SECONDS * _RATE * 2:
                raise ValueError(f"longer than {MAX_SECONDS} s")
    for converted in resampler.resample(None):
        pcm += converted.to_ndarray().astype(np.int16).tobytes()
    if not pcm:
        raise ValueError("no audio")
    return bytes(pcm)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
