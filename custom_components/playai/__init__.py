"""Voice agents as speech-to-text, conversation and text-to-speech of Assist."""

from typing import Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .assist.answer_with import async_choose_home_agent, async_follow_home_agent
from .assist.asking_api import async_offer_api
from .assist.fallback_voice import async_follow_voice
from .assist.pipeline import async_follow_renames, async_remove_pipeline, async_set_up_pipeline
from .const import DOMAIN
from .coordinator import PlayAIConfigEntry, PlayAICoordinator
from .frontend import async_offer_frontend, async_serve_frontend, async_withdraw_frontend
from .health import issues
from .health.history import async_forget_history
from .health.withdrawals import async_follow_withdrawals
from .services import async_setup_services
from .talk import async_close_talks, async_setup_talks

ENGINES: Final = (Platform.CONVERSATION, Platform.STT, Platform.TTS)
"""The platforms that start conversations."""

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    *ENGINES,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register actions, commands and frontend files; they exist even while no agent is set up."""
    async_setup_services(hass)
    async_setup_talks(hass)
    await async_offer_api(hass)
    await async_serve_frontend(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PlayAIConfigEntry) -> bool:
    """Set up one agent: test the connection, then add its entities and its pipeline."""
    async_offer_frontend(hass, entry)
    coordinator = PlayAICoordinator(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator

    async def stop(_: Event) -> None:
        await coordinator.async_close()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))

    @callback
    def engines_added() -> None:
        # Deferred: the last engine is still being added.
        entry.async_create_task(hass, async_set_up_pipeline(hass, entry), eager_start=False)

    # Never called while an engine is disabled, so nothing may wait for it.
    coordinator.engines.on_added = engines_added
    async_follow_renames(hass, entry)
    async_follow_home_agent(hass, entry)
    # Sensors first: an automation that starts with the problem reads the error that caused it.
    await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
    rest = [platform for platform in PLATFORMS if platform is not Platform.SENSOR]
    await hass.config_entries.async_forward_entry_setups(entry, rest)
    coordinator.watch.start()
    await async_follow_withdrawals(hass, entry, coordinator.watch.server_withdrawn)

    @callback
    def started(_: HomeAssistant) -> None:
        async_follow_voice(hass, entry)
        choose_home_agent()

    @callback
    def choose_home_agent() -> None:
        async_choose_home_agent(hass, entry)

    entry.async_on_unload(coordinator.async_add_listener(choose_home_agent))
    # Voices of other integrations exist only once Home Assistant has started.
    entry.async_on_unload(async_at_started(hass, started))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PlayAIConfigEntry) -> bool:
    """Unload an agent: engines first, so that the event entity can report ended conversations."""
    async_close_talks(hass, entry)
    await entry.runtime_data.async_close()
    unloaded = await hass.config_entries.async_unload_platforms(entry, ENGINES)
    if unloaded:
        async_close_talks(hass, entry)
        await entry.runtime_data.async_close()  # Conversations that started meanwhile.
        rest = [platform for platform in PLATFORMS if platform not in ENGINES]
        unloaded = await hass.config_entries.async_unload_platforms(entry, rest)
    if unloaded:
        # The next set-up creates them again if necessary.
        issues.async_resolve_unless_ignored(hass, entry)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Remove the issues, the pipeline and the history of an agent."""
    async_withdraw_frontend(hass, entry)
    issues.async_resolve(hass, entry, *issues.ALL)
    await async_remove_pipeline(hass, entry)
    async_forget_history(hass, entry.entry_id)
