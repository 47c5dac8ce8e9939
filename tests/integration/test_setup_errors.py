"""What becomes of an agent that fails while it is set up, with real connections."""

import logging
from datetime import timedelta

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.playai.const import DOMAIN
from tests.agent.talk import KEY

from . import servers
from .conftest import listen

RETRY, ERROR = ConfigEntryState.SETUP_RETRY, ConfigEntryState.SETUP_ERROR

UNREACHABLE = "The agent cannot be reached. Is it running?"
NO_AGENT = "At the agent's address there is no voice agent."
WRONG_KEY = "The agent does not accept its key. Please enter another one in the settings."
OTHER_KEY = "The key belongs to another agent. Please enter another one in the settings."
FAULTY = "The agent's server failed. Please try again."
BUSY = "The agent is busy with too many conversations."

OUTCOMES = [
    (servers.nobody, RETRY, UNREACHABLE),
    (servers.silent, RETRY, UNREACHABLE),
    (servers.web_page(503), RETRY, UNREACHABLE),
    (servers.web_page(429), RETRY, BUSY),
    (servers.untrusted, RETRY, "The certificate of the agent's server cannot be trusted."),
    (servers.agent(servers.refuses(4429)), RETRY, BUSY),
    (servers.agent(servers.refuses(1005)), RETRY, "The agent's account has no credits left."),
    (servers.agent(servers.refuses(5001)), RETRY, FAULTY),
    (servers.agent(servers.refuses(4400)), RETRY, "The agent's server did not understand us."),
    (
        servers.agent(servers.refuses(3001)),
        RETRY,
        "The agent could not answer this time. Please try again.",
    ),
    (servers.agent(servers.hangs_up), RETRY, "The agent has hung up."),
    (
        servers.agent(servers.breaks_off),
        RETRY,
        "The connection to the agent was lost. Please try again.",
    ),
    (
        servers.agent(servers.breaks_framing),
        RETRY,
        "The agent's server sends messages that make no sense.",
    ),
    (servers.web_page(200), RETRY, NO_AGENT),
    (servers.web_page(404), RETRY, NO_AGENT),
    (servers.mail_server, RETRY, NO_AGENT),
    (
        servers.agent(servers.refuses(1002)),
        RETRY,
        "The agent's server does not know this agent.",
    ),
    (servers.agent(servers.refuses(1001)), ERROR, WRONG_KEY),
    (servers.agent(servers.refuses(2002)), ERROR, WRONG_KEY),
    (servers.agent(servers.refuses(2003)), ERROR, OTHER_KEY),
]


@pytest.fixture
def allowed_in_log():
    return ["could not authenticate"]  # Home Assistant's own line.


async def set_up(hass, url):
    """Set an agent up at an address, in vain or not."""
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


@pytest.mark.parametrize(("fault", "state", "reason"), OUTCOMES)
async def test_outcome(hass_with_assist, neighbours, caplog, *, fault, state, reason):
    hass = hass_with_assist
    caplog.set_level(logging.DEBUG)
    entry = await set_up(hass, await fault(neighbours))
    # Home Assistant takes the full stop away.
    assert (entry.state, entry.reason) == (state, reason.removesuffix("."))
    flows = hass.config_entries.flow.async_progress()
    if reason in (WRONG_KEY, OTHER_KEY):
        [flow] = flows
        assert flow["context"]["source"] == "reauth"
        assert flow["context"]["entry_id"] == entry.entry_id
        assert KEY not in str(flow)
    else:
        assert flows == []
    assert KEY not in caplog.text
    assert KEY not in str(entry.error_reason_translation_placeholders)
    assert not [state for state in hass.states.async_all() if "voice_agent" in state.entity_id]
    assert await hass.config_entries.async_remove(entry.entry_id)


async def test_next_attempt_finds_the_agent(hass_with_assist, serve):
    hass = hass_with_assist
    server = await serve(servers.refuses(5001), listen)
    entry = await set_up(hass, server.url)
    assert entry.state is RETRY
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.reason is None
    assert server.connections == 2
