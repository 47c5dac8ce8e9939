"""Talk with a voice agent: speech in, speech out."""

import asyncio
from contextlib import suppress
from typing import Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers.start import async_at_started

from . import issues
from .coordinator import PlayAIConfigEntry, PlayAICoordinator
from .fallback_voice import async_follow_voice
from .pipeline import async_create_pipeline, async_remove_pipeline

ENGINES_SECONDS: Final = 60.0
"""How long our own entities may take to be added."""

ENGINES: Final = (Platform.CONVERSATION, Platform.STT, Platform.TTS)
"""The platforms that begin conversations."""

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    *ENGINES,
]


async def async_setup_entry(hass: HomeAssistant, entry: PlayAIConfigEntry) -> bool:
    """Set up one agent: test the connection, then make its entities and its pipeline."""
    coordinator = PlayAICoordinator(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator

    async def stop(_: Event) -> None:
        await coordinator.async_close()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    async def finish() -> None:
        async_follow_voice(hass, entry)
        with suppress(TimeoutError):  # Somebody has disabled one of them.
            async with asyncio.timeout(ENGINES_SECONDS):
                await coordinator.engines_added.wait()
            await async_create_pipeline(hass, entry)

    async def started(_: HomeAssistant) -> None:
        entry.async_create_task(hass, finish())

    # Other voices are there only when Home Assistant has started; so are our own engines.
    entry.async_on_unload(async_at_started(hass, started))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PlayAIConfigEntry) -> bool:
    """Unload an agent; its event entity still reports the end of its conversations."""
    await entry.runtime_data.async_close()
    unloaded = await hass.config_entries.async_unload_platforms(entry, ENGINES)
    if unloaded:
        await entry.runtime_data.async_close()  # Conversations that began during the unloading.
        rest = [platform for platform in PLATFORMS if platform not in ENGINES]
        unloaded = await hass.config_entries.async_unload_platforms(entry, rest)
    if unloaded:
        # They are about an agent that is used; setting up shows again what still holds.
        issues.async_settle(hass, entry, *issues.ALL)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Remove what was made for an agent."""
    issues.async_settle(hass, entry, *issues.ALL)
    await async_remove_pipeline(hass, entry)
