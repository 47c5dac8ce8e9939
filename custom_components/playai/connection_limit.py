"""Makes room for a connection where a server allows no more."""

import asyncio
from operator import attrgetter
from typing import Any, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .conversations import Conversations
from .health.watch import Watch


class Agent(Protocol):
    """The owner of the connections of an entry, its runtime data."""

    @property
    def watch(self) -> Watch:
        """The owner of the background connections outside of conversations."""

    @property
    def conversations(self) -> Conversations:
        """The owner of the connections of conversations."""


async def async_make_room(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Close one connection to the server of an entry; returns whether to try again.

    All entries with this server and key share its limit. Checks and attempts to reconnect are
    stopped first. If there are none, the conversation that has been idle longest is closed.
    """
    agents: list[Agent] = [
        each.runtime_data
        for each in hass.config_entries.async_loaded_entries(DOMAIN)
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
