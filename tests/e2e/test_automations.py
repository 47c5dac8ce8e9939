"""Automations, created as the editor does, fire in a real Home Assistant during conversations."""

import asyncio
from collections import Counter

import pytest

from tests.harness import HOME_ASSISTANTS
from tests.harness.home import Home
from tests.harness.spoken_turn import ask
from tests.recordings import RECORDINGS

QUESTION = next(recording for recording in RECORDINGS if recording.name == "goforward").pcm
FOREIGN = "event.doorbell"
FOREIGN_CONFIGURATION = """\
template:
  - triggers:
      - trigger: event
        event_type: door
    event:
      - name: Doorbell
        event_type: "{{ trigger.event.data.type }}"
        event_types: "{{ ['session_started', 'reply_started', 'error'] }}"
"""
ACTION = {
    "event": "automation_fired",
    "event_data": {
        "name": "{{ this.attributes.friendly_name }}",
        "device_id": "{{ trigger.device_id }}",
        "conversation_id": "{{ trigger.conversation_id }}",
        "kind": "{{ trigger.kind | default('') }}",
        "duration": "{{ trigger.duration | default(0) }}",
    },
}
TRIGGERS = {
    f"playai.{name}"
    for name in (
        "conversation_started",
        "user_started_speaking",
        "user_stopped_speaking",
        "reply_started",
        "reply_finished",
        "reply_interrupted",
        "conversation_ended",
        "error",
    )
}
CONDITIONS = {
    "user_is_speaking": ("user_started_speaking", "binary_sensor.voice_agent_voice_activity"),
    "agent_is_speaking": ("reply_started", "binary_sensor.voice_agent_speaking"),
    "agent_has_problem": ("error", "binary_sensor.voice_agent_problem"),
    "conversation_is_active": ("conversation_started", "sensor.voice_agent_status"),
}
"""For each condition, a trigger after which it holds, and its entity."""


class Editor:
    """Creates automations through the API of the editor."""

    def __init__(self, api):
        self.api = api
        self.fired = []
        self.saved = 0

    async def listen(self):
        """Collect the events of the automations."""
        _, answers = await self.api.subscribe("subscribe_events", event_type="automation_fired")

        async def collect():
            while True:
                message = await answers.get()
                if message["type"] == "event":
                    self.fired.append(message["event"]["data"])

        return asyncio.create_task(collect())

    async def offered(self, kind, target, needed):
        """The editor's offers for a target, once Home Assistant has loaded the integrations."""
        lists = {key: [value] for key, value in target.items()}
        async with asyncio.timeout(120):
            while True:
                found = await self.api.command(f"get_{kind}_for_target", target=lists)
                offered = {name for name in found if name.startswith("playai.")}
                if needed <= offered:
                    return offered
                await asyncio.sleep(0.1)

    async def save(self, name, trigger, conditions=()):
        path = f"/api/config/automation/config/{name.replace(' ', '_')}"
        automation = {
            "alias": name,
            "triggers": [trigger],
            "conditions": list(conditions),
            "actions": [ACTION],
            "mode": "parallel",
        }
        assert await self.api.post(path, automation) == {"result": "ok"}
        self.saved += 1

    async def until_all_are_on(self):
        """Wait until Home Assistant has loaded all automations."""
        async with asyncio.timeout(120):
            while True:
                states = await self.api.command("get_states")
                found = [s["state"] for s in states if s["entity_id"].startswith("automation.")]
                if found == ["on"] * self.saved:
                    return
                await asyncio.sleep(0.1)

    def times(self, way):
        """How often each trigger with one kind of target fired."""
        names = [data["name"].split() for data in self.fired]
        return Counter(name for name, named in names if named == way)

    async def until_fired(self, trigger, times):
        async with asyncio.timeout(120):
            while self.times("device")[f"playai.{trigger}"] < times:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def targets_of_the_agent(api):
    """Assign the agent to an area; return targets of each kind."""
    devices = await api.command("config/device_registry/list")
    [device_id] = [device["id"] for device in devices if device["name"] == "Voice agent"]
    area = await api.command("config/area_registry/create", name="Kitchen")
    area_id = area["area_id"]
    await api.command("config/device_registry/update", device_id=device_id, area_id=area_id)
    return {
        "entity": {"entity_id": "event.voice_agent_activity"},
        "device": {"device_id": device_id},
        "area": {"area_id": area_id},
    }


