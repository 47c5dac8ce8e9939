"""An agent that announces itself is discovered, also at another address."""

import asyncio
import logging
from functools import partial
from ipaddress import ip_address
from uuid import uuid4

import pytest
from homeassistant.components import network, zeroconf
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
from custom_components.playai.discovery.announcements import MAX_OPEN_FLOWS
from tests.agent.talk import KEY, until

from . import servers
from .agents import says
from .conftest import listen
from .test_config_flow import shown
from .timings import set_timings

TYPE = "_playai-agent._tcp.local."
PATH = "/v1/agent-conversation"
ONLY_HERE = {"interfaces": ["127.0.0.1"], "ip_version": IPVersion.V4Only}


@pytest.fixture(autouse=True)
def assist(hass_with_assist):
    """Set up Assist, which the integration requires."""


def announcement(url, agent_id="agent-1", **properties):
    """The discovery information of an announcement."""
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


async def confirm(hass, form, **typed):
    result = await hass.config_entries.flow.async_configure(form["flow_id"], typed)
    await hass.async_block_till_done()
    return result


async def add_agent(hass, url, **data):
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Voice agent",
        unique_id="agent-1",
        data={"url": url, "api_key": KEY, "agent_id": "agent-1", "output_format": "raw", **data},
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def test_only_the_key_is_asked(hass, serve):
    server = await serve(servers.refuses(2002), listen, says())
    form = await find(hass, announcement(server.url))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "found")
    assert list(form["data_schema"].schema) == ["url", "api_key"]
    assert shown(form) == {"url": server.url}
    assert form["description_placeholders"] == {"agent_id": "`agent-1`", "url": f"`{server.url}`"}
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "agent-1 (127.0.0.1)"}
    assert server.connections == 0  # Nothing is sent to it before the user agrees.
    flows = hass.config_entries.flow
    form = await flows.async_configure(form["flow_id"], {"url": server.url, "api_key": "ak-wrong"})
    assert form["errors"] == {"base": "invalid_key"}
    typed = {"url": server.url, "api_key": f" {KEY} "}
    result = await flows.async_configure(form["flow_id"], typed)
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


async def test_agent_with_an_ipv6_address(hass):
    form = await find(hass, announcement("ws://[fd00::1]:8765" + PATH))
    assert shown(form)["url"] == "ws://[fd00::1]:8765" + PATH


async def test_agent_at_a_public_address_gets_no_key(hass):
    form = await find(hass, announcement("ws://8.8.8.8:8765" + PATH))
    form = await confirm(hass, form, **shown(form), api_key=KEY)
    assert form["errors"] == {"url": "not_encrypted"}


async def test_agent_is_found_once(hass):
    for aborts in (False, True):
        result = await find(hass, announcement("ws://127.0.0.1:8765" + PATH))
        assert (result["type"] is FlowResultType.ABORT) is aborts
    assert result["reason"] == "already_in_progress"


@pytest.mark.parametrize(
    "wrong",
    [
        *({"agent_id": text} for text in (None, "", "a" * 129, "a b", "a/b", "a\x1b[31m", "a\n")),
        *({"agent_id": text} for text in ("[a](b)", "**a**", "<b>a</b>", "`a`", "a\u202eb", b"a")),
        *({"path": text} for text in (None, "", "/", "no path", "/a b", "/a)", "/" + "a" * 201)),
    ],
)
async def test_bad_announcement(hass, wrong):
    result = await find(hass, announcement("ws://127.0.0.1:8765" + PATH, **wrong))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "bad_announcement")


@pytest.mark.parametrize("agent_id", ["agent-0123456789abcdef", "Küche", "a_b.c:d", "7", "a" * 128])
async def test_valid_agent_ids(hass, agent_id):
    form = await find(hass, announcement("ws://127.0.0.1:8765" + PATH, agent_id))
    assert form["description_placeholders"]["agent_id"] == f"`{agent_id}`"


async def test_announcements_at_the_same_time(hass):
    found = [announcement("ws://127.0.0.1:8765" + PATH, agent_id=f"a{n}") for n in range(20)]
    await asyncio.gather(*(find(hass, one) for one in found))
    assert len(hass.config_entries.flow.async_progress()) == MAX_OPEN_FLOWS


