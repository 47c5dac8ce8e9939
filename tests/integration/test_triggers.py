"""Triggers: automations that events of a conversation start."""

import asyncio
from collections import Counter

import freezegun
import pytest
import yaml
from homeassistant.helpers.icon import async_get_icons
from homeassistant.setup import async_setup_component

from custom_components.playai.agent import ErrorKind
from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.trigger import TRIGGERS
from tests.agent.talk import AE, N, speech, until

from .agents import hear_out, says
from .automations import automate, counted, device_of, foreign_entity, targets
from .test_texts import FOLDER, TEXTS

NAMES = {f"playai.{name}" for name in TRIGGERS}


@pytest.fixture(autouse=True)
def spoken(voice):
    """Errors are spoken by the other voice."""


async def script(peer):
    """One interrupted reply, one complete reply, and an error."""
    await hear_out(peer)
    await peer.send(N, speech(5))
    await hear_out(peer)
    await peer.send(N, speech(0.2), AE)
    await hear_out(peer)
    await peer.send(ErrorMessage(3003, "no idea"))
    await peer.closed.wait()


async def talk(satellite, conversation_id="kitchen", **place):
    """Have a conversation with every event."""
    began = satellite.entry.runtime_data
    first = asyncio.create_task(satellite.ask(conversation_id=conversation_id, **place))
    await until(lambda: began.data.speaking)
    await satellite.ask(conversation_id=conversation_id, **place)
    await first
    await until(lambda: not began.data.speaking)
    await satellite.ask(conversation_id=conversation_id, **place)
    began.conversations.async_end(conversation_id)
    await until(lambda: began.data.conversations == 0)
    await asyncio.sleep(0.1)
    await satellite.hass.async_block_till_done()


def trigger(name, target, **options):
    return {"trigger": name, "target": target, **({"options": options} if options else {})}


async def test_every_trigger_fires_for_every_kind_of_target(meet, hass):
    satellite = await meet(script)
    ways = targets(satellite, "event", "activity")
    fired = await automate(
        hass,
        {
            f"{name} by {way}": trigger(name, target)
            for name in NAMES
            for way, target in ways.items()
        },
    )
    await talk(satellite)
    times = Counter(data["name"] for data in fired)
    expected = {
        "playai.conversation_started": 1,
        "playai.user_started_speaking": 3,
        "playai.user_stopped_speaking": 3,
        "playai.reply_started": 2,
        "playai.reply_interrupted": 1,
        "playai.reply_finished": 1,
        "playai.error": 1,
        "playai.conversation_ended": 1,
    }
    assert times == {f"{name} by {way}": n for name, n in expected.items() for way in ways}
    by_device = [data["name"].split()[0] for data in fired if data["name"].endswith("device")]
    assert by_device[0] == "playai.conversation_started"
    assert by_device[-2:] == ["playai.error", "playai.conversation_ended"]


async def test_trigger_variables_of_an_automation(meet, hass):
    satellite = await meet(script)
    device_id = device_of(hass, satellite.entry)
    fired = await automate(hass, {name: trigger(name, {"device_id": device_id}) for name in NAMES})
    await talk(satellite, satellite_id="assist_satellite.kitchen", device_id="kitchen-satellite")
    reported = {data["name"]: data["trigger"] for data in fired}  # The last of each.
    for name, data in reported.items():
        assert data["platform"] == name
        assert data["device_id"] == device_id
        assert data["conversation_id"] == "kitchen"
        assert data["entity_id"] == satellite.entity_id("event", "activity")
    for name in set(reported) - {"playai.conversation_started"}:
        assert reported[name]["satellite_id"] == "assist_satellite.kitchen"
        assert reported[name]["satellite_device_id"] == "kitchen-satellite"
    error = reported["playai.error"]
    assert (error["kind"], error["code"], error["message"]) == ("agent_failed", 3003, "no idea")
    assert reported["playai.reply_finished"]["duration"] == pytest.approx(0.2)
    assert 0 < reported["playai.reply_interrupted"]["duration"] < 5
    assert reported["playai.reply_started"]["response_time"] >= 0
    assert "duration" not in reported["playai.reply_started"]


@pytest.mark.parametrize("ending", ["button", "unload"])
async def test_conversations_that_end_in_the_same_millisecond(meet, hass, ending):
    satellite = await meet(says())
    rooms = {"kitchen", "bedroom", "bathroom"}
    await asyncio.gather(*(satellite.ask(conversation_id=room) for room in rooms))
    target = {"device_id": device_of(hass, satellite.entry)}
    fired = await automate(hass, {"end": trigger("playai.conversation_ended", target)})
    button = {"entity_id": satellite.entity_id("button", "end_conversation")}
    with freezegun.freeze_time(ignore=["asyncio"]):
        if ending == "button":
            await hass.services.async_call("button", "press", button, blocking=True)
        else:
            assert await hass.config_entries.async_unload(satellite.entry.entry_id)
        await hass.async_block_till_done()
    assert len(fired) == len(rooms)
    assert {data["trigger"]["conversation_id"] for data in fired} == rooms


