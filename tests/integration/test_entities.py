"""The states of the entities during conversations."""

import asyncio
import itertools

import pytest
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.chat_session import current_session

from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.models import Activity
from tests.agent.talk import AE, E, N, S, speech, until

from .agents import fails, hear_out, says
from .satellite import Run
from .satellite import speech as spoken


@pytest.fixture
def states(hass: HomeAssistant) -> list:
    """All states that were written, in order."""
    written: list = []

    @callback
    def changed(event):
        written.append(event.data["new_state"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    return written


def of(states, entity_id):
    return [state for state in states if state is not None and state.entity_id == entity_id]


async def test_activity_of_one_turn(meet, states):
    satellite = await meet(says(seconds=0.1))
    states.clear()
    await satellite.ask(conversation_id="kitchen")
    activity = satellite.entity_id("event", "activity")
    await until(lambda: len(of(states, activity)) == 5)
    events = [state.attributes for state in of(states, activity)]
    assert [event["event_type"] for event in events] == [
        "session_started",
        "voice_activity_started",
        "voice_activity_ended",
        "reply_started",
        "reply_finished",
    ]
    assert {event["conversation_id"] for event in events} == {"kitchen"}
    assert 0 <= events[3]["agent_time"] <= events[3]["response_time"]
    assert events[4]["duration"] == pytest.approx(0.1)
    voice_activity = satellite.entity_id("binary_sensor", "voice_activity")
    assert [state.state for state in of(states, voice_activity)] == ["on", "off"]
    await satellite.hass.config_entries.async_unload(satellite.entry.entry_id)


async def test_interrupted_reply(meet, states):
    async def script(peer):
        await hear_out(peer)
        await peer.send(N, speech(5, 2000))
        await says()(peer)

    satellite = await meet(script)
    older = asyncio.create_task(satellite.ask(conversation_id="kitchen"))
    activity = satellite.entity_id("event", "activity")
    await until(lambda: any(s.attributes["event_type"] == "reply_started" for s in known(states)))
    states.clear()
    await satellite.ask(conversation_id="kitchen")
    await older
    assert of(states, activity)[0].attributes["event_type"] == "reply_interrupted"


def known(states):
    """The states of the event entity that has fired."""
    return [
        state
        for state in states
        if state is not None and state.attributes.get("event_type") is not None
    ]


async def test_voice_activity_of_two_conversations(meet):
    go_on = {"kitchen": asyncio.Event(), "bedroom": asyncio.Event()}
    rooms = iter(go_on)

    async def script(peer):
        room = next(rooms)
        await peer.hear_voice(0.1)
        await peer.send(S)
        await go_on[room].wait()
        await peer.send(E, N, speech(0.1), AE)

    satellite = await meet(script)
    sensor = satellite.entity_id("binary_sensor", "voice_activity")

    def state():
        return satellite.hass.states.get(sensor).state

    assert state() == "off"
    kitchen = asyncio.create_task(satellite.ask(conversation_id="kitchen"))
    await until(lambda: state() == "on")
    bedroom = asyncio.create_task(satellite.ask(conversation_id="bedroom"))
    await until(lambda: len(satellite.peers) == 2)
    await satellite.peers[1].hear_voice(0.2)
    go_on["kitchen"].set()
    await kitchen
    assert state() == "on"
    go_on["bedroom"].set()
    await bedroom
    assert state() == "off"


async def test_error_is_shown_before_the_problem(meet, voice, states):
    satellite = await meet(fails)
    states.clear()
    await satellite.ask()
    entities = [
        satellite.entity_id("sensor", "last_error"),
        satellite.entity_id("binary_sensor", "problem"),
    ]
    assert [state.entity_id for state in states if state.entity_id in entities] == entities


async def test_last_error(meet, voice):
    async def script(peer):
        await hear_out(peer)
        await peer.send(ErrorMessage(3003, "no idea"))
        await says()(peer)

    satellite = await meet(script)
    sensor = satellite.entity_id("sensor", "last_error")
    assert satellite.hass.states.get(sensor).state == "unknown"
    await satellite.ask(conversation_id="kitchen")
    state = satellite.hass.states.get(sensor)
    assert state.state == "agent_failed"
    assert state.attributes["code"] == 3003
    assert state.attributes["message"] == "no idea"
    assert state.attributes["time"]
    event = satellite.hass.states.get(satellite.entity_id("event", "activity")).attributes
    assert event["event_type"] == "error"
    assert (event["kind"], event["code"]) == ("agent_failed", 3003)
    await satellite.ask(conversation_id="kitchen")
    assert satellite.hass.states.get(sensor).state == "agent_failed"


async def test_states_stay_available_without_the_server(meet, voice, states):
    satellite = await meet(says())
    await satellite.server.stop()
    run = await satellite.ask()
    assert run.failure
    ours = [state for state in states if "voice_agent" in state.entity_id]
    assert ours
    assert all(state.state != STATE_UNAVAILABLE for state in ours)


async def test_state_changes_are_outside_the_chat_session(meet, hass):
    """State changes happen outside the chat session, so that automations do not join it."""
    sessions = []

    @callback
    def changed(event):
        if ".voice_agent_" in event.data["entity_id"] and "voice_activity" in str(event.data):
            sessions.append(current_session.get())

    satellite = await meet(says())
    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    await satellite.ask()
    assert sessions
    assert set(sessions) == {None}


async def test_status_and_speaking_of_one_turn(meet, states):
    satellite = await meet(says(seconds=0.3))
    status, speaking = (
        satellite.entity_id("sensor", "status"),
        satellite.entity_id("binary_sensor", "speaking"),
    )
    assert satellite.hass.states.get(status).state == "idle"
    states.clear()
    await satellite.ask(conversation_id="kitchen")
    await until(lambda: satellite.hass.states.get(status).state == "idle")
    shown = [state.state for state in of(states, status)]
    assert [name for name, _ in itertools.groupby(shown)] == [
        "connecting",
        "listening",
        "thinking",
        "speaking",
        "idle",
    ]
    assert [state.state for state in of(states, speaking)] == ["on", "off"]
    assert satellite.hass.states.get(status).attributes["conversations"] == 1
    satellite.entry.runtime_data.conversations.async_end("kitchen")
    await until(lambda: satellite.hass.states.get(status).attributes["conversations"] == 0)


async def test_status_over_two_conversations(meet):
    """The status is the first of speaking, thinking, listening and connecting that applies."""
    release = asyncio.Event()

    async def thinks(peer):
        await hear_out(peer)
        await release.wait()
        await peer.send(N, speech(0.1), AE)

    satellite = await meet(thinks, says(seconds=1))
    status = satellite.entity_id("sensor", "status")
    speaking = satellite.entity_id("binary_sensor", "speaking")

    def shown(entity_id):
        return satellite.hass.states.get(entity_id).state

    kitchen = asyncio.create_task(satellite.ask(conversation_id="kitchen"))
    await until(lambda: shown(status) == "thinking")
    await satellite.ask(conversation_id="bedroom")
    assert (shown(status), shown(speaking)) == ("speaking", "on")
    await until(lambda: shown(status) == "thinking")
    assert shown(speaking) == "off"
    assert satellite.hass.states.get(status).attributes["conversations"] == 2
    release.set()
    await kitchen
    await until(lambda: shown(status) == "idle")


async def test_response_time_counts_from_the_last_speech(meet):
    """The agent waits before it is certain that the user has finished, and then for its answer."""

    async def script(peer):
        await peer.hear_voice(0.2)
        await peer.send(S)
        await peer.hear(1.2)
        await peer.send(E)
        await asyncio.sleep(0.3)
        await peer.send(N, speech(0.1), AE)

    async def speak_then_wait():
        async for chunk in spoken(0x10, 0.5, fast=False):
            yield chunk
        while True:
            yield bytes(320)
            await asyncio.sleep(0.01)

    satellite = await meet(script)
    sensor = satellite.entity_id("sensor", "response_time")
    assert satellite.hass.states.get(sensor).state == "unknown"
    await satellite.ask(stream=speak_then_wait())
    state = satellite.hass.states.get(sensor)
    assert int(state.attributes["agent_time"]) >= 250
    assert int(state.state) >= 250 + 500
    assert state.attributes["unit_of_measurement"] == "ms"


async def test_button_ends_all_conversations(meet, hass):
    satellite = await meet(says(seconds=5))
    runs = {"kitchen": Run(), "bedroom": Run()}
    wav = {"preferred_format": "wav"}
    asking = [
        asyncio.create_task(satellite.ask(conversation_id=name, output=wav, run=run))
        for name, run in runs.items()
    ]
    for run in runs.values():
        await run.began.wait()
    button = satellite.entity_id("button", "end_conversation")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await asyncio.gather(*asking)
    assert all(sum(run.levels.values()) <= 5 for run in runs.values())
    status = hass.states.get(satellite.entity_id("sensor", "status"))
    assert (status.state, status.attributes["conversations"]) == ("idle", 0)
    for peer in satellite.peers:
        await peer.closed.wait()
    problem = satellite.entity_id("binary_sensor", "problem")
    assert hass.states.get(problem).state == "off"


async def test_events_of_one_moment_have_different_times(meet, states):
    """A state that stays the same fires no trigger, and the state is the time."""

    async def script(peer):
        await peer.hear_voice(0.2)
        await peer.send(S, E, ErrorMessage(5001, "no", is_fatal=True))
        await peer.close()

    satellite = await meet(script)
    states.clear()
    await satellite.ask()
    activity = satellite.entity_id("event", "activity")
    await until(lambda: len(of(states, activity)) == 5)
    events = of(states, activity)
    assert [state.attributes["event_type"] for state in events] == [
        "session_started",
        "voice_activity_started",
        "voice_activity_ended",
        "error",
        "session_ended",
    ]
    assert len({state.state for state in events}) == 5


async def test_events_name_the_satellite(meet, hass, states):
    satellite = await meet(says(seconds=0.1))
    place = {"satellite_id": "assist_satellite.kitchen", "device_id": "kitchen-device"}
    for _ in range(2):
        await satellite.ask(conversation_id="kitchen", **place)
    await until(lambda: len(known(states)) == 9)
    events = [state.attributes for state in known(states)]
    # Home Assistant passes it to the conversation stage after the user has spoken.
    places = [event.get("satellite_id") for event in events]
    assert places == [None] * 3 + ["assist_satellite.kitchen"] * 6
    assert events[-1]["satellite_device_id"] == "kitchen-device"


async def test_events_continue_after_a_rename(meet, hass, states):
    satellite = await meet(says(seconds=0.1))
    activity = satellite.entity_id("event", "activity")
    satellite.entry.runtime_data.activities.emit(Activity.SESSION_STARTED, {})
    await asyncio.sleep(0)  # The event fires.
    er.async_get(hass).async_update_entity(activity, new_entity_id="event.renamed")
    await hass.async_block_till_done()
    states.clear()
    await satellite.ask()
    await until(lambda: len(known(of(states, "event.renamed"))) == 5)


async def test_end_is_reported_when_the_agent_is_unloaded(meet, hass, states):
    satellite = await meet(says(seconds=0.1))
    for conversation_id in ("kitchen", "bedroom"):
        await satellite.ask(conversation_id=conversation_id)
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    await hass.async_block_till_done()
    reported = [state.attributes for state in known(states)]
    ended = {
        event["conversation_id"] for event in reported if event["event_type"] == "session_ended"
    }
    assert ended == {"kitchen", "bedroom"}


async def test_all_events_of_one_moment_are_reported(meet, hass, states):
    satellite = await meet(says())
    for number in range(300):
        data = {"conversation_id": str(number)}
        satellite.entry.runtime_data.activities.emit(Activity.SESSION_ENDED, data)
    await until(lambda: len(known(states)) == 300)


async def test_device_names_no_manufacturer(meet, hass):
    """Anybody can write a server; the manufacturer of an earlier version is removed."""
    satellite = await meet(says())
    registry = dr.async_get(hass)
    [device] = dr.async_entries_for_config_entry(registry, satellite.entry.entry_id)
    registry.async_update_device(device.id, manufacturer="PlayAI")
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    device = registry.async_get(device.id)
    assert (device.manufacturer, device.model) == (None, "Voice agent")
