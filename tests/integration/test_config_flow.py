"""Setting up and changing an agent, with real connections and a message for every failure."""

import logging
import socket
from ipaddress import ip_network

import pytest
import voluptuous as vol
from homeassistant.components import assist_pipeline
from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.playai.addresses import async_is_safe
from custom_components.playai.const import DEFAULT_URL, DOMAIN
from custom_components.playai.urls import complete_url
from tests.agent.talk import KEY

from . import servers
from .agents import says
from .conftest import listen
from .test_setup import ENTITIES

WRONG_KEY = "ak-fedcba9876543210"
TYPED = {"api_key": KEY, "agent_id": "agent-1", "output_format": "mp3"}


@pytest.fixture(autouse=True)
def assist(hass_with_assist):
    """Set up Assist, which the integration requires."""


async def begin(hass):
    """Open the form for a new agent."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    assert result["errors"] == {}
    return result


async def submit(hass, form, **typed):
    """Submit a form."""
    result = await hass.config_entries.flow.async_configure(form["flow_id"], typed)
    await hass.async_block_till_done()
    return result


def shown(form):
    """Return the suggested values of a form's fields."""
    return {
        marker.schema: marker.description["suggested_value"]
        for marker in form["data_schema"].schema
        if marker.description
    }


async def words(hass, form):
    """Return the error of a form as the user reads it."""
    texts = await async_get_translations(hass, "en", "config", {DOMAIN})
    [key] = form["errors"].values()
    placeholders = form["description_placeholders"]
    assert KEY not in str(placeholders)
    return texts[f"component.{DOMAIN}.config.error.{key}"].format(**placeholders)


