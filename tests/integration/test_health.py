"""Whether the agent works: the entities that show it, and reconnecting."""

import asyncio
import gc

import pytest
from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from yarl import URL

from custom_components.playai.agent import Session, Turn
from custom_components.playai.agent.messages import ErrorMessage
from tests.agent.talk import AE, N, speech, until

from . import servers
from .agents import fails, hear_out, says, sent_all
from .conftest import listen
from .failures import LOST
from .satellite import Run
from .timings import set_timings


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Shorten the wait before the first attempt to reconnect."""
    set_timings(monkeypatch, first_retry=0.05)


@pytest.fixture(autouse=True)
def spoken(voice):
    """Errors are spoken by the other voice."""


def state(satellite, platform, key):
    return satellite.hass.states.get(satellite.entity_id(platform, key)).state


def connected(satellite):
    return state(satellite, "binary_sensor", "connected")


def problem(satellite):
    return state(satellite, "binary_sensor", "problem")


def activities(satellite):
    """Collect the attributes of the activity entity's events."""
    reported = []

    @callback
    def changed(event):
        if event.data["entity_id"] == satellite.entity_id("event", "activity"):
            reported.append(event.data["new_state"].attributes)

    satellite.hass.bus.async_listen("state_changed", changed)
    return reported


def answers_until(cut):
    """Answer once, and cut the connection when `cut` is set."""

    async def script(peer):
        await hear_out(peer)
        await peer.send(N, speech(0.1), AE)
        await cut.wait()
        peer.abort()

    return script


def attempts():
    """Return the tasks that try to reconnect."""
    return [task for task in asyncio.all_tasks() if "tries to connect" in task.get_name()]


async def test_agent_that_works(meet):
    satellite = await meet(says())
    assert (connected(satellite), problem(satellite)) == ("on", "off")
    await satellite.ask(conversation_id="kitchen")
    assert (connected(satellite), problem(satellite)) == ("on", "off")


async def test_server_that_is_gone_is_found_when_it_is_back(meet, serve, caplog):
    satellite = await meet(says())
    await satellite.server.stop()
    assert (await satellite.ask()).failure == "The agent can't be reached. Is it running?"
    assert (connected(satellite), problem(satellite)) == ("off", "on")
    reported = activities(satellite)
    await until(attempts)
    assert connected(satellite) == "off"
    await serve(listen, says(), port=URL(satellite.server.url).port)
    await until(lambda: connected(satellite) == "on")
    assert problem(satellite) == "off"
    assert reported == []  # The error was reported when it happened.
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_components")]
    first, last = [line for line in ours if line.startswith("Voice agent: ")]
    assert first == "Voice agent: Connection refused"
    assert last == "Voice agent: works again"
    assert (await satellite.ask()).audio


async def test_turn_that_works_ends_the_attempts(meet, serve, monkeypatch):
    set_timings(monkeypatch, first_retry=5)
    satellite = await meet(*[servers.refuses(5001)] * 2, says())
    assert (await satellite.ask()).failure
    assert connected(satellite) == "off"
    assert (await satellite.ask()).audio
    assert (connected(satellite), problem(satellite)) == ("on", "off")
    assert not satellite.entry.runtime_data.watch.is_connecting
    assert satellite.server.connections == 4


async def test_attempts_find_another_error(meet):
    run = Run()

    async def fail_and_go_on(peer):
        await sent_all(peer, run)
        peer.abort()

    satellite = await meet(fail_and_go_on, servers.refuses(1005), listen)
    reported = activities(satellite)
    assert (await satellite.ask(conversation_id="kitchen", run=run)).failure == LOST
    await until(lambda: state(satellite, "sensor", "last_error") == "no_credits")
    await until(lambda: connected(satellite) == "on")
    errors = [attributes for attributes in reported if attributes["event_type"] == "error"]
    assert [(error["kind"], error["conversation_id"]) for error in errors] == [
        ("connection_lost", "kitchen"),
        ("no_credits", None),
    ]
    assert problem(satellite) == "off"


async def test_refused_key_is_not_tried_again(meet, hass):
    satellite = await meet(servers.refuses(2002), says())
    assert (await satellite.ask()).failure
    await until(lambda: len(hass.config_entries.flow.async_progress()) == 1)
    await until(lambda: not attempts())
    assert (connected(satellite), problem(satellite)) == ("off", "on")
    assert satellite.server.connections == 2


