"""The agent of an app of the Supervisor is set up with one confirmation, and follows the app."""

import logging

import pytest
from homeassistant.components.hassio.const import DATA_ADDONS_LIST
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.playai.agent.addresses import is_local
from custom_components.playai.const import DOMAIN
from custom_components.playai.health.health import MINUTES_UNREACHABLE
from tests.agent.talk import KEY, until

from . import servers
from .conftest import listen
from .test_discovery import PATH, announcement, find
from .test_repairs import begin, issues, submit

APP = "a0d7b954_playai_agent"


@pytest.fixture(autouse=True)
def assist(hass_with_assist):
    """Set up Assist, which the integration requires."""


def app_info(url="ws://127.0.0.1:8765", *, name="Voice Agent", slug=APP, **config):
    """The information about an app as Home Assistant gives it; a value of None is left out."""
    url = URL(url)
    given = {"host": url.host, "port": url.port, "agent_id": "agent-1", "api_key": KEY, **config}
    return HassioServiceInfo(
        config={key: value for key, value in given.items() if value is not None}
        | {"addon": "Voice Agent"},
        name=name,
        slug=slug,
        uuid="0" * 32,
    )


async def announce(hass, info):
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "hassio"}, data=info
    )
    await hass.async_block_till_done()
    return result


async def confirm(hass, form):
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    return result


