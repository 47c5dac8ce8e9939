"""A server that restarts with `drain` disturbs only those who talk at that moment."""

from aiohttp import web
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import async_capture_events
from yarl import URL

from custom_components.playai.agent.messages import Hangup
from tests.agent.talk import AE, N, speech, until

from .agents import hear_out, says
from .test_watch import state
from .timings import set_timings


async def stops(peer):
    """Answer the current turn, then close like a server that stops."""
    await hear_out(peer)
    await peer.send(N, speech(0.1), AE, Hangup("system"))
    await peer.close(1001)


def problems(satellite):
    """The state of the problem sensor, and the active issues."""
    return (
        state(satellite, "problem"),
        [issue for issue in ir.async_get(satellite.hass).issues.values() if issue.active],
    )


async def test_conversation_that_the_server_ends_is_no_problem(meet, voice, hass):
    satellite = await meet(stops, says())
    changes = async_capture_events(hass, "state_changed")
    assert (await satellite.ask()).audio
    await until(lambda: satellite.entry.runtime_data.conversations.count == 0)
    assert problems(satellite) == ("off", [])
    assert state(satellite, "connected") == "on"
    assert (await satellite.ask()).audio
    assert satellite.entity_id("binary_sensor", "problem") not in {
        change.data["entity_id"] for change in changes
    }


async def test_new_turn_of_a_server_that_stops(meet, voice, serve, monkeypatch):
    """It refuses the handshake with the status 503, as `serve` does after the first signal."""
    set_timings(monkeypatch, first_retry=60)
    satellite = await meet(says())
    await satellite.server.stop()
    port = URL(satellite.server.url).port
    refused = []

    async def refuse(request):
        refused.append(request)
        return web.Response(status=503)

    app = web.Application()
    app.router.add_get("/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    assert (await satellite.ask()).failure
    assert len(refused) == 2  # The turn has tried once more: another server may have answered.
    assert state(satellite, "last_error", "sensor") == "cannot_connect"
    assert problems(satellite) == ("on", [])
    await runner.cleanup()
    await serve(says(), port=port)
    assert (await satellite.ask()).audio
    assert problems(satellite) == ("off", [])
