"""Tests connections for the config flow."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .addresses import async_is_safe
from .agent import AgentError, AgentSettings, ErrorKind, OutputFormat, probe
from .agent.connection import agent_url
from .const import CONF_AGENT_ID, CONF_OUTPUT_FORMAT
from .models import build_settings, current_timings
from .urls import InvalidUrlError, complete_url

type FormErrors = tuple[dict[str, str], dict[str, str]]
"""The errors of a form by field, and the placeholders of their texts."""

_PLAIN_PORT: Final = "WRONG_VERSION_NUMBER"
"""OpenSSL's reason when a server answers the TLS handshake with something else."""


async def async_check(hass: HomeAssistant, data: Mapping[str, Any]) -> FormErrors:
    """Connect with the data of an entry; returns no errors if the agent accepts it."""
    try:
        endpoint = complete_url(data[CONF_URL])
        is_safe = await async_is_safe(hass, agent_url(endpoint, data[CONF_AGENT_ID]))
    except InvalidUrlError as error:
        return {CONF_URL: error.key}, {}
    except ValueError:
        return {CONF_URL: "invalid_host"}, {}
    if not is_safe:
        return {CONF_URL: "not_encrypted"}, {}
    settings = AgentSettings(
        url=endpoint,
        api_key=data[CONF_API_KEY],
        agent_id=data[CONF_AGENT_ID],
        output_format=OutputFormat(data[CONF_OUTPUT_FORMAT]),
    )
    try:
        await probe(async_get_clientsession(hass), settings, current_timings())
    except AgentError as error:
        if error.kind is ErrorKind.TLS and _PLAIN_PORT in error.message:
            return {CONF_URL: "no_tls"}, {}
        return {"base": error.kind.value}, {"message": error.message}
    return {}, {}


async def async_check_key(hass: HomeAssistant, data: Mapping[str, Any]) -> FormErrors:
    """Connect, for a form without an address field that could show an error."""
    errors, placeholders = await async_check(hass, data)
    return ({"base": next(iter(errors.values()))} if errors else {}), placeholders


async def async_answers(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Return whether an agent is still at the address of its entry."""
    try:
        await probe(async_get_clientsession(hass), build_settings(entry), current_timings())
    except AgentError as error:
        return not error.policy.means_gone
    return True
