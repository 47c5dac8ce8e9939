"""The diagnostics that a user attaches to a report."""

import json

import pytest
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)

from custom_components.playai.agent import AgentError, ErrorKind
from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.health.history import async_history

from . import servers
from .agents import fails, hear_out, says
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
    assert found["traits"]["greets"] is False
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
    satellite = await meet(fails, listen)
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


async def test_times_survive_a_reload(meet, hass, hass_client):
    assert await async_setup_component(hass, "diagnostics", {})
    satellite = await meet(says())
    await satellite.ask(conversation_id="kitchen")
    await satellite.ask(conversation_id="kitchen")
    before = await get_diagnostics_for_config_entry(hass, hass_client, satellite.entry)
    assert len(before["timings"]) == 2
    newest = before["timings"][-1]
    assert newest["response_time"] == before["state"]["response_time"]
    assert newest["agent_time"] == before["state"]["agent_time"]
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    await hass.async_block_till_done()
    found = await get_diagnostics_for_config_entry(hass, hass_client, satellite.entry)
    assert found["timings"] == before["timings"]
    assert found["state"]["response_time"] is None


async def test_only_the_latest_errors_and_times_are_kept(meet, hass, hass_client):
    assert await async_setup_component(hass, "diagnostics", {})
    satellite = await meet(says())
    history = async_history(hass, satellite.entry.entry_id)
    for number in range(50):
        history.add_error(AgentError(ErrorKind.NO_REPLY, str(number)))
        history.add_timing(number, 0)
    found = await get_diagnostics_for_config_entry(hass, hass_client, satellite.entry)
    latest = list(range(30, 50))
    assert [int(error["message"]) for error in found["errors"]] == latest
    assert [timing["response_time"] for timing in found["timings"]] == latest


@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "“{}”", "„{}“", "«{}»", "‘{}’"])  # noqa: RUF001
async def test_what_a_server_quotes_is_not_in_it(meet, hass, hass_client, quoted):
    assert await async_setup_component(hass, "diagnostics", {})
    satellite = await meet(says())
    message = f"The model's answer to {quoted.format('where is my wife')} isn't JSON"
    history = async_history(hass, satellite.entry.entry_id)
    history.add_error(AgentError(ErrorKind.AGENT_FAILED, message))
    found = await get_diagnostics_for_config_entry(hass, hass_client, satellite.entry)
    [error] = found["errors"]
    assert error["message"] == "The model's answer to **REDACTED** isn't JSON"


async def test_history_is_removed_with_the_agent(meet, hass):
    satellite = await meet(says())
    await satellite.ask()
    entry_id = satellite.entry.entry_id
    assert async_history(hass, entry_id).timings
    await hass.config_entries.async_remove(entry_id)
    assert not async_history(hass, entry_id).timings
