"""Makes room for a connection where a server allows no more."""

import asyncio
from operator import attrgetter
from typing import TYPE_CHECKING

from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant

from .const import DOMAIN

if TYPE_CHECKING:
    from .coordinator import PlayAIConfigEntry


async def async_make_room(hass: HomeAssistant, entry: PlayAIConfigEntry) -> bool:
    """Close one connection to the server of an entry; returns whether to try again.

    All entries with this server and key share its limit. Checks and attempts to reconnect are
    stopped first. Without one, the conversation that has been idle longest is closed.
    """
    entries: list[PlayAIConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    agents = [
        each.runtime_data
        for each in entries
        if all(each.data[name] == entry.data[name] for name in (CONF_URL, CONF_API_KEY))
    ]
    attempts = [task for agent in agents for task in agent.watch.stop()]
    if attempts:
        await asyncio.gather(*attempts, return_exceptions=True)
        return True
    idle = [conversation for agent in agents for conversation in agent.conversations.idle]
    if not idle:
        return False
    await min(idle, key=attrgetter("used_at")).session.close()
    return True
