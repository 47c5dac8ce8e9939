"""The actions of the integration: `ask`, `say` and `end_conversation`."""

from typing import Any, Final

import voluptuous as vol
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.generated.languages import LANGUAGES
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er

from .actions.ask import Question, async_ask
from .actions.places import Place, async_check_place, async_play_text, async_speak, async_url
from .const import ATTR_AGENT, DOMAIN
from .coordinator import PlayAIConfigEntry
from .hang_up import async_hang_up, async_hang_up_all
from .own_entities import async_conversation_entity, may_talk

ATTR_CONVERSATION_ID: Final = "conversation_id"
ATTR_LANGUAGE: Final = "language"
ATTR_MEDIA: Final = "media"
ATTR_MEDIA_PLAYER: Final = "media_player"
ATTR_SATELLITE: Final = "satellite"
ATTR_TEXT: Final = "text"

MAX_TEXT: Final = 8_000
"""Characters of a text; at most 32 KB may be sent."""

_MEDIA: Final = vol.Any(
    cv.string,
    vol.All(
        # The value of a media selector.
        vol.Schema({vol.Required("media_content_id"): cv.string}, extra=vol.ALLOW_EXTRA),
        lambda value: value["media_content_id"],
    ),
)
_PLACE: Final = {
    vol.Optional(ATTR_LANGUAGE): cv.string,
    vol.Optional(ATTR_MEDIA_PLAYER): cv.entities_domain("media_player"),
    vol.Optional(ATTR_SATELLITE): cv.entity_domain("assist_satellite"),
}
ASK: Final = vol.Schema(
    {
        vol.Required(ATTR_AGENT): cv.entity_id,
        vol.Optional(ATTR_TEXT): cv.string,
        vol.Optional(ATTR_MEDIA): _MEDIA,
        vol.Optional(ATTR_CONVERSATION_ID): cv.string,
        **_PLACE,
    }
)
SAY: Final = vol.Schema(
    {vol.Required(ATTR_AGENT): cv.entity_id, vol.Required(ATTR_TEXT): cv.string, **_PLACE}
)
END_CONVERSATION: Final = vol.Schema(
    {vol.Optional(ATTR_AGENT): cv.entity_ids, vol.Optional(ATTR_CONVERSATION_ID): cv.string}
)
SCHEMAS: Final = {"ask": ASK, "say": SAY, "end_conversation": END_CONVERSATION}
"""The schemas of the data of the actions, by their names without the domain."""


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "ask", _ask, ASK, SupportsResponse.OPTIONAL)
    register(DOMAIN, "say", _say, SAY, SupportsResponse.OPTIONAL)
    register(DOMAIN, "end_conversation", _end_conversation, END_CONVERSATION)


async def _ask(call: ServiceCall) -> ServiceResponse:
    text, media = call.data.get(ATTR_TEXT), call.data.get(ATTR_MEDIA)
    if (text is None) == (media is None):
        raise _invalid("text_or_media")
    question = Question(
        entry=await _agent(call, call.data[ATTR_AGENT]),
        place=_place(call),
        context=call.context,
        text=None if text is None else _checked_text(text),
        media=media,
        conversation_id=call.data.get(ATTR_CONVERSATION_ID),
        language=_language(call),
    )
    return await async_ask(call.hass, question)


async def _say(call: ServiceCall) -> ServiceResponse:
    hass, entry, place = call.hass, await _agent(call, call.data[ATTR_AGENT]), _place(call)
    text = _checked_text(call.data[ATTR_TEXT])
    stream = await async_speak(hass, entry, text, _language(call))
    await async_play_text(hass, entry, text, stream, place=place, context=call.context)
    return {"audio_url": async_url(hass, stream)}


async def _end_conversation(call: ServiceCall) -> None:
    hass, conversation_id = call.hass, call.data.get(ATTR_CONVERSATION_ID)
    if ATTR_AGENT in call.data:
        entries = [await _agent(call, entity_id) for entity_id in call.data[ATTR_AGENT]]
    elif conversation_id is not None:
        entries = hass.config_entries.async_loaded_entries(DOMAIN)
    else:
        raise _invalid("agent_or_conversation")
    if conversation_id is None:
        for entry in entries:
            await async_hang_up_all(hass, entry)
        return
    # A conversation may continue with another agent.
    found = [
        (entry, each)
        for entry in entries
        if (each := entry.runtime_data.conversations.find(conversation_id)) is not None
    ]
    if not found:
        raise _invalid("no_such_conversation", conversation=conversation_id)
    for entry, _ in found:
        await _check_rights(call, entry)
    for _, each in found:
        await async_hang_up(hass, each)


async def _agent(call: ServiceCall, entity_id: str) -> PlayAIConfigEntry:
    """Return the entry of an agent by one of its entities.

    Raises `ServiceValidationError`, and `Unauthorized` if the user may not talk with it.
    """
    hass = call.hass
    entity = er.async_get(hass).async_get(entity_id)
    if entity is None or entity.platform != DOMAIN or entity.config_entry_id is None:
        raise _invalid("not_an_agent", entity=entity_id)
    entry: PlayAIConfigEntry = hass.config_entries.async_get_known_entry(entity.config_entry_id)
    if entry.state is not ConfigEntryState.LOADED:
        raise _invalid("agent_not_loaded", name=entry.title)
    await _check_rights(call, entry)
    return entry


async def _check_rights(call: ServiceCall, entry: PlayAIConfigEntry) -> None:
    """Check that the user who calls may talk with an agent; raises `Unauthorized`."""
    if (user_id := call.context.user_id) is None:
        return  # An automation.
    user = await call.hass.auth.async_get_user(user_id)
    entity_id = async_conversation_entity(call.hass, entry)
    if entity_id is None or not may_talk(user, entity_id):
        raise Unauthorized(
            context=call.context, entity_id=entity_id, user_id=user_id, permission=POLICY_CONTROL
        )


@callback
def _place(call: ServiceCall) -> Place:
    place = Place(tuple(call.data.get(ATTR_MEDIA_PLAYER, ())), call.data.get(ATTR_SATELLITE))
    async_check_place(call.hass, place)
    return place


def _language(call: ServiceCall) -> str | None:
    language: str | None = call.data.get(ATTR_LANGUAGE)
    if language is not None and language not in LANGUAGES:
        raise _invalid("unknown_language", language=language)
    return language


def _checked_text(text: str) -> str:
    if not (text := text.strip()):
        raise _invalid("empty_text")
    if len(text) > MAX_TEXT:
        raise _invalid("long_text", limit=str(MAX_TEXT))
    return text


def _invalid(key: str, **placeholders: Any) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
