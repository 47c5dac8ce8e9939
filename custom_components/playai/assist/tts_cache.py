"""Keeps audio that must not be played again out of Home Assistant's cache."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress

from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant, callback


async def async_cache_if(
    hass: HomeAssistant, engine: str, data: AsyncGenerator[bytes], may_cache: Callable[[], bool]
) -> AsyncGenerator[bytes]:
    """Yield data; at its end, `may_cache` decides whether Home Assistant may keep it.

    Home Assistant caches every stream that ends, under its text. A stream that
    raises is kept out of the cache on disk, but logged as an error unless it was cancelled.
    """
    async with aclosing(data):
        async for chunk in data:
            yield chunk
    if not may_cache():
        _forget(hass, engine)
        raise asyncio.CancelledError


@callback
def _forget(hass: HomeAssistant, engine: str) -> None:
    """Remove the audio of an engine from the cache in memory: there is no public function.

    Complete audio is read from the disk again. If a later version moves the cache, the audio
    stays in it for five minutes.
    """
    with suppress(AttributeError, KeyError):
        cache = hass.data[DATA_TTS_MANAGER].mem_cache
        for key in [key for key in cache if key.endswith(f"_{engine}")]:
            del cache[key]
