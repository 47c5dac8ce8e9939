"""The button that ends all conversations with an agent."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity
from .hang_up import async_hang_up_all

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the button of an agent."""
    async_add_entities([EndConversationButton(entry, "end_conversation")])


class EndConversationButton(AgentEntity, ButtonEntity):
    """Ends all conversations with the agent and silences it at once."""

    _attr_translation_key = "end_conversation"

    @override
    async def async_press(self) -> None:
        await async_hang_up_all(self.hass, self.entry)
