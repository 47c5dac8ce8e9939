"""Whether the server can be reached is known even if nobody talks."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from yarl import URL

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.health import watch
from custom_components.playai.health.health_address import async_is_healthy
from custom_components.playai.health.watch import CHECKS_PER_PROBE
from tests.agent.talk import AE, N, speech, until

from . import servers
from .agents import hear_out, says
from .conftest import listen
from .test_repairs import issues
from .timings import set_timings


@pytest.fixture(autouse=True)
def never(monkeypatch):
    """Attempts to reconnect wait longer than a test takes."""
    set_timings(monkeypatch, first_retry=60)


@pytest.fixture
def minutes(hass):
    """Let minutes pass, one after the other."""
    now = None

    async def pass_(count):
        nonlocal now
        now = now or dt_util.utcnow()  # Not before the agent is set up.
        for _ in range(count):
            now += timedelta(minutes=1, seconds=1)
            async_fire_time_changed(hass, now)
            await asyncio.sleep(0)

    return pass_


def state(satellite, key, platform="binary_sensor"):
    return satellite.hass.states.get(satellite.entity_id(platform, key)).state


async def test_server_that_stops_while_nobody_talks(meet, voice, minutes):
    satellite = await meet(says())
    await satellite.server.stop()
    await minutes(CHECKS_PER_PROBE)
    await until(lambda: state(satellite, "connected") == "off")
    assert state(satellite, "problem") == "on"
    assert state(satellite, "last_error", "sensor") == "cannot_connect"


async def test_server_without_a_health_address_is_probed_every_five_minutes(meet, minutes):
    satellite = await meet(says())
    await minutes(CHECKS_PER_PROBE - 1)
    assert satellite.server.connections == 1
    await minutes(1)
    await until(lambda: satellite.server.connections == 2)
    await until(lambda: not satellite.entry.runtime_data.watch.is_connecting)
    assert (state(satellite, "connected"), state(satellite, "problem")) == ("on", "off")


FEATURES = AgentFeatures("Agent", ("en",), frozenset(), "/health")


async def test_server_with_a_health_address_is_asked_every_minute(meet, minutes, monkeypatch):
    asked = []

    async def is_healthy(http, url, path):
        asked.append((url, path))
        return True

    monkeypatch.setattr(watch, "async_is_healthy", is_healthy)
    satellite = await meet(listen)
    satellite.entry.runtime_data.traits.features = FEATURES
    for number in (1, 2):
        await minutes(1)
        await until(lambda number=number: len(asked) == number)
        await until(lambda: not satellite.entry.runtime_data.watch.is_connecting)
    assert set(asked) == {(satellite.server.url, "/health")}
    assert satellite.server.connections == 1


async def test_connection_decides_where_the_health_address_fails(meet, minutes):
    """The scripted server has no such address, and works."""
    satellite = await meet(listen)
    satellite.entry.runtime_data.traits.features = FEATURES
    await minutes(1)
    await until(lambda: satellite.server.connections == 2)
    await until(lambda: not satellite.entry.runtime_data.watch.is_connecting)
    assert (state(satellite, "connected"), state(satellite, "problem")) == ("on", "off")


async def test_no_check_while_somebody_talks(meet, monkeypatch):
    monkeypatch.setattr(watch, "CHECK_INTERVAL", timedelta(seconds=0.02))
    monkeypatch.setattr(watch, "CHECKS_PER_PROBE", 1)
    go_on = asyncio.Event()

    async def thinks(peer):
        await hear_out(peer)  # Checks send nothing, and end here.
        await go_on.wait()
        await peer.send(N, speech(0.1), AE)

    satellite = await meet(thinks)
    asking = asyncio.create_task(satellite.ask())
    await until(lambda: state(satellite, "status", "sensor") == "thinking")
    connections = satellite.server.connections
    await asyncio.sleep(0.2)
    assert satellite.server.connections == connections
    go_on.set()
    assert (await asking).audio
    await until(lambda: satellite.server.connections > connections)


async def test_turn_ends_a_check(meet, minutes, monkeypatch):
    """The server takes one connection at a time."""
    set_timings(monkeypatch, greeting=60)
    taken = []

    async def one_at_a_time(peer):
        if taken:
            await servers.refuses(4429)(peer)
            return
        taken.append(peer)
        try:
            await says()(peer) if len(satellite.peers) > 1 else await peer.closed.wait()
        finally:
            taken.remove(peer)

    set_timings(monkeypatch, greeting=0.05)
    satellite = await meet(one_at_a_time)
    set_timings(monkeypatch, greeting=60)
    await minutes(CHECKS_PER_PROBE)
    await until(lambda: bool(taken))
    assert (await satellite.ask()).audio
    assert state(satellite, "problem") == "off"


async def test_full_server_counts_as_reachable(meet, minutes):
    satellite = await meet(servers.refuses(4429))
    await minutes(CHECKS_PER_PROBE)
    await until(lambda: satellite.server.connections == 2)
    await until(lambda: not satellite.entry.runtime_data.watch.is_connecting)
    assert (state(satellite, "connected"), state(satellite, "problem")) == ("on", "off")


async def test_check_ends_when_the_agent_is_unloaded(meet, minutes, hass, monkeypatch):
    satellite = await meet(listen)
    set_timings(monkeypatch, greeting=60)
    await minutes(CHECKS_PER_PROBE)
    await until(lambda: satellite.server.connections == 2)
    assert await hass.config_entries.async_unload(satellite.entry.entry_id)
    await satellite.peers[0].closed.wait()
    await minutes(CHECKS_PER_PROBE)
    assert satellite.server.connections == 2


async def test_repair_for_a_server_that_is_gone_for_ten_minutes(meet, voice, minutes, hass, serve):
    satellite = await meet(says())
    await satellite.server.stop()
    assert (await satellite.ask()).failure
    await minutes(9)
    assert issues(hass) == []
    await minutes(1)
    assert issues(hass) == ["unreachable"]
    await serve(says(), port=URL(satellite.server.url).port)
    assert (await satellite.ask()).audio
    assert issues(hass) == []


async def test_server_that_refuses_can_be_reached(meet, voice, minutes, hass, serve):
    satellite = await meet(says())
    await satellite.server.stop()
    assert (await satellite.ask()).failure
    await minutes(10)
    assert issues(hass) == ["unreachable"]
    await serve(servers.refuses(1002), port=URL(satellite.server.url).port)
    assert (await satellite.ask()).failure
    assert issues(hass) == ["unknown_agent"]


async def test_problem_with_a_repair_gets_no_second_one(meet, voice, hass):
    satellite = await meet(servers.refuses(1002))
    assert (await satellite.ask()).failure
    for _ in range(11):
        satellite.entry.runtime_data.health.minute_passed()
    assert issues(hass) == ["unknown_agent"]


# The health address.


@pytest.fixture
async def health(hass):
    """A web server with a health address; yields its WebSocket address and its requests."""
    requests = []

    async def answer(request):
        requests.append(request)
        status = int(request.path.removeprefix("/"))
        headers = {"Location": "/200"} if status == 302 else {}
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/{status}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"ws://user:secret@127.0.0.1:{port}/v1/talk?key=secret", requests
    await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "is_healthy"),
    [("/200", True), ("/503", False), ("/404", False), ("/302", False), ("no path", False)],
)
async def test_health_address(hass, health, path, is_healthy):
    url, requests = health
    assert await async_is_healthy(async_get_clientsession(hass), url, path) is is_healthy
    for request in requests:
        assert "secret" not in f"{request.url} {request.headers}"
        assert "Authorization" not in request.headers


async def test_health_address_of_no_server(hass, neighbours):
    url = await servers.nobody(neighbours)
    assert not await async_is_healthy(async_get_clientsession(hass), url, "/health")
