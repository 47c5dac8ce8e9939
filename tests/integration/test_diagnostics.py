"""The diagnostics that a user attaches to a report."""

import json

from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)

from custom_components.playai.agent.messages import ErrorMessage

from . import servers
from .agents import hear_out
from .conftest import listen


async def test_diagnostics(meet, voice, hass, hass_client):
    assert await async_setup_component(hass, "diagnostics", {})

    async def script(peer):
        await hear_out(peer)
        await peer.send(ErrorMessage(3003, f"no idea, {peer.setup.api_key}"))
        await peer.closed.wait()

    satellite = await meet(script)
    await satellite.ask(conversation_id="kitchen")
    entry = satellite.entry
    url = entry.data["url"].replace("ws://", "ws://somebody:secret@") + "?token=secret"
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": url})
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert entry.data["api_key"] not in json.dumps(found)
    assert "secret" not in json.dumps(found)
    assert found["data"]["api_key"] == "**REDACTED**"
    assert found["data"]["url"].endswith("/v1/agent-conversation")
    assert found["options"]["speak_with"] == "tts.other_voice"
    assert found["state"]["conversations"] == 1
    assert found["state"]["has_problem"] is True
    assert found["state"]["last_error"]["message"] == "no idea, ***"
    assert [error["code"] for error in found["errors"]] == [3003]
    assert found["learnt"]["greets"] is False
    assert found["agent_ends_turn"] is True


async def test_diagnostics_of_an_agent_that_cannot_be_set_up(meet_later, hass, hass_client):
    assert await async_setup_component(hass, "diagnostics", {})
    entry = await meet_later(first=servers.refuses(1005))
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert entry.data["api_key"] not in json.dumps(found)
    assert found["data"]["agent_id"] == "agent-1"
    assert [error["kind"] for error in found["errors"]] == ["no_credits"]


async def test_errors_survive_a_reload(meet, voice, hass, hass_client):
    assert await async_setup_component(hass, "diagnostics", {})

    async def script(peer):
        await hear_out(peer)
        await peer.send(ErrorMessage(3003, "no idea"))
        await peer.closed.wait()

    satellite = await meet(script, listen)
    await satellite.ask()
    before = await get_diagnostics_for_config_entry(hass, hass_client, satellite.entry)
    last_error = satellite.entity_id("sensor", "last_error")
    attributes = hass.states.get(last_error).attributes
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    await hass.async_block_till_done()
    found = await get_diagnostics_for_config_entry(hass, hass_client, satellite.entry)
    assert len(found["errors"]) == 1
    assert found["errors"] == before["errors"]
    assert found["state"]["last_error"] == before["state"]["last_error"]
    assert found["state"]["has_problem"] is False  # The connection has just been tested.
    assert hass.states.get(last_error).state == "agent_failed"
    assert hass.states.get(last_error).attributes == attributes
