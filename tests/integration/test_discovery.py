"""An agent that announces itself is found, and known again at another address."""

import logging
from functools import partial
from ipaddress import ip_address
from uuid import uuid4

import pytest
from homeassistant.components import zeroconf
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncZeroconf

from agent_server.announce import Announcer
from custom_components.playai.const import DOMAIN
from tests.agent.talk import KEY, until

from . import servers
from .agents import says
from .conftest import listen

TYPE = "_playai-agent._tcp.local."
PATH = "/v1/agent-conversation"
ONLY_HERE = {"interfaces": ["127.0.0.1"], "ip_version": IPVersion.V4Only}


@pytest.fixture(autouse=True)
def assist(hass_with_assist):
    """What an agent that was set up needs."""


def announcement(url, agent_id="agent-1", **properties):
    """What Home Assistant tells of an announcement."""
    url = URL(url)
    address = ip_address(url.host)
    return ZeroconfServiceInfo(
        ip_address=address,
        ip_addresses=[address],
        port=url.port,
        hostname="agent.local.",
        type=TYPE,
        name=f"{agent_id}.{TYPE}",
        properties={"agent_id": agent_id, "path": url.path, "version": "0.1.0", **properties},
    )


async def find(hass, found):
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "zeroconf"}, data=found
    )
    await hass.async_block_till_done()
    return result


async def add_agent(hass, url):
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Voice agent",
        unique_id="agent-1",
        data={"url": url, "api_key": KEY, "agent_id": "agent-1", "output_format": "raw"},
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def test_only_the_key_is_asked(hass, serve):
    server = await serve(servers.refuses(2002), listen, says())
    form = await find(hass, announcement(server.url))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "found")
    assert list(form["data_schema"].schema) == ["api_key"]
    assert form["description_placeholders"] == {"agent_id": "agent-1", "url": server.url}
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "agent-1 (127.0.0.1)"}
    assert server.connections == 0  # Nothing is told to it before the user says so.
    flows = hass.config_entries.flow
    form = await flows.async_configure(form["flow_id"], {"api_key": "ak-wrong"})
    assert form["errors"] == {"base": "invalid_key"}
    result = await flows.async_configure(form["flow_id"], {"api_key": f" {KEY} "})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        "url": server.url,
        "api_key": KEY,
        "agent_id": "agent-1",
        "output_format": "wav",
    }
    assert result["result"].unique_id == "agent-1"
    assert result["result"].state is ConfigEntryState.LOADED


async def test_agent_with_an_address_of_version_6(hass):
    form = await find(hass, announcement("ws://[fd00::1]:8765" + PATH))
    assert form["description_placeholders"]["url"] == "ws://[fd00::1]:8765" + PATH


async def test_agent_out_of_the_house_gets_no_key(hass):
    form = await find(hass, announcement("ws://8.8.8.8:8765" + PATH))
    form = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": KEY})
    assert form["errors"] == {"base": "not_encrypted"}


async def test_agent_is_found_once(hass):
    for aborts in (False, True):
        result = await find(hass, announcement("ws://127.0.0.1:8765" + PATH))
        assert (result["type"] is FlowResultType.ABORT) is aborts
    assert result["reason"] == "already_in_progress"


@pytest.mark.parametrize(
    "wrong", [{"agent_id": None}, {"agent_id": ""}, {"path": None}, {"path": "no path"}]
)
async def test_bad_announcement(hass, wrong):
    result = await find(hass, announcement("ws://127.0.0.1:8765" + PATH, **wrong))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "bad_announcement")


