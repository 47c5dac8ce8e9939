"""The home's offer to the agent's server over the home link."""

import logging
from dataclasses import replace

from homeassistant.components import conversation
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import llm

from ..agent import HomeOffer, fit_phrases
from ..const import DOMAIN
from ..coordinator import PlayAIConfigEntry
from .answer_with import may_answer
from .sentences import async_sentences
from .tools import async_offered_tools

_LOGGER = logging.getLogger(__name__)


@callback
def async_first_offer(hass: HomeAssistant, entry: PlayAIConfigEntry, language: str) -> HomeOffer:
    """Return an offer that takes no time, without sentences and tools."""
    return HomeOffer(_tag(hass, language), may_answer(entry))


async def async_home_offer(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    language: str,
    user_input: conversation.ConversationInput | None = None,
) -> HomeOffer:
    """Return the offer of the home; its tools depend on the user and room of `user_input`."""
    context = (
        llm.LLMContext(DOMAIN, None, language, conversation.DOMAIN, None)
        if user_input is None
        else user_input.as_llm_context(DOMAIN)
    )
    offer = async_first_offer(hass, entry, language)
    offer = replace(offer, phrases=fit_phrases(await async_sentences(hass, offer.language)))
    tools, prompt = await async_offered_tools(hass, entry, context)
    try:
        return replace(offer, tools=tools, prompt=prompt)
    except ValueError as error:
        _LOGGER.warning("%s: the tools of the home cannot be offered: %s", entry.title, error)
        return offer


def _tag(hass: HomeAssistant, language: str) -> str:
    """Return a language tag; `*` is the language of the home."""
    return hass.config.language if language == MATCH_ALL else language