async def test_no_trigger_fires_for_a_foreign_entity(meet, hass):
    satellite = await meet(script)
    then = "2026-01-01T00:00:00.000+00:00"
    foreign = foreign_entity(hass, "event", new_state="unknown")
    fired = await automate(
        hass,
        {
            f"{name} by {way}": trigger(name, target)
            for name in NAMES
            for way, target in foreign.items()
        },
    )
    for activity in TEXTS["entity"]["event"]["activity"]["state_attributes"]["event_type"]["state"]:
        then = then[:-1] + str(int(then[-1]) % 9 + 1)
        attributes = {"event_type": activity, "kind": "no_reply"}
        hass.states.async_set(foreign["entity"]["entity_id"], then, attributes)
        await hass.async_block_till_done()
    await talk(satellite)
    assert fired == []


async def test_other_entities_of_the_agent_fire_nothing(meet, hass):
    satellite = await meet(script)
    target = {"entity_id": [satellite.entity_id("sensor", "status")]}
    fired = await automate(hass, {name: trigger(name, target) for name in NAMES})
    await talk(satellite)
    assert fired == []


async def test_other_agents_fire_nothing(meet, hass):
    one, other = await meet(script), await meet(script, agent_id="agent-2")
    device_id = device_of(hass, one.entry)
    fired = await automate(hass, {name: trigger(name, {"device_id": device_id}) for name in NAMES})
    await talk(other)
    assert fired == []
    await talk(one)
    assert len(fired) == 13


async def test_kinds_of_errors(meet, hass):
    satellite = await meet(script)
    target = {"entity_id": satellite.entity_id("event", "activity")}
    fired = await automate(
        hass,
        {
            "all": trigger("playai.error", target),
            "this": trigger("playai.error", target, kind=["no_reply", "agent_failed"]),
            "one": trigger("playai.error", target, kind="agent_failed"),
            "other": trigger("playai.error", target, kind=["no_reply"]),
        },
    )
    await talk(satellite)
    assert {data["name"] for data in fired} == {"all", "this", "one"}


@pytest.mark.parametrize(
    "wrong",
    [
        trigger("playai.error", {"entity_id": "event.voice_agent_activity"}, kind=["no_kind"]),
        trigger("playai.reply_started", {"entity_id": "event.x"}, kind=["no_reply"]),
        {"trigger": "playai.error"},
        trigger("playai.no_trigger", {"entity_id": "event.x"}),
    ],
)
async def test_invalid_triggers(meet, hass, hass_ws_client, wrong):
    await meet(script)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "validate_config", "triggers": [wrong]})
    answer = await client.receive_json()
    assert answer["result"]["triggers"]["valid"] is False
    assert answer["result"]["triggers"]["error"]


async def test_automation_without_an_agent_waits_for_one(hass, enable_custom_integrations):
    """The triggers also exist before any agent was set up."""
    assert await async_setup_component(hass, "homeassistant", {})
    target = {"entity_id": "event.voice_agent_activity"}
    assert await automate(hass, {"early": trigger("playai.error", target)}) == []


# The editor.


async def ask(client, command, target):
    lists = {key: [value] for key, value in target.items()}
    await client.send_json_auto_id({"type": command, "target": lists})
    answer = await client.receive_json()
    assert answer["success"], answer
    return {name for name in answer["result"] if name.startswith("playai.")}


async def test_editor_offers_them(meet, hass, hass_ws_client):
    satellite = await meet(script)
    client = await hass_ws_client(hass)
    for target in targets(satellite, "event", "activity").values():
        assert await ask(client, "get_triggers_for_target", target) == NAMES
    for target in foreign_entity(hass, "sensor", new_state="unknown").values():
        assert await ask(client, "get_triggers_for_target", target) == set()


async def test_editor_describes_triggers(meet, hass, hass_ws_client):
    satellite = await meet(script)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "trigger_platforms/subscribe"})
    assert (await client.receive_json())["success"]
    described = {}
    while set(described) & NAMES != NAMES:
        described |= (await client.receive_json())["event"]
    ours = yaml.safe_load((FOLDER / "triggers.yaml").read_text())
    assert {name for name in ours if name[0] != "."} == set(TRIGGERS)
    activity = satellite.entity_id("event", "activity")
    device_id = device_of(hass, satellite.entry)
    for name in NAMES:
        assert counted(hass, described[name]["target"], device_id) == [activity]
    kinds = described["playai.error"]["fields"]["kind"]["selector"]["select"]["options"]
    assert kinds == [kind.value for kind in ErrorKind]
    for name in TRIGGERS:
        fields = described[f"playai.{name}"].get("fields", {})
        assert set(fields) == set(TEXTS["triggers"][name].get("fields", {}))


async def test_icons(hass, enable_custom_integrations):
    icons = await async_get_icons(hass, "triggers", {"playai"})
    assert set(icons["playai"]) == set(TRIGGERS) == set(TEXTS["triggers"])
