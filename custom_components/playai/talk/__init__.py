"""Talks of pages in a browser with an agent, see docs/talk-protocol.md."""

from homeassistant.auth import EVENT_USER_REMOVED, EVENT_USER_UPDATED
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback

from ..coordinator import PlayAIConfigEntry
from .commands import async_register_commands
from .page_link import CloseCode
from .talks import TALKS, Talks
from .view import TalkView


@callback
def async_setup_talks(hass: HomeAssistant) -> None:
    """Let pages open talks."""
    hass.data[TALKS] = talks = Talks(hass)
    async_register_commands(hass)
    hass.http.register_view(TalkView())

    @callback
    def stop(_: Event) -> None:
        talks.async_close(CloseCode.STOPPING)

    async def check_rights(event: Event) -> None:
        user_id = event.data["user_id"]
        talks.async_check_rights(user_id, await hass.auth.async_get_user(user_id))

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)
    for changed in (EVENT_USER_UPDATED, EVENT_USER_REMOVED):
        hass.bus.async_listen(changed, check_rights)


@callback
def async_close_talks(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Close the talks with an agent that is unloaded."""
    hass.data[TALKS].async_close(CloseCode.RELOADING, entry)
