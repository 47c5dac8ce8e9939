"""The commands of pages on Home Assistant's own WebSocket."""

from typing import Any

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..agent import Feature
from ..assist.answer_with import async_home_agent, async_knows
from ..const import DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..own_entities import async_conversation_entity, may_talk
from .limits import PROTOCOL, TICKET_SECONDS
from .page_messages import PLACE
from .place import Place, UnknownPlaceError
from .relay import Relay
from .talks import TALKS, TooManyTalksError


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, _agents)
    websocket_api.async_register_command(hass, _open)
    websocket_api.async_register_command(hass, _connect)


@websocket_api.websocket_command({vol.Required("type"): "playai/talk/agents"})
@callback
def _agents(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the agents that the user may talk with."""
    agents = []
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        entity_id = async_conversation_entity(hass, entry)
        state = None if entity_id is None else hass.states.get(entity_id)
        if entity_id is None or state is None or not may_talk(connection.user, entity_id):
            continue
        known = entry.runtime_data.traits.features
        has_text = async_home_agent(hass, entry) or async_knows(entry, Feature.USER_TEXT)
        agents.append(
            {
                "entity_id": entity_id,
                "entry_id": entry.entry_id,
                "name": state.name,
                "available": entry.runtime_data.data.connected,
                "languages": ["*"] if known is None or not known.languages else known.languages,
                "features": ["text"] if has_text else [],
            }
        )
    connection.send_result(msg["id"], {"protocol": PROTOCOL, "agents": agents})


@websocket_api.websocket_command(
    {vol.Required("type"): "playai/talk/open", vol.Required("agent"): str, **PLACE}
)
@callback
def _open(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the signed path of a socket for a new talk."""
    entity_id = msg["agent"]
    if not may_talk(connection.user, entity_id):
        connection.send_error(msg["id"], websocket_api.ERR_UNAUTHORIZED, "no right to control it")
        return
    entity = er.async_get(hass).async_get(entity_id)
    if entity is None or entity.platform != DOMAIN or entity.domain != Platform.CONVERSATION:
        connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, "no such agent")
        return
    entry: PlayAIConfigEntry | None = hass.config_entries.async_get_entry(
        entity.config_entry_id or ""
    )
    if entry is None or entry.state is not ConfigEntryState.LOADED or entity.disabled_by:
        connection.send_error(msg["id"], "not_ready", "the agent is not loaded")
        return
    try:
        place = Place.async_from(hass, msg)
        path = hass.data[TALKS].async_open(entry, connection.user, place)
    except UnknownPlaceError as error:
        connection.send_error(msg["id"], "unknown_place", str(error))
    except TooManyTalksError:
        connection.send_error(msg["id"], "too_many_talks", "too many talks at the same time")
    else:
        result = {"protocol": PROTOCOL, "path": path, "seconds": TICKET_SECONDS}
        connection.send_result(msg["id"], result)


@websocket_api.websocket_command({vol.Required("type"): "playai/talk/connect"})
@callback
def _connect(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Let a page open the sockets of its talks over this connection."""
    if (refresh_token_id := connection.refresh_token_id) is None:
        connection.send_error(msg["id"], websocket_api.ERR_UNAUTHORIZED, "no login")
        return
    try:
        relay = Relay(hass, connection, refresh_token_id, msg["id"])
    except RuntimeError as error:
        connection.send_error(msg["id"], websocket_api.ERR_NOT_ALLOWED, str(error))
        return
    connection.subscriptions[msg["id"]] = relay.close
    connection.send_result(msg["id"])
    connection.send_event(msg["id"], {"handler": relay.handler})
