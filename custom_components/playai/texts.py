"""Texts in the user's language."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .agent import AgentError
from .const import DOMAIN


async def async_text(hass: HomeAssistant, language: str, key: str, **placeholders: str) -> str:
    """Return a text of the section `exceptions` of our translations."""
    texts = await async_get_translations(hass, language, "exceptions", {DOMAIN})
    return texts[f"component.{DOMAIN}.exceptions.{key}.message"].format(**placeholders)


async def async_error_text(hass: HomeAssistant, language: str, error: AgentError) -> str:
    """Return what the user is told of an error."""
    return await async_text(hass, language, error.kind.value, message=error.message)
