"""The agents in the page System information."""

import asyncio

from homeassistant.config_entries import SOURCE_IGNORE
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.playai.agent import AgentError, ErrorKind
from custom_components.playai.const import DOMAIN
from custom_components.playai.health.history import async_history

from .agents import says
from .servers import refuses


async def information(hass, hass_ws_client):
    """Return the frontend's data about the integration, once all of it has come."""
    assert await async_setup_component(hass, "system_health", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "system_health/info"})
    assert (await client.receive_json())["success"]
    async with asyncio.timeout(30):
        event = (await client.receive_json())["event"]
    assert event["type"] == "initial"
    return event["data"].get(DOMAIN)


async def test_working_agent(meet, hass, hass_ws_client):
    satellite = await meet(says())
    await satellite.ask()
    found = await information(hass, hass_ws_client)
    assert found["manage_url"] == "/config/integrations/integration/playai"
    assert found["info"] == {"agents": 1, "connected": 1, "conversations": 1}


async def test_the_last_error_of_all_agents(meet, meet_later, hass, hass_ws_client):
    satellite = await meet(says())
    await meet_later(first=refuses(1002), agent_id="agent-2")
    assert (await information(hass, hass_ws_client))["info"]["last_error"].startswith(
        "unknown_agent ("
    )
    error = AgentError(ErrorKind.NO_REPLY, "at ws://somewhere")
    async_history(hass, satellite.entry.entry_id).add_error(error)
    found = (await information(hass, hass_ws_client))["info"]
    assert found["agents"] == 2
    assert found["connected"] == 1
    assert found["last_error"].startswith("no_reply (20")
    assert "somewhere" not in found["last_error"]


async def test_agent_that_is_not_loaded(meet, hass, hass_ws_client):
    satellite = await meet(says())
    await hass.config_entries.async_unload(satellite.entry.entry_id)
    found = await information(hass, hass_ws_client)
    assert found["info"] == {"agents": 1, "connected": 0, "conversations": 0}


async def test_ignored_agent_is_not_counted(meet, hass, hass_ws_client):
    await meet(says())
    MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id="other").add_to_hass(hass)
    assert (await information(hass, hass_ws_client))["info"]["agents"] == 1


async def test_every_value_has_a_label(meet, hass, hass_ws_client):
    satellite = await meet(says())
    error = AgentError(ErrorKind.NO_REPLY, "")
    async_history(hass, satellite.entry.entry_id).add_error(error)
    found = await information(hass, hass_ws_client)
    labels = await async_get_translations(hass, "en", "system_health", {DOMAIN})
    assert set(labels) == {f"component.playai.system_health.info.{name}" for name in found["info"]}