async def test_key_that_is_refused_later_ends_the_attempts(meet, hass):
    satellite = await meet(servers.refuses(5001), servers.refuses(2003))
    assert (await satellite.ask()).failure
    await until(lambda: state(satellite, "sensor", "last_error") == "key_not_allowed")
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    await until(lambda: not attempts())
    assert satellite.server.connections == 3


async def test_connection_that_is_lost_while_nobody_talks(meet):
    cut = asyncio.Event()
    satellite = await meet(answers_until(cut), listen)
    assert (await satellite.ask()).audio
    cut.set()
    await until(lambda: connected(satellite) == "off")
    assert problem(satellite) == "off"  # No turn was affected.
    await until(lambda: connected(satellite) == "on")
    assert state(satellite, "sensor", "last_error") == "unknown"


async def test_problem_of_a_turn_is_cleared_only_by_an_answer(meet, caplog):
    satellite = await meet(fails, fails, says())
    for conversation_id in ("kitchen", "bedroom"):
        assert (await satellite.ask(conversation_id=conversation_id)).failure
        assert (connected(satellite), problem(satellite)) == ("on", "on")
    assert (await satellite.ask(conversation_id="bath")).audio
    assert problem(satellite) == "off"
    lines = [r.getMessage() for r in caplog.records if r.getMessage().startswith("Voice agent: ")]
    assert lines == ["Voice agent: no idea", "Voice agent: works again"]


async def test_closing_ends_the_attempts(meet):
    satellite = await meet(servers.refuses(5001))
    assert (await satellite.ask()).failure
    await until(lambda: bool(attempts()))
    await satellite.entry.runtime_data.async_close()
    assert attempts() == []


async def test_last_error_keeps_no_conversation(meet):
    async def script(peer):
        await hear_out(peer)
        await peer.send(ErrorMessage(1005, "no more credits"))

    satellite = await meet(script)
    run = await satellite.ask(conversation_id="kitchen")
    assert run.failure == "The agent's account has no credits left."
    await until(satellite.peers[0].closed.is_set)
    await satellite.hass.async_block_till_done()
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, Session | Turn)]
    assert state(satellite, "sensor", "last_error") == "no_credits"


# Several errors.


@pytest.mark.parametrize(("code", "kind"), [(1005, "no_credits"), (2002, "invalid_key")])
async def test_resolved_error_is_reported_again(meet, hass, monkeypatch, code, kind):
    set_timings(monkeypatch, first_retry=60)
    cut = asyncio.Event()
    satellite = await meet(servers.refuses(code), answers_until(cut), servers.refuses(code))
    assert (await satellite.ask()).failure
    for flow in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(flow["flow_id"])
    set_timings(monkeypatch, first_retry=0.05)
    reported = activities(satellite)
    assert (await satellite.ask()).audio
    assert problem(satellite) == "off"
    cut.set()
    await until(lambda: problem(satellite) == "on")
    await until(lambda: "error" in [attributes["event_type"] for attributes in reported])
    assert state(satellite, "sensor", "last_error") == kind
    flows = [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()]
    assert flows == (["reauth"] if kind == "invalid_key" else [])


def refuses_in_a_turn(code):
    """Accept the set-up, and refuse when the user speaks."""

    async def script(peer):
        await peer.send('{"type": "init", "conversationId": "c"}')
        await peer.hear_voice(0.2)
        await servers.refuses(code)(peer)

    return script


async def test_idle_conversation_clears_no_problem_of_others(meet):
    cut = asyncio.Event()
    satellite = await meet(answers_until(cut), refuses_in_a_turn(1005), listen)
    assert (await satellite.ask(conversation_id="kitchen")).audio
    assert (await satellite.ask(conversation_id="bedroom")).failure
    await until(lambda: connected(satellite) == "on")
    cut.set()
    await until(lambda: connected(satellite) == "off")
    await until(lambda: connected(satellite) == "on")
    assert problem(satellite) == "on"


async def test_refusal_that_is_over_clears_the_problem_of_a_refused_turn(meet):
    satellite = await meet(refuses_in_a_turn(1005), servers.refuses(1005), listen)
    assert (await satellite.ask()).failure
    await until(lambda: satellite.server.connections == 4 and connected(satellite) == "on")
    assert problem(satellite) == "off"