def add_agent(hass, url, agent_id="agent-1", **options):
    """Add an agent without setting it up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Voice agent",
        unique_id=agent_id,
        data={"url": url, "api_key": KEY, "agent_id": agent_id, "output_format": "raw"},
        options=options,
    )
    entry.add_to_hass(hass)
    return entry


async def set_up(hass, entry):
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


# A new agent.


async def test_new_agent(hass, serve):
    server = await serve(listen)
    form = await begin(hass)
    defaults = {
        marker.schema: marker.default()
        for marker in form["data_schema"].schema
        if marker.default is not vol.UNDEFINED
    }
    assert defaults == {"url": DEFAULT_URL, "output_format": "wav"}
    assert shown(form) == {}
    result = await submit(hass, form, url=server.url, **TYPED)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Voice agent"
    # The last step names the assistant that was created.
    assert result["description_placeholders"] == {"name": "Voice agent"}
    entry = result["result"]
    assert entry.unique_id == "agent-1"
    assert {name: entry.data[name] for name in ("url", *TYPED)} == {"url": server.url, **TYPED}
    assert entry.state is ConfigEntryState.LOADED
    tried, _set_up = server.peers
    assert tried.query == {"agentId": "agent-1"}
    assert (tried.setup.api_key, tried.setup.output_format) == (KEY, "mp3")
    assert tried.frames == []


async def test_second_agent_gets_a_name_of_its_own(hass, serve):
    server = await serve(listen)
    titles = []
    for agent_id in ("a", "b", "c"):
        typed = TYPED | {"url": server.url, "agent_id": agent_id}
        titles.append((await submit(hass, await begin(hass), **typed))["title"])
    assert titles == ["Voice agent", "Voice agent 2", "Voice agent 3"]


async def test_blanks_around_pasted_values_are_removed(hass, serve):
    server = await serve(listen)
    typed = {"url": f" {server.url}\n", "api_key": f"{KEY} ", "agent_id": "\tagent-1"}
    result = await submit(hass, await begin(hass), output_format="wav", **typed)
    entry = result["result"]
    assert entry.unique_id == entry.data["agent_id"] == "agent-1"
    assert (entry.data["url"], entry.data["api_key"]) == (server.url, KEY)


FAULTS = [
    (servers.web_page(200), "not_this_server"),
    (servers.web_page(401), "not_this_server"),
    (servers.web_page(404), "not_this_server"),
    (servers.web_page(429), "too_many_connections"),
    (servers.web_page(500), "cannot_connect"),
    (servers.mail_server, "not_this_server"),
    (servers.nobody, "cannot_connect"),
    (servers.silent, "cannot_connect"),
    (servers.untrusted, "tls"),
    (servers.agent(servers.refuses(1001)), "invalid_key"),
    (servers.agent(servers.refuses(1003)), "invalid_key"),
    (servers.agent(servers.refuses(2002)), "invalid_key"),
    (servers.agent(servers.refuses(4401)), "invalid_key"),
    (servers.agent(servers.refuses(2003)), "key_not_allowed"),
    (servers.agent(servers.refuses(1002)), "unknown_agent"),
    (servers.agent(servers.refuses(1005)), "no_credits"),
    (servers.agent(servers.refuses(4429)), "too_many_connections"),
    (servers.agent(servers.refuses(2001)), "protocol"),
    (servers.agent(servers.refuses(4400, closes=False)), "protocol"),
    (servers.agent(servers.refuses(4500)), "server_fault"),
    (servers.agent(servers.refuses(5001, closes=False)), "server_fault"),
    (servers.agent(servers.refuses(9999)), "server_fault"),
    (servers.agent(servers.refuses(3001)), "agent_failed"),
    (servers.agent(servers.hangs_up), "agent_hung_up"),
    (servers.agent(servers.breaks_off), "connection_lost"),
    (servers.agent(servers.breaks_framing), "bad_message"),
]

WORDS = {
    "agent_failed": "The agent reported an internal error: told by the server of ***",
    "agent_hung_up": "The agent closed the connection immediately.",
    "bad_message": "The server sent invalid messages. Check that it is a voice agent.",
    "cannot_connect": "The agent cannot be reached at this address (",
    "connection_lost": "The connection was lost (the connection broke). Try again.",
    "invalid_key": "The server does not accept this key.",
    "key_not_allowed": "This key belongs to another agent.",
    "no_credits": "The account has no credits left.",
    "not_this_server": "The server at this address is not a voice agent (",
    "protocol": "The server rejected the request: told by the server of ***",
    "server_fault": "The server reported an error: told by the server of ***",
    "tls": "The server's certificate is not trusted (Client",
    "too_many_connections": "The server has too many open connections. Close one and try again.",
    "unknown_agent": "The server does not recognize this agent ID.",
}


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
async def test_error_in_the_form_can_be_corrected(hass, neighbours, serve, caplog, *, fault, kind):
    caplog.set_level(logging.DEBUG)
    good = await serve(listen)
    typed = {"url": await fault(neighbours), **TYPED}
    form = await submit(hass, await begin(hass), **typed)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "user")
    assert form["errors"] == {"base": kind}
    assert (await words(hass, form)).startswith(WORDS[kind])
    assert shown(form) == typed
    assert hass.config_entries.async_entries(DOMAIN) == []
    result = await submit(hass, form, **typed | {"url": good.url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["url"] == good.url
    assert result["result"].state is ConfigEntryState.LOADED
    assert KEY not in caplog.text


def test_each_fault_has_its_own_message():
    assert {kind for _, kind in FAULTS} == set(WORDS)
    assert len(set(WORDS.values())) == len(WORDS)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        *((url, "invalid_url") for url in ("", " ", "127.0.0.1:8765", "http://127.0.0.1/")),
        *((url, "invalid_url") for url in ("https://127.0.0.1/", "ws:/127.0.0.1", "localhost")),
        *((f"ws://{host}", "invalid_host") for host in ("", ":8765", "/path", "my host", "a@")),
        *((f"ws://{host}/", "invalid_port") for host in ("h:port", "h:", "h:0", "h:65536")),
        *((f"ws://{host}", "invalid_port") for host in ("[::1]:x", "h:-1", "h:1e3", "h:999999")),
        *((f"ws://{host}", "invalid_ipv6") for host in ("[::1", "::1", "fd00::1:8765", "[]")),
        *((f"wss://{host}/", "invalid_ipv6") for host in ("[fd00::g]", "[127.0.0.1]", "[::1]8")),
    ],
)
async def test_invalid_address(hass, serve, url, error):
    good = await serve(listen)
    form = await submit(hass, await begin(hass), url=url, **TYPED)
    assert form["errors"] == {"url": error}
    assert await words(hass, form) == ADDRESS_WORDS[error]
    result = await submit(hass, form, url=good.url, **TYPED)
    assert result["type"] is FlowResultType.CREATE_ENTRY


ADDRESS_WORDS = {
    "invalid_url": "The address must start with ws:// or wss://.",
    "invalid_host": "The hostname in the address is missing or invalid.",
    "invalid_port": "The port in the address must be a number from 1 to 65535.",
    "invalid_ipv6": "Enter a valid IPv6 address in square brackets, "
    "for example ws://[fd00::1]:8765.",
}


@pytest.mark.parametrize("rest", ["", "/", "#x", "/#x"])
async def test_path_that_is_missing(hass, serve, rest):
    server = await serve(listen)
    base = server.url.removesuffix(URL(DEFAULT_URL).path)
    assert base != server.url
    result = await submit(hass, await begin(hass), url=base + rest, **TYPED)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["url"] == server.url
    assert server.peers[0].query == {"agentId": "agent-1"}


@pytest.mark.parametrize("rest", ["", "/", "#x"])
async def test_path_that_is_missing_in_another_address(hass, serve, rest):
    old, new = await serve(listen), await serve(listen)
    entry = add_agent(hass, old.url)
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, url=new.url.removesuffix(URL(DEFAULT_URL).path) + rest, **TYPED)
    assert entry.data["url"] == new.url


@pytest.mark.parametrize("url", ["ws://127.0.0.1:8765/a", "wss://127.0.0.1/?x=1", "ws://[::1]:1/a"])
def test_existing_path_is_kept(url):
    assert complete_url(url) == url


async def test_impossible_host_name(hass, monkeypatch):
    async def getaddrinfo(name, *_, **__):
        name.encode("idna")  # As the system's resolver does.

    monkeypatch.setattr(hass.loop, "getaddrinfo", getaddrinfo)
    form = await submit(hass, await begin(hass), url="ws://a..b/", **TYPED)
    assert form["errors"] == {"url": "invalid_host"}


async def test_reconfigured_address_must_be_encrypted_or_local(hass, serve):
    server = await serve(listen)
    entry = add_agent(hass, server.url)
    form = await entry.start_reconfigure_flow(hass)
    form = await submit(hass, form, url="ws://8.8.8.8:8765", **TYPED)
    assert form["errors"] == {"url": "not_encrypted"}
    assert entry.data["url"] == server.url


async def test_tls_that_the_server_does_not_speak(hass, neighbours):
    url = await servers.without_tls(neighbours)
    form = await submit(hass, await begin(hass), url=url, **TYPED)
    assert form["errors"] == {"url": "no_tls"}
    assert "ws:// instead of wss://" in await words(hass, form)


async def test_agent_that_exists_already(hass, serve):
    server = await serve(listen)
    await submit(hass, await begin(hass), url=server.url, **TYPED)
    connections = server.connections
    result = await submit(hass, await begin(hass), url=server.url, **TYPED)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert server.connections == connections
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_abandoned_form_does_not_block_another(hass, neighbours, serve):
    server = await serve(listen)
    left = await submit(hass, await begin(hass), url=await servers.nobody(neighbours), **TYPED)
    assert left["errors"] == {"base": "cannot_connect"}
    result = await submit(hass, await begin(hass), url=server.url, **TYPED)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.config_entries.flow.async_progress() == []


# Where a key may be sent unencrypted.

NEAR = """
    127.0.0.1 127.8.8.8 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.1.1 0.0.0.0
    100.64.0.1 100.127.255.255 ::1 :: fd00::1 fe80::1 fe80::1%eth0 ::ffff:192.168.1.1
