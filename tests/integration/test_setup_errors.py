"""Failures while an agent is set up, with real connections."""

import logging

import pytest
from homeassistant.components import assist_pipeline
from homeassistant.config_entries import ConfigEntryState
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.playai.const import DOMAIN
from custom_components.playai.models import current_timings
from tests.agent.talk import KEY, until

from . import servers
from .agents import says
from .conftest import listen
from .failures import UNREACHABLE
from .satellite import Satellite
from .timings import set_timings

LOADED, ERROR = ConfigEntryState.LOADED, ConfigEntryState.SETUP_ERROR

NO_AGENT = "The server at the agent's address is not a voice agent."
WRONG_KEY = "The agent does not accept its key. Please enter a different one in the settings."
OTHER_KEY = "The key belongs to another agent. Please enter a different one in the settings."
FAULTY = "The agent's server had a problem. Please try again."
UNKNOWN = "The agent's server does not recognize this agent."
NO_CREDITS = "The agent's account has no credits left."
BUSY = "The agent is busy with too many conversations. Please try again later."

OUTCOMES = [
    (servers.nobody, LOADED, "cannot_connect", UNREACHABLE),
    (servers.silent, LOADED, "cannot_connect", UNREACHABLE),
    (servers.web_page(503), LOADED, "cannot_connect", UNREACHABLE),
    (servers.web_page(429), LOADED, "too_many_connections", BUSY),
    (servers.untrusted, LOADED, "tls", "The certificate of the agent's server is not trusted."),
    (servers.agent(servers.refuses(4429)), LOADED, "too_many_connections", BUSY),
    (servers.agent(servers.refuses(1005)), LOADED, "no_credits", NO_CREDITS),
    (servers.agent(servers.refuses(5001)), LOADED, "server_fault", FAULTY),
    (servers.agent(servers.hangs_up), LOADED, "agent_hung_up", "The agent hung up."),
    (servers.web_page(200), LOADED, "not_this_server", NO_AGENT),
    (servers.mail_server, LOADED, "not_this_server", NO_AGENT),
    (servers.agent(servers.refuses(1002)), LOADED, "unknown_agent", UNKNOWN),
    (servers.agent(servers.refuses(1001)), ERROR, "invalid_key", WRONG_KEY),
    (servers.agent(servers.refuses(2002)), ERROR, "invalid_key", WRONG_KEY),
    (servers.agent(servers.refuses(2003)), ERROR, "key_not_allowed", OTHER_KEY),
]
"""Each with the state of the entry, the kind of the error, and the message for the user."""


@pytest.fixture
def allowed_in_log():
    return ["could not authenticate"]  # Home Assistant's own line.


async def set_up(hass, url):
    """Set up an agent at an address; it may fail."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Voice agent",
        unique_id="agent-1",
        data={"url": url, "api_key": KEY, "agent_id": "agent-1", "output_format": "wav"},
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def state_of(hass, name):
    return hass.states.get(f"{name.split('.')[0]}.voice_agent_{name.split('.')[1]}").state


def satellite_of(hass, entry, server=None):
    """Return a satellite that uses the pipeline of an agent."""
    pipeline = assist_pipeline.async_get_pipeline(hass, entry.data["pipeline_id"])
    return Satellite(hass, entry, server, pipeline)


@pytest.fixture
def never(monkeypatch):
    """Nothing connects in the background within a test."""
    set_timings(monkeypatch, first_retry=60)


@pytest.mark.parametrize(("fault", "state", "kind", "text"), OUTCOMES)
async def test_outcome(  # noqa: PLR0917
    hass_with_assist, neighbours, voice, never, caplog, fault, state, kind, text
):
    hass = hass_with_assist
    caplog.set_level(logging.DEBUG)
    entry = await set_up(hass, await fault(neighbours))
    assert entry.state is state
    flows = hass.config_entries.flow.async_progress()
    if state is ERROR:
        assert entry.reason == text.removesuffix(".")  # Home Assistant strips it.
        [flow] = flows
        assert flow["context"]["source"] == "reauth"
        assert flow["context"]["entry_id"] == entry.entry_id
        assert KEY not in str(flow)
        assert KEY not in str(entry.error_reason_translation_placeholders)
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert form["errors"] == ({"base": kind} if kind == "key_not_allowed" else {})
    else:
        assert flows == []
        ours = [each for each in hass.states.async_all() if "voice_agent" in each.entity_id]
        assert len(ours) == 12
        assert not [each.entity_id for each in ours if each.state == "unavailable"]
        assert state_of(hass, "sensor.last_error") == kind
        assert state_of(hass, "binary_sensor.connected") == "off"
        assert state_of(hass, "binary_sensor.problem") == "on"
    assert KEY not in caplog.text
    assert not any(KEY in str(each.as_dict()) for each in hass.states.async_all())
    assert await hass.config_entries.async_remove(entry.entry_id)


async def test_turn_says_that_the_agent_is_away(hass_with_assist, neighbours, voice, never):
    hass = hass_with_assist
    entry = await set_up(hass, await servers.nobody(neighbours))
    run = await satellite_of(hass, entry).ask(output={"preferred_format": "wav"})
    assert run.failure == UNREACHABLE
    assert voice.texts == [UNREACHABLE]
    assert run.levels


async def test_agent_that_returns_is_found(hass_with_assist, neighbours, serve, monkeypatch):
    hass = hass_with_assist
    set_timings(monkeypatch, first_retry=0.05)
    url = await servers.nobody(neighbours)
    entry = await set_up(hass, url.removesuffix("/") + "/v1/agent-conversation")
    assert state_of(hass, "binary_sensor.connected") == "off"
    server = await serve(listen, says(), port=URL(url).port)
    await until(lambda: state_of(hass, "binary_sensor.connected") == "on")
    assert state_of(hass, "binary_sensor.problem") == "off"
    assert (await satellite_of(hass, entry, server).ask(output={"preferred_format": "wav"})).audio


def test_pause_between_attempts_is_seconds():
    assert current_timings().longest_retry <= 10