async def automate(editor, targets):
    """Create an automation for everything that the editor offers."""
    for way, target in targets.items():
        offered = await editor.offered("triggers", target, TRIGGERS)
        assert offered == TRIGGERS
        for trigger in offered:
            await editor.save(f"{trigger} {way}", {"trigger": trigger, "target": target})
            foreign = {"trigger": trigger, "target": {"entity_id": FOREIGN}}
            await editor.save(f"{trigger} foreign-{way}", foreign)
    for name, (trigger, entity_id) in CONDITIONS.items():
        for way, target in {**targets, "entity": {"entity_id": entity_id}}.items():
            await editor.offered("conditions", target, {f"playai.{name}"})
            condition = {"condition": f"playai.{name}", "target": target}
            await editor.save(
                f"playai.{name} {way}",
                {"trigger": f"playai.{trigger}", "target": targets["device"]},
                [condition | {"options": {"behavior": "any"}}],
            )
    await editor.until_all_are_on()


async def talk(home, pipeline, editor):
    """Run a conversation in which everything happens that has a trigger."""

    async def turn():
        return await ask(home, pipeline, QUESTION, conversation_id="kitchen")

    async def answered_turn():
        asked = await turn()
        assert asked.said, f"{asked.error} ({asked.heard})"

    await answered_turn()
    await editor.until_fired("reply_finished", 1)
    await answered_turn()
    await answered_turn()  # Interrupts the previous answer.
    await editor.until_fired("reply_finished", 2)
    await asyncio.gather(turn(), turn())  # The second replaces the first.
    await editor.until_fired("reply_finished", 3)
    for activity in ("session_started", "reply_started", "error"):
        await home.api.post("/api/events/door", {"type": activity})
    button = {"entity_id": "button.voice_agent_end_conversation"}
    await home.api.post("/api/services/button/press", button)
    await editor.until_fired("conversation_ended", 1)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", HOME_ASSISTANTS)
async def test_automations(tmp_path, version):
    more = FOREIGN_CONFIGURATION
    async with Home(tmp_path / "home", hass=version, configuration=more) as home:
        pipeline = await home.add_agent()
        editor = Editor(home.api)
        listening = await editor.listen()
        targets = await targets_of_the_agent(home.api)
        await automate(editor, targets)
        await talk(home, pipeline, editor)
        states = await home.api.command("get_states")
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    [foreign] = [state for state in states if state["entity_id"] == FOREIGN]
    assert foreign["attributes"]["event_type"] == "error"
    assert not [data for data in editor.fired if "foreign" in data["name"]]
    times = editor.times("device")
    assert times == editor.times("entity") == editor.times("area")
    spoken = times.pop("playai.user_started_speaking")
    assert times.pop("playai.user_is_speaking") == spoken >= 4
    assert times.pop("playai.user_stopped_speaking") >= 4
    assert times == {
        "playai.conversation_started": 1,
        "playai.conversation_is_active": 1,
        "playai.reply_started": 4,
        "playai.agent_is_speaking": 4,
        "playai.reply_finished": 3,
        "playai.reply_interrupted": 1,
        "playai.error": 1,
        "playai.agent_has_problem": 1,
        "playai.conversation_ended": 1,
    }
    for data in editor.fired:
        assert data["device_id"] == targets["device"]["device_id"]
        assert data["conversation_id"] == "kitchen"
        assert data["kind"] == ("replaced" if "error" in data["name"] else data["kind"])
        assert data["duration"] > 1 or "reply_finished" not in data["name"]