""".split()
FAR = """
    8.8.8.8 172.32.0.1 192.169.0.1 100.63.255.255 100.128.0.1 198.18.0.1 192.0.2.1 240.0.0.1
    2001:4860::1 2002:808:808::1 2001:0:1::1 64:ff9b::808:808 ::ffff:8.8.8.8 fec0::1
""".split()


def resolve(hass, monkeypatch, *addresses):
    """Resolve every name to these addresses."""

    async def getaddrinfo(name, port, **_):
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    monkeypatch.setattr(hass.loop, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "host_name", ["8.8.8.8", "[2001:4860::1]", "[::ffff:8.8.8.8]", "100.128.0.1"]
)
async def test_unencrypted_address_on_the_internet(hass, serve, host_name):
    good = await serve(listen)
    typed = {"url": f"ws://{host_name}:8765/v1/agent-conversation", **TYPED}
    form = await submit(hass, await begin(hass), **typed)
    assert form["errors"] == {"url": "not_encrypted"}
    assert (await words(hass, form)).startswith(
        "The key would be sent over the internet unencrypted"
    )
    assert shown(form) == typed
    result = await submit(hass, form, **typed | {"url": good.url})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_name_that_leads_to_a_public_address_too(hass, monkeypatch):
    resolve(hass, monkeypatch, "192.168.1.5", "8.8.8.8")
    form = await submit(hass, await begin(hass), url="ws://agent.example/", **TYPED)
    assert form["errors"] == {"url": "not_encrypted"}


@pytest.mark.parametrize("address", NEAR)
async def test_local_address(hass, monkeypatch, address):
    resolve(hass, monkeypatch, address)
    assert await async_is_safe(hass, URL("ws://agent.example/"))
    resolve(hass, monkeypatch, address, *NEAR)
    assert await async_is_safe(hass, URL("ws://agent.example/"))


@pytest.mark.parametrize("address", FAR)
async def test_public_address(hass, monkeypatch, address):
    resolve(hass, monkeypatch, address)
    assert not await async_is_safe(hass, URL("ws://agent.example/"))
    for addresses in ([*NEAR, address], [address, *NEAR]):
        resolve(hass, monkeypatch, *addresses)
        assert not await async_is_safe(hass, URL("ws://agent.example/"))
    assert await async_is_safe(hass, URL("wss://agent.example/"))


@pytest.mark.parametrize("error", [socket.gaierror("no such name"), TimeoutError()])
async def test_unknown_host_name(hass, monkeypatch, error):
    async def getaddrinfo(*_, **__):
        raise error

    monkeypatch.setattr(hass.loop, "getaddrinfo", getaddrinfo)
    assert await async_is_safe(hass, URL("ws://agent.example/"))


async def test_encrypted_address_is_not_resolved(hass, monkeypatch):
    async def getaddrinfo(*_, **__):
        raise AssertionError

    monkeypatch.setattr(hass.loop, "getaddrinfo", getaddrinfo)
    assert await async_is_safe(hass, URL("wss://8.8.8.8/"))


# Another key.


async def test_another_key(hass, serve):
    async def script(peer):
        if peer.setup.api_key == WRONG_KEY:
            await servers.refuses(2002)(peer)

    server = await serve(script)
    entry = add_agent(hass, server.url)
    hass.config_entries.async_update_entry(entry, data=entry.data | {"api_key": WRONG_KEY})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await hass.async_block_till_done()
    [progress] = hass.config_entries.flow.async_progress()
    form = await hass.config_entries.flow.async_configure(progress["flow_id"])
    assert (form["step_id"], form["errors"]) == ("reauth_confirm", {})
    assert form["description_placeholders"]["name"] == "Voice agent"
    assert shown(form) == {}
    form = await submit(hass, form, api_key=WRONG_KEY)
    assert form["errors"] == {"base": "invalid_key"}
    assert form["description_placeholders"]["message"] == "told by the server of ***"
    result = await submit(hass, form, api_key=f" {KEY} ")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert entry.data["api_key"] == KEY
    assert entry.data["url"] == server.url
    assert entry.state is ConfigEntryState.LOADED


async def test_another_key_for_an_address_that_has_become_public(hass, monkeypatch):
    entry = add_agent(hass, "ws://agent.example/")
    form = await entry.start_reauth_flow(hass)
    resolve(hass, monkeypatch, "8.8.8.8")
    form = await submit(hass, form, api_key=WRONG_KEY)
    assert form["errors"] == {"base": "not_encrypted"}
    assert shown(form) == {"api_key": WRONG_KEY}
    assert entry.data["api_key"] == KEY


# Another address, key, agent or format.


async def test_another_connection(hass, neighbours, serve):
    server, other = await serve(says()), await serve(says())
    entry = add_agent(hass, server.url)
    await set_up(hass, entry)
    entities = [
        e.entity_id for e in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    ]
    assert len(entities) == len(ENTITIES)
    form = await entry.start_reconfigure_flow(hass)
    assert (form["step_id"], form["errors"]) == ("reconfigure", {})
    # The key is not sent again.
    assert shown(form) == {"url": server.url, "agent_id": "agent-1", "output_format": "raw"}
    typed = {
        "url": await servers.nobody(neighbours),
        "agent_id": "agent-2",
        "output_format": "ogg",
    }
    form = await submit(hass, form, **typed)
    assert form["errors"] == {"base": "cannot_connect"}
    assert shown(form) == typed
    pipeline = entry.data["pipeline_id"]
    result = await submit(hass, form, **typed | {"url": other.url})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.unique_id == "agent-2"
    assert entry.data == {
        "url": other.url,
        "api_key": KEY,
        "agent_id": "agent-2",
        "output_format": "ogg",
        "pipeline_id": pipeline,
        "previous_pipeline_id": assist_pipeline.async_get_pipeline(hass).id,
        "local_commands": True,
    }
    assert entry.state is ConfigEntryState.LOADED
    assert [peer.setup.api_key for peer in other.peers] == [KEY, KEY]
    # The pipeline still finds its engines.
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert [entity.entity_id for entity in found] == entities
    assert all(hass.states.get(entity_id) for entity_id in entities)


@pytest.mark.parametrize("blank", ["", " "])
async def test_empty_key_keeps_the_old_one(hass, serve, blank):
    server = await serve(listen)
    entry = add_agent(hass, server.url)
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, url=server.url, **TYPED | {"api_key": blank})
    assert entry.data["api_key"] == KEY
    assert entry.data["output_format"] == "mp3"


async def test_other_key_of_a_connection(hass, serve):
    server = await serve(listen)
    entry = add_agent(hass, server.url)
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, url=server.url, **TYPED | {"api_key": WRONG_KEY})
    assert entry.data["api_key"] == WRONG_KEY
    assert server.peers[0].setup.api_key == WRONG_KEY


async def test_agent_that_another_entry_has(hass, serve):
    server = await serve(listen)
    entry, other = add_agent(hass, server.url), add_agent(hass, server.url, "agent-2")
    form = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, form, url=server.url, **TYPED | {"agent_id": other.unique_id})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert (entry.unique_id, entry.data["agent_id"]) == ("agent-1", "agent-1")
    assert server.connections == 0


@pytest.mark.parametrize("step", ["user", "reconfigure", "reauth_confirm"])
async def test_name_that_becomes_public_when_connecting(hass, monkeypatch, serve, step):
    """A name can resolve to another address after the form has checked it: no key is sent."""
    server = await serve(listen)
    resolve(hass, monkeypatch, "192.168.1.5")
    networks = [ip_network("192.168.0.0/16")]
    monkeypatch.setattr("custom_components.playai.agent.addresses.LOCAL_NETWORKS", networks)
    if step == "user":
        form = await begin(hass)
    elif step == "reconfigure":
        form = await add_agent(hass, server.url).start_reconfigure_flow(hass)
    else:
        form = await add_agent(hass, server.url).start_reauth_flow(hass)
    assert form["step_id"] == step
    typed = {"api_key": KEY} if step == "reauth_confirm" else {"url": server.url, **TYPED}
    form = await submit(hass, form, **typed)
    assert form["errors"] == {"base": "not_encrypted"}
    [peer] = server.peers
    await peer.closed.wait()
    assert not hasattr(peer, "setup")


# Options.

ADVANCED = {
    "enable_vad": True,
    "idle_timeout": 60,
    "output_sample_rate": "24000",
    "raw_encoding": "int16",
}

DEFAULTS = {"end_of_turn": "agent", "keep_listening": "when_asked", "llm_apis": []}


def advanced(form):
    """Return the suggested values of the collapsed section."""
    return shown({"data_schema": form["data_schema"].schema["advanced"].schema})


async def choose(hass, form, **chosen):
    """Submit the options."""
    chosen = {"advanced": ADVANCED, **chosen}
    result = await hass.config_entries.options.async_configure(form["flow_id"], chosen)
    await hass.async_block_till_done()
    return result


async def test_options(hass, voice, serve):
    server = await serve(listen)
    entry = add_agent(hass, server.url)
    await set_up(hass, entry)
    assert entry.options == {"speak_with": "tts.other_voice"}
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
    assert shown(result) == DEFAULTS | {"answer_with": "agent", "speak_with": "tts.other_voice"}
    assert advanced(result) == ADVANCED
    ours = hass.states.async_entity_ids("tts")
    ours.remove("tts.other_voice")
    assert len(ours) == 1
    for wrong in (ours[0], "light.kitchen", "no entity"):
        with pytest.raises(InvalidData):
            await hass.config_entries.options.async_configure(
                result["flow_id"],
                {"end_of_turn": "home_assistant", "speak_with": wrong, "advanced": ADVANCED},
            )
    coordinator = entry.runtime_data
    assert coordinator.agent_ends_turn
    chosen = {"end_of_turn": "home_assistant", "speak_with": "tts.other_voice"}
    result = await choose(hass, result, **chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == DEFAULTS | chosen | ADVANCED
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is coordinator
    assert not coordinator.agent_ends_turn
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown(result) == DEFAULTS | {"answer_with": "agent"} | chosen


async def test_who_answers(hass, voice, serve):
    entry = add_agent(hass, (await serve(listen)).url)
    await set_up(hass, entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    for wrong in ({"answer_with": "conversation.voice_agent"}, {"llm_apis": ["no api"]}):
        with pytest.raises(InvalidData):
            await choose(hass, form, **wrong)
    chosen = {
        "answer_with": "conversation.home_assistant",
        "keep_listening": "always",
        "llm_apis": ["assist"],
    }
    await choose(hass, form, **chosen)
    assert chosen.items() <= entry.options.items()
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert chosen.items() <= shown(form).items()
    await choose(hass, form, answer_with="agent")
    assert entry.options["answer_with"] == "agent"


async def test_choices_that_no_longer_exist(hass, serve):
    entry = add_agent(
        hass, (await serve(listen)).url, answer_with="conversation.gone", llm_apis=["gone"]
    )
    await set_up(hass, entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert (shown(form)["answer_with"], shown(form)["llm_apis"]) == ("conversation.gone", ["gone"])
    await choose(hass, form, answer_with="conversation.gone", llm_apis=["gone"])
    assert entry.options["answer_with"] == "conversation.gone"
    assert entry.options["llm_apis"] == ["gone"]
    form = await hass.config_entries.options.async_init(entry.entry_id)
    await choose(hass, form, llm_apis=[])
    assert entry.options["llm_apis"] == []


async def test_options_while_the_agent_is_being_set_up(hass):
    entry = add_agent(hass, "ws://localhost")
    entry.mock_state(hass, ConfigEntryState.SETUP_IN_PROGRESS)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["type"] is FlowResultType.FORM


async def test_voice_that_was_removed_stays_removed(hass, voice, serve):
    entry = add_agent(hass, (await serve(listen)).url)
    await set_up(hass, entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    await choose(hass, form, end_of_turn="agent")
    assert entry.state is ConfigEntryState.LOADED
    assert entry.options["speak_with"] is None
    assert ir.async_get(hass).issues == {}
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown(form)["speak_with"] is None
    await choose(hass, form, end_of_turn="agent", speak_with="tts.other_voice")
    assert entry.options["speak_with"] == "tts.other_voice"


async def test_agent_that_reports_nothing_cannot_end_a_turn(hass, serve):
    entry = add_agent(hass, (await serve(listen)).url)
    await set_up(hass, entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    silent = ADVANCED | {"enable_vad": False, "idle_timeout": 90}
    form = await choose(hass, form, end_of_turn="agent", advanced=silent)
    assert form["errors"] == {"end_of_turn": "needs_voice_activity"}
    assert advanced(form) == silent
    result = await choose(hass, form, end_of_turn="home_assistant", advanced=silent)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not entry.runtime_data.agent_ends_turn


async def test_options_reach_the_server(hass, serve, meet):
    satellite = await meet(
        says(),
        enable_vad=False,
        end_of_turn="home_assistant",
        output_sample_rate="16000",
        raw_encoding="float32",
        idle_timeout=5,
    )
    settings = satellite.entry.runtime_data.settings
    assert (settings.raw_encoding, settings.idle_timeout) == ("float32", 5)
    await satellite.ask(seconds=0.5)
    setup = satellite.peers[0].setup
    assert (setup.enable_vad, setup.output_sample_rate) == (False, 16_000)


@pytest.mark.parametrize(
    "wrong",
    [{"idle_timeout": 1}, {"idle_timeout": 301}, {"output_sample_rate": "11025"}],
)
async def test_invalid_options(hass, serve, wrong):
    entry = add_agent(hass, (await serve(listen)).url)
    await set_up(hass, entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    with pytest.raises(InvalidData):
        await choose(hass, form, end_of_turn="agent", advanced=ADVANCED | wrong)
