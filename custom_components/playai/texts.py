"""Texts in the user's language."""

from pathlib import Path
from typing import Final

from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.language import matches

from .agent import AgentError
from .const import DOMAIN

LANGUAGES: Final = sorted(
    path.stem for path in (Path(__file__).parent / "translations").glob("*.json")
)
"""The languages of the translations."""

FALLBACK_LANGUAGE: Final = "en"


@callback
def text_language(hass: HomeAssistant, language: str) -> str:
    """Return the language of the translations for a user's language.

    The closest variant that exists, else English; `*` is the language of the home.
    """
    if language == MATCH_ALL:
        language = hass.config.language
    return next(iter(matches(language, LANGUAGES, hass.config.country)), FALLBACK_LANGUAGE)


async def async_text(hass: HomeAssistant, language: str, key: str, **placeholders: str) -> str:
    """Return a text from the `exceptions` section of the translations."""
    language = text_language(hass, language)
    texts = await async_get_translations(hass, language, "exceptions", {DOMAIN})
    return texts[f"component.{DOMAIN}.exceptions.{key}.message"].format(**placeholders)


async def async_error_text(hass: HomeAssistant, language: str, error: AgentError) -> str:
    """Return the text that describes an error to the user."""
    return await async_text(hass, language, error.kind.value, message=error.message)