async def add_agent(hass, url, **data):
    """Add an agent; `app` names its app, as after a confirmation."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Voice agent",
        unique_id="agent-1",
        data={"url": url, "api_key": KEY, "agent_id": "agent-1", "output_format": "wav", **data},
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def is_known(result):
    return (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_one_confirmation_sets_it_up(hass, serve):
    server = await serve(listen)
    form = await announce(hass, app_info(server.url))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "app")
    assert form["data_schema"] is None
    assert form["description_placeholders"] == {"name": "`Voice Agent`"}
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "Voice Agent"}
    assert server.connections == 0  # Nothing is sent before the user agrees.
    result = await confirm(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        "url": server.url,
        "api_key": KEY,
        "agent_id": "agent-1",
        "output_format": "wav",
        "app": APP,
    }
    assert result["result"].unique_id == "agent-1"
    assert result["result"].state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    "wrong",
    [
        *({"host": host} for host in (None, "", 7, "http://a", "a/b", "a:1", "a b", "a@b", "-a")),
        *({"host": host} for host in ("a" * 300, "a\n", "[::1]", ["a"])),
        *({"port": port} for port in (None, "8765", 0, -1, 65536, True, 8765.0)),
        *({"agent_id": text} for text in (None, "", 7, "a b", "a/b", "`a`", "a" * 129)),
        *({"api_key": text} for text in (None, "", 7, "two words", "ä", "k" * 1001, "a\nb")),
        *({"name": text} for text in (None, "", 7, "n" * 101, "a\x1bb", " a", "a\u202eb")),
        *({"slug": text} for text in (None, "", 7, "../a", "s" * 101)),
    ],
)
async def test_bad_announcement(hass, caplog, wrong):
    result = await announce(hass, app_info(**wrong))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "bad_announcement")
    [name] = wrong
    [warning] = [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING and record.name.startswith("custom_components.playai")
    ]
    assert f"no valid {name}" in warning


@pytest.mark.parametrize("host", ["a0d7b954-playai-agent", "172.30.33.5", "a.local.hass.io"])
async def test_valid_hosts_of_an_app(hass, host):
    form = await announce(hass, app_info(host=host))
    assert form["step_id"] == "app"


async def test_app_at_a_public_address_gets_no_key(hass):
    form = await announce(hass, app_info(host="8.8.8.8"))
    form = await confirm(hass, form)
    assert form["errors"] == {"base": "not_encrypted"}


async def test_app_that_is_not_reachable_yet(hass, serve, neighbours):
    url = await servers.nobody(neighbours)
    form = await announce(hass, app_info(url))
    form = await confirm(hass, form)
    assert form["errors"] == {"base": "cannot_connect"}
    assert form["description_placeholders"]["message"]
    await serve(listen, port=URL(url).port)
    assert (await confirm(hass, form))["type"] is FlowResultType.CREATE_ENTRY


async def test_app_with_a_wrong_key(hass, serve):
    server = await serve(servers.refuses(2002))
    form = await confirm(hass, await announce(hass, app_info(server.url)))
    assert form["errors"] == {"base": "invalid_key"}


async def test_newer_announcement_replaces_the_form(hass, serve):
    await announce(hass, app_info(api_key="ak-old"))
    server = await serve(listen)
    form = await announce(hass, app_info(server.url))
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["flow_id"] == form["flow_id"]
    result = await confirm(hass, form)
    assert result["data"]["api_key"] == KEY


async def test_form_that_needs_no_key_replaces_the_one_that_does(hass):
    await find(hass, announcement("ws://127.0.0.1:8765" + PATH))
    await announce(hass, app_info())
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "app"
    result = await find(hass, announcement("ws://127.0.0.1:8765" + PATH))
    assert result["reason"] == "already_in_progress"


async def test_agent_that_was_added_while_the_form_was_open(hass, serve):
    server = await serve(listen)
    form = await announce(hass, app_info(server.url))
    await add_agent(hass, server.url)
    assert is_known(await confirm(hass, form))


async def test_ignored_agent_stays_ignored(hass):
    ignored = MockConfigEntry(domain=DOMAIN, unique_id="agent-1", source=SOURCE_IGNORE, data={})
    ignored.add_to_hass(hass)
    assert is_known(await announce(hass, app_info()))
    assert ignored.data == {}


async def test_restart_changes_nothing(hass, serve):
    server = await serve(listen)
    entry = await add_agent(hass, server.url, app=APP)
    data = dict(entry.data)
    assert is_known(await announce(hass, app_info(server.url)))
    assert entry.data == data
    assert server.connections == 1  # It was not set up again.


async def test_app_has_another_address_and_key(hass, serve):
    old, new = await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url, app=APP, api_key="ak-old")
    assert is_known(await announce(hass, app_info(new.url)))
    assert (entry.data["url"], entry.data["api_key"]) == (new.url, KEY)
    assert entry.state is ConfigEntryState.LOADED
    assert new.connections == 1
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


async def test_changed_key_ends_the_question_for_it(hass, serve):
    server = await serve(servers.refuses(2002), listen)
    entry = await add_agent(hass, server.url, app=APP, api_key="ak-old")
    assert entry.state is ConfigEntryState.SETUP_ERROR
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    assert is_known(await announce(hass, app_info(server.url)))
    assert entry.state is ConfigEntryState.LOADED
    assert hass.config_entries.flow.async_progress() == []


@pytest.mark.parametrize("changed", [{"slug": "other_app"}, {"slug": "b", "api_key": "ak-other"}])
async def test_other_app_with_the_same_id_changes_nothing(hass, serve, changed):
    server, other = await serve(listen, listen), await serve(listen)
    entry = await add_agent(hass, server.url, app=APP)
    data = dict(entry.data)
    assert is_known(await announce(hass, app_info(other.url, **changed)))
    assert entry.data == data
    assert other.connections == 0


async def test_agent_that_was_entered_by_hand_and_works_keeps_its_address(hass, serve):
    server, same = await serve(listen, listen), await serve(listen)
    entry = await add_agent(hass, server.url)
    assert is_known(await announce(hass, app_info(same.url)))
    assert entry.data["url"] == server.url


async def test_agent_that_moved_into_an_app_is_known_by_its_key(hass, serve):
    server, app = await serve(listen), await serve(listen)
    entry = await add_agent(hass, server.url)
    await server.stop()
    assert is_known(await announce(hass, app_info(app.url)))
    assert (entry.data["url"], entry.data["app"]) == (app.url, APP)
    assert entry.state is ConfigEntryState.LOADED


async def test_address_of_the_user_is_not_replaced(hass, serve):
    app, proxy = await serve(listen, listen), await serve(listen, listen, listen)
    entry = await add_agent(hass, app.url, app=APP)
    form = await entry.start_reconfigure_flow(hass)
    typed = {"url": proxy.url, "agent_id": "agent-1", "output_format": "wav"}
    result = await hass.config_entries.flow.async_configure(form["flow_id"], typed)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert is_known(await announce(hass, app_info(app.url)))
    assert entry.data["url"] == proxy.url


async def test_disabled_agent_is_updated_and_stays_disabled(hass, serve):
    old, new = await serve(listen), await serve(listen)
    entry = await add_agent(hass, old.url, app=APP)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert is_known(await announce(hass, app_info(new.url)))
    assert entry.data["url"] == new.url
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert new.connections == 0


@pytest.mark.parametrize("address", ["172.30.32.1", "172.30.33.5"])
def test_network_of_the_supervisor_is_local(address):
    assert is_local(address)


# The app is uninstalled.


class InstalledApp:
    """An app in the list of the Supervisor."""

    def __init__(self, slug):
        self.slug = slug

    def to_dict(self):
        return {"slug": self.slug, "state": "started"}


@pytest.fixture
def supervisor(hass):
    """Let there be a Supervisor with the apps that a test lists."""
    hass.config.components.add("hassio")
    hass.data[DATA_ADDONS_LIST] = installed = []
    return installed


async def minutes_pass(entry):
    for _ in range(MINUTES_UNREACHABLE):
        entry.runtime_data.health.minute_passed()


async def test_repair_deletes_the_agent_of_an_uninstalled_app(hass, serve, voice, supervisor):
    assert await async_setup_component(hass, "repairs", {})
    server = await serve(listen)
    entry = await add_agent(hass, server.url, app=APP)
    await server.stop()
    supervisor.append(InstalledApp(APP))
    entry.runtime_data.health.connected = False
    await minutes_pass(entry)
    assert issues(hass) == ["unreachable"]
    supervisor.clear()
    await minutes_pass(entry)
    assert issues(hass) == ["app_removed"]
    form = await begin(hass)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "remove")
    assert form["description_placeholders"]["name"] == "Voice agent"
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert hass.config_entries.async_entries(DOMAIN) == []
    assert ir.async_get(hass).issues == {}


async def test_agent_that_answers_again_needs_no_repair(hass, serve, voice, supervisor):
    server = await serve(listen, listen)
    entry = await add_agent(hass, server.url, app=APP)
    entry.runtime_data.health.connected = False
    await minutes_pass(entry)
    assert issues(hass) == ["app_removed"]
    await entry.runtime_data.async_test_connection()
    await until(lambda: issues(hass) == [])


@pytest.mark.parametrize("case", ["no app", "no supervisor", "not ready"])
async def test_repair_without_an_app(hass, serve, voice, supervisor, case):
    if case == "no supervisor":
        hass.config.components.remove("hassio")
    if case == "not ready":
        del hass.data[DATA_ADDONS_LIST]
    server = await serve(listen)
    entry = await add_agent(hass, server.url, **({} if case == "no app" else {"app": APP}))
    entry.runtime_data.health.connected = False
    await minutes_pass(entry)
    assert issues(hass) == ["unreachable"]