async def test_flood_of_announcements(hass, serve):
    """The number of forms is limited, and known agents are still found."""
    old, new = await serve(listen), await serve(listen)
    await add_agent(hass, old.url)
    await old.stop()
    results = [
        await find(hass, announcement("ws://127.0.0.1:8765" + PATH, f"fake-{n}")) for n in range(30)
    ]
    flows = hass.config_entries.flow
    assert len(flows.async_progress()) == MAX_OPEN_FLOWS
    assert {result["reason"] for result in results[MAX_OPEN_FLOWS:]} == {"too_many_announcements"}
    assert (await find(hass, announcement(new.url)))["step_id"] == "moved"
    flows.async_abort(results[0]["flow_id"])
    form = await find(hass, announcement("ws://127.0.0.1:8765" + PATH, "agent-9"))
    assert form["type"] is FlowResultType.FORM


# Several addresses of one agent.


@pytest.fixture
def adapters(monkeypatch):
    """Home Assistant uses 192.168.1.0/24 and fd00:1::/64; its computer also has a bridge."""

    async def get(hass):
        return [
            {
                "enabled": False,
                "ipv4": [{"address": "172.17.0.1", "network_prefix": 16}],
                "ipv6": [],
            },
            {
                "enabled": True,
                "ipv4": [{"address": "192.168.1.9", "network_prefix": 24}],
                "ipv6": [
                    {"address": "fd00:1::9", "network_prefix": 64, "flowinfo": 0, "scope_id": 0}
                ],
            },
        ]

    monkeypatch.setattr(network, "async_get_adapters", get)


def at_several(*hosts, port=8765):
    found = announcement(f"ws://127.0.0.1:{port}" + PATH)
    found.ip_addresses = [ip_address(host) for host in hosts]
    found.ip_address = found.ip_addresses[0]
    return found


@pytest.mark.parametrize(
    ("announced", "offered"),
    [
        (["172.17.0.1", "192.168.1.5"], ["192.168.1.5", "172.17.0.1"]),
        (["172.17.0.1", "10.0.0.5"], ["172.17.0.1", "10.0.0.5"]),
        (["fe80::5", "fd00:2::5", "fd00:1::5"], ["[fd00:1::5]", "[fd00:2::5]", "[fe80::5]"]),
    ],
)
async def test_address_in_the_same_network_comes_first(hass, adapters, announced, offered):
    form = await find(hass, at_several(*announced))
    urls = [f"ws://{host}:8765{PATH}" for host in offered]
    assert shown(form) == {"url": urls[0]}
    field = form["data_schema"].schema["url"]
    assert field.config["options"] == urls
    assert field.config["custom_value"]


async def test_address_of_a_discovered_agent_can_be_corrected(hass, adapters, serve):
    server = await serve(listen)
    form = await find(hass, at_several("172.17.0.1", "192.168.1.5"))
    result = await confirm(hass, form, url=f" {server.url} ", api_key=KEY)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["url"] == server.url


async def test_known_agent_that_has_other_addresses_too(hass, adapters, serve):
    server = await serve(listen)
    entry = await add_agent(hass, server.url)
    await server.stop()
    result = await find(hass, at_several("192.168.1.5", "127.0.0.1", port=URL(server.url).port))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data["url"] == server.url


async def test_known_agent_at_the_same_address(hass, serve):
    server = await serve(listen)
    entry = await add_agent(hass, server.url)
    result = await find(hass, announcement(server.url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.state is ConfigEntryState.LOADED
    assert server.connections == 1  # It was not asked again.


@pytest.mark.parametrize("was_there", [True, False])
async def test_known_agent_at_a_new_address(hass, serve, caplog, was_there):
    """Only the user's confirmation sends the key there."""
    caplog.set_level(logging.INFO)
    old, new = await serve(listen), await serve(listen)
    if not was_there:
        await old.stop()
    entry = await add_agent(hass, old.url)
    assert entry.runtime_data.data.connected is was_there
    coordinator = entry.runtime_data
    await old.stop()
    form = await find(hass, announcement(new.url))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "moved")
    assert form["description_placeholders"] == {
        "name": "Voice agent",
        "old_url": f"`{old.url}`",
        "url": f"`{new.url}`",
    }
    assert entry.data["url"] == old.url
    assert new.connections == 0
    assert any(
        record.name == "custom_components.playai.discovery.zeroconf_steps"
        and old.url in record.getMessage()
        and new.url in record.getMessage()
        for record in caplog.records
    )
    result = await confirm(hass, form)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data["url"] == new.url
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is not coordinator
    assert [peer.setup.api_key for peer in new.peers] == [KEY, KEY]
    assert KEY not in caplog.text


async def test_agent_that_moved_out_of_its_app(hass, serve):
    """The app announces itself at each start of the Supervisor: it must not move it back."""
    old, new = await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url, app="local_playai")
    await old.stop()
    await confirm(hass, await find(hass, announcement(new.url)))
    assert (entry.data["url"], entry.data["app"]) == (new.url, None)