async def test_turn_takes_the_place_of_an_attempt(meet, monkeypatch):
    """The server takes one connection at a time."""
    set_timings(monkeypatch, greeting=2.0)
    taken = []

    async def one_at_a_time(peer):
        if taken:
            await servers.refuses(4429)(peer)
            return
        taken.append(peer)
        try:
            await says()(peer)  # An attempt says nothing, and is not answered.
        finally:
            taken.remove(peer)

    satellite = await meet(*[servers.refuses(5001)] * 2, one_at_a_time)
    assert (await satellite.ask(conversation_id="kitchen")).failure
    await until(lambda: bool(taken))
    assert (await satellite.ask(conversation_id="kitchen")).audio
    assert connected(satellite) == "on"


async def test_attempts_to_connect_do_not_count_as_turns(meet, hass):
    cut = asyncio.Event()
    satellite = await meet(answers_until(cut), servers.refuses(4429))
    assert (await satellite.ask()).audio
    cut.set()
    await until(lambda: state(satellite, "sensor", "last_error") == "too_many_connections")
    for _ in range(2):
        assert (await satellite.ask()).failure
    assert ir.async_get(hass).issues == {}
    assert (await satellite.ask()).failure
    assert len(ir.async_get(hass).issues) == 1


async def test_log_names_each_kind_once(meet, caplog):
    async def fails(peer):
        for code in (3003, 3003, 5001, 2001):
            await hear_out(peer)
            await peer.send(ErrorMessage(code, f"told {code}"))
            if code == 2001:
                await peer.send(N, speech(0.1), AE)

    satellite = await meet(fails)
    for _ in range(4):
        await satellite.ask(conversation_id="kitchen")
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.playai") and record.levelname != "DEBUG"
    ]
    assert ours == [
        "Voice agent: told 3003",
        "Voice agent: told 5001",
        "Voice agent: told 2001",
        "Voice agent: works again",
    ]


async def test_log_names_alternating_kinds_once(meet, caplog):
    async def fails(peer):
        for code in (3003, 5001) * 3:
            await hear_out(peer)
            await peer.send(ErrorMessage(code, f"told {code}"))
        await says()(peer)

    satellite = await meet(fails)
    for _ in range(6):
        assert (await satellite.ask(conversation_id="kitchen")).failure
    assert (await satellite.ask(conversation_id="kitchen")).audio
    lines = [r.getMessage() for r in caplog.records if r.getMessage().startswith("Voice agent: ")]
    assert lines == [
        "Voice agent: told 3003",
        "Voice agent: told 5001",
        "Voice agent: works again",
    ]


async def test_server_that_repeats_an_error_makes_one_event_and_one_state(meet, hass):
    """The server repeats the error while the user speaks."""

    async def floods(peer):
        await peer.hear_voice(0.1)
        for _ in range(40):
            await peer.send(ErrorMessage(3001, "hiccup"))
        await hear_out(peer)
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    satellite = await meet(floods)
    reported, states = activities(satellite), []
    last_error = satellite.entity_id("sensor", "last_error")

    @callback
    def changed(event):
        if event.data["entity_id"] == last_error:
            states.append(event.data["new_state"].state)

    hass.bus.async_listen("state_changed", changed)
    assert (await satellite.ask(conversation_id="kitchen")).audio
    await hass.async_block_till_done()
    assert [each["event_type"] for each in reported].count("error") == 1
    assert 1 <= len(states) <= 2  # The answer may write once more.


async def test_nothing_is_polled_on_request(meet, hass):
    satellite = await meet(refuses_in_a_turn(1005), listen)
    assert (await satellite.ask()).failure
    await until(lambda: connected(satellite) == "on")
    connections = satellite.server.connections
    target = {"entity_id": satellite.entity_id("sensor", "status")}
    await hass.services.async_call("homeassistant", "update_entity", target, blocking=True)
    assert problem(satellite) == "on"
    assert satellite.server.connections == connections


async def test_key_of_another_agent_is_reported_where_it_is_asked_for(meet, hass):
    satellite = await meet(servers.refuses(2003))
    assert (await satellite.ask()).failure
    [flow] = hass.config_entries.flow.async_progress()
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert form["errors"] == {"base": "key_not_allowed"}