async def test_known_agent_at_the_same_address(hass, serve):
    server = await serve(listen)
    entry = await add_agent(hass, server.url)
    result = await find(hass, announcement(server.url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.state is ConfigEntryState.LOADED
    assert server.connections == 1  # It was not asked again.


@pytest.mark.parametrize("was_there", [True, False])
async def test_known_agent_at_a_new_address(hass, serve, was_there):
    old, new = await serve(listen), await serve(listen)
    if not was_there:
        await old.stop()
    entry = await add_agent(hass, old.url)
    assert (entry.state is ConfigEntryState.LOADED) is was_there
    coordinator = entry.runtime_data if was_there else None
    await old.stop()
    result = await find(hass, announcement(new.url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data["url"] == new.url
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is not coordinator
    assert [peer.setup.api_key for peer in new.peers] == [KEY]


async def test_agent_that_moved_to_another_server(hass, serve):
    old = await serve(listen, servers.refuses(1002))
    entry = await add_agent(hass, old.url)
    new = await serve(listen)
    await find(hass, announcement(new.url))
    assert entry.data["url"] == new.url


@pytest.mark.parametrize("script", [listen, servers.refuses(4429)])
async def test_address_that_works_is_not_given_up(hass, serve, script):
    """Whoever announces the same agent would get its key."""
    old, new = await serve(listen, script), await serve(listen)
    entry = await add_agent(hass, old.url)
    result = await find(hass, announcement(new.url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data["url"] == old.url
    assert new.connections == 0


async def test_encryption_is_not_given_up(hass, neighbours, serve):
    url = await servers.untrusted(neighbours)
    entry, new = await add_agent(hass, url), await serve(listen)
    await find(hass, announcement(new.url))
    assert entry.data["url"] == url
    assert new.connections == 0


async def test_agent_that_is_to_be_ignored(hass, serve):
    MockConfigEntry(domain=DOMAIN, unique_id="agent-1", source=SOURCE_IGNORE).add_to_hass(hass)
    result = await find(hass, announcement((await serve(listen)).url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


@pytest.mark.parametrize("expected_lingering_timers", [True])  # Home Assistant's own.
async def test_announcement_of_the_real_server(hass, serve, monkeypatch, caplog):
    """Home Assistant's own component hears what the agent's server says, on loopback."""
    caplog.set_level(logging.INFO, "zeroconf")
    monkeypatch.setattr(zeroconf, "_async_get_zc_args", lambda _: ONLY_HERE)
    here = partial(AsyncZeroconf, **ONLY_HERE)
    monkeypatch.setattr("agent_server.announce.AsyncZeroconf", here)
    server = await serve(listen)
    url = URL(server.url)
    agent_id = f"agent-{uuid4().hex}"  # Other test runs on this machine are heard as well.
    announcer = Announcer()
    await announcer.start(["127.0.0.1"], url.port or 0, url.path, [agent_id])
    try:
        assert await async_setup_component(hass, "zeroconf", {})
        flows = hass.config_entries.flow

        def found():
            return [f for f in flows.async_progress() if f["context"].get("unique_id") == agent_id]

        await until(lambda: bool(found()))
        [flow] = found()
        assert flow["context"]["source"] == "zeroconf"
        form = await flows.async_configure(flow["flow_id"])
        assert form["description_placeholders"] == {"agent_id": agent_id, "url": server.url}
        result = await flows.async_configure(flow["flow_id"], {"api_key": KEY})
        await hass.async_block_till_done()
        assert result["result"].state is ConfigEntryState.LOADED
    finally:
        await announcer.stop()


async def test_known_agent_is_not_followed_out_of_the_house(hass, serve):
    old = await serve(listen)
    entry = await add_agent(hass, old.url)
    await old.stop()
    await find(hass, announcement("ws://8.8.8.8:8765" + PATH))
    assert entry.data["url"] == old.url


async def test_address_of_a_full_server_is_not_given_up(hass, neighbours, serve):
    url = await servers.web_page(429)(neighbours)
    entry, new = await add_agent(hass, url), await serve(listen)
    await find(hass, announcement(new.url))
    assert entry.data["url"] == url
    assert new.connections == 0


async def test_agent_that_is_back_is_set_up_at_once(hass, serve):
    old = await serve(listen)
    await old.stop()
    entry = await add_agent(hass, old.url)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await serve(listen, port=URL(old.url).port)
    await find(hass, announcement(old.url))
    assert entry.state is ConfigEntryState.LOADED


async def test_disabled_agent_is_left_alone(hass, serve):
    old, new = await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await find(hass, announcement(new.url))
    assert entry.data["url"] == old.url
    assert (old.connections, new.connections) == (1, 0)


async def test_form_that_was_left_open_replaces_no_agent(hass, serve):
    server = await serve(listen)
    form = await find(hass, announcement(server.url))
    entry = await add_agent(hass, server.url)
    flows = hass.config_entries.flow
    result = await flows.async_configure(form["flow_id"], {"api_key": KEY})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