async def test_password_in_an_address_is_neither_logged_nor_shown(hass, serve, caplog):
    caplog.set_level(logging.INFO)
    old, new = await serve(listen), await serve(listen)
    url = URL(old.url).with_user("me").with_password("secret").with_query(token="secret")
    await old.stop()
    await add_agent(hass, str(url))
    form = await find(hass, announcement(new.url))
    assert form["description_placeholders"]["old_url"] == f"`{old.url}`"
    assert old.url in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("is_ignored", [True, False])
async def test_new_id_of_a_known_agent_that_was_discovered(hass, hass_ws_client, serve, is_ignored):
    server = await serve(listen)
    entry = await add_agent(hass, server.url)
    found = await find(hass, announcement(server.url, "agent-2"))
    assert found["step_id"] == "found"
    if is_ignored:
        assert await async_setup_component(hass, "config", {})
        client = await hass_ws_client()
        ignore = {"flow_id": found["flow_id"], "title": "Voice agent"}
        await client.send_json_auto_id({"type": "config_entries/ignore_flow", **ignore})
        assert (await client.receive_json())["success"]
    form = await entry.start_reconfigure_flow(hass)
    typed = {"url": server.url, "api_key": "", "agent_id": "agent-2", "output_format": "raw"}
    result = await confirm(hass, form, **typed)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert entry.unique_id == "agent-2"
    assert hass.config_entries.flow.async_progress() == []


async def test_agent_that_moved_to_another_server(hass, serve):
    old = await serve(listen, servers.refuses(1002))
    entry = await add_agent(hass, old.url)
    new = await serve(listen)
    form = await find(hass, announcement(new.url))
    assert form["step_id"] == "moved"
    await confirm(hass, form)
    assert entry.data["url"] == new.url


async def test_agent_that_responds_again_keeps_its_address(hass, serve):
    old, new = await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url)
    await old.stop()
    form = await find(hass, announcement(new.url))
    await serve(listen, port=URL(old.url).port)
    result = await confirm(hass, form)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "old_address_works")
    assert entry.data["url"] == old.url
    assert new.connections == 0


async def test_new_address_that_does_not_accept_the_key(hass, serve):
    old, new = await serve(listen), await serve(servers.refuses(2002), listen)
    entry = await add_agent(hass, old.url)
    await old.stop()
    form = await confirm(hass, await find(hass, announcement(new.url)))
    assert form["errors"] == {"base": "invalid_key"}
    assert entry.data["url"] == old.url
    assert (await confirm(hass, form))["reason"] == "reconfigure_successful"
    assert entry.data["url"] == new.url


async def test_one_new_address_waits_for_confirmation(hass, serve):
    old, new, third = await serve(listen), await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url)
    await old.stop()
    form = await find(hass, announcement(new.url))
    for url in (third.url, new.url):
        result = await find(hass, announcement(url))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_in_progress")
    assert len(hass.config_entries.flow.async_progress()) == 1
    await confirm(hass, form)
    assert entry.data["url"] == new.url
    assert third.connections == 0


async def test_new_address_that_is_ignored(hass, hass_ws_client, serve):
    """The agent stays; the address is not offered again, another one is."""
    assert await async_setup_component(hass, "config", {})
    old, new, third = await serve(listen), await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url)
    await old.stop()
    form = await find(hass, announcement(new.url))
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "config_entries/ignore_flow", "flow_id": form["flow_id"], "title": "Voice agent"}
    )
    assert (await client.receive_json())["success"]
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []
    assert hass.config_entries.async_get_entry(entry.entry_id) is entry
    result = await find(hass, announcement(new.url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert (await find(hass, announcement(third.url)))["step_id"] == "moved"
    assert (new.connections, third.connections) == (0, 0)


@pytest.mark.parametrize("is_removed", [True, False])
async def test_agent_that_was_changed_while_its_address_waits(hass, serve, is_removed):
    old, new, third = await serve(listen), await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url)
    await old.stop()
    form = await find(hass, announcement(new.url))
    if is_removed:
        await hass.config_entries.async_remove(entry.entry_id)
    else:
        hass.config_entries.async_update_entry(entry, data=entry.data | {"url": third.url})
    result = await confirm(hass, form)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "agent_changed")
    assert new.connections == 0


@pytest.mark.parametrize("script", [listen, servers.refuses(4429)])
async def test_address_that_works_is_kept(hass, serve, script):
    """Otherwise, any server that announces the same agent would receive its key."""
    old, new = await serve(listen, script), await serve(listen)
    entry = await add_agent(hass, old.url)
    result = await find(hass, announcement(new.url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data["url"] == old.url
    assert new.connections == 0


async def test_address_with_tls_is_kept(hass, neighbours, serve):
    url = await servers.untrusted(neighbours)
    entry, new = await add_agent(hass, url), await serve(listen)
    await find(hass, announcement(new.url))
    assert entry.data["url"] == url
    assert new.connections == 0


async def test_ignored_agent_is_not_offered(hass, serve):
    MockConfigEntry(domain=DOMAIN, unique_id="agent-1", source=SOURCE_IGNORE).add_to_hass(hass)
    result = await find(hass, announcement((await serve(listen)).url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


@pytest.mark.parametrize("expected_lingering_timers", [True])  # Home Assistant's own.
async def test_announcement_of_the_real_server(hass, serve, monkeypatch, caplog):
    """Home Assistant's own component receives the server's announcement, on loopback."""
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
        assert agent_id in form["description_placeholders"]["agent_id"]
        assert shown(form)["url"] == server.url
        typed = {"url": server.url, "api_key": KEY}
        result = await flows.async_configure(flow["flow_id"], typed)
        await hass.async_block_till_done()
        entry = result["result"]
        assert entry.state is ConfigEntryState.LOADED
        assert entry.runtime_data.data.connected
        await server.stop()
    finally:
        await announcer.stop()
    # It has said goodbye, and is checked at once.
    await until(lambda: not entry.runtime_data.data.connected)
    assert entry.runtime_data.data.has_problem


async def test_known_agent_is_not_followed_to_a_public_address(hass, serve):
    old = await serve(listen)
    entry = await add_agent(hass, old.url)
    await old.stop()
    await find(hass, announcement("ws://8.8.8.8:8765" + PATH))
    assert entry.data["url"] == old.url


async def test_address_of_a_full_server_is_kept(hass, neighbours, serve):
    url = await servers.web_page(429)(neighbours)
    entry, new = await add_agent(hass, url), await serve(listen)
    await find(hass, announcement(new.url))
    assert entry.data["url"] == url
    assert new.connections == 0


async def test_agent_that_is_back_is_connected_at_once(hass, serve, monkeypatch):
    """Its announcement starts another attempt; the waiting one would take a minute."""
    set_timings(monkeypatch, first_retry=60)
    old = await serve(listen)
    await old.stop()
    entry = await add_agent(hass, old.url)
    assert not entry.runtime_data.data.connected
    await serve(listen, port=URL(old.url).port)
    set_timings(monkeypatch, first_retry=0.01)
    await find(hass, announcement(old.url))
    await until(lambda: entry.runtime_data.data.connected)


async def test_disabled_agent_is_left_alone(hass, serve):
    old, new = await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await find(hass, announcement(new.url))
    assert entry.data["url"] == old.url
    assert (old.connections, new.connections) == (1, 0)


async def test_stale_form_replaces_no_agent(hass, serve):
    server = await serve(listen)
    form = await find(hass, announcement(server.url))
    entry = await add_agent(hass, server.url)
    flows = hass.config_entries.flow
    typed = {"url": server.url, "api_key": KEY}
    result = await flows.async_configure(form["flow_id"], typed)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
