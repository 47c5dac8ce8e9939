"""Automations that are set up as the editor does, in the running program, while people talk."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.recordings import RECORDINGS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from home import Home  # noqa: E402
from spoken_turn import ask  # noqa: E402

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
CONDITIONS = {
    "user_is_speaking": ("user_started_speaking", "binary_sensor.voice_agent_voice_activity"),
    "agent_is_speaking": ("reply_started", "binary_sensor.voice_agent_speaking"),
    "agent_has_problem": ("error", "binary_sensor.voice_agent_problem"),
    "conversation_is_active": ("conversation_started", "sensor.voice_agent_status"),
}
"""The trigger at which each holds, and the entity that shows it."""


class Editor:
    """Makes automations over the API that the editor uses."""

    def __init__(self, api):
        self.api = api
        self.fired = []
        self.saved = 0

    async def listen(self):
        """Collect what fires."""
        _, answers = await self.api.subscribe("subscribe_events", event_type="automation_fired")

        async def collect():
            while True:
                message = await answers.get()
                if message["type"] == "event":
                    self.fired.append(message["event"]["data"])

        return asyncio.create_task(collect())

    async def offered(self, kind, target):
        """What the editor shows for a target."""
        lists = {key: [value] for key, value in target.items()}
        found = await self.api.command(f"get_{kind}_for_target", target=lists)
        return {name for name in found if name.startswith("playai.")}

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
        """Wait until Home Assistant has loaded what was saved."""
        async with asyncio.timeout(30):
            while True:
                states = await self.api.command("get_states")
                found = [s["state"] for s in states if s["entity_id"].startswith("automation.")]
                if found == ["on"] * self.saved:
                    return
                await asyncio.sleep(0.1)

    def times(self, suffix):
        return Counter(
            data["name"].removesuffix(suffix) for data in self.fired if data["name"].endswith(suffix)
        )


async def fires(editor, name, times):
    async with asyncio.timeout(30):
        while sum(data["name"] == name for data in editor.fired) < times:
            await asyncio.sleep(0.05)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("version", ["ha10", "ha11"])
async def test_automations(tmp_path, version):
    more = FOREIGN_CONFIGURATION
    async with Home(tmp_path / "home", hass=version, configuration=more) as home:
        pipeline = await home.add_agent()
        api = home.api
        devices = await api.command("config/device_registry/list")
        [device_id] = [d["id"] for d in devices if d["name"] == "Voice agent"]
        area = await api.command("config/area_registry/create", name="Kitchen")
        area_id = area["area_id"]
        await api.command("config/device_registry/update", device_id=device_id, area_id=area_id)
        targets = {
            "entity": {"entity_id": "event.voice_agent_activity"},
            "device": {"device_id": device_id},
            "area": {"area_id": area_id},
        }
        editor = Editor(api)
        listening = await editor.listen()
        assert await editor.offered("triggers", {"entity_id": FOREIGN}) == set()
        for way, target in targets.items():
            triggers = await editor.offered("triggers", target)
            assert len(triggers) == 8
            for trigger in triggers:
                await editor.save(f"{trigger} {way}", {"trigger": trigger, "target": target})
        for trigger in triggers:
            target = {"entity_id": FOREIGN}
            await editor.save(f"{trigger} foreign", {"trigger": trigger, "target": target})
        for name, (trigger, entity_id) in CONDITIONS.items():
            for way, target in {**targets, "entity": {"entity_id": entity_id}}.items():
                assert f"playai.{name}" in await editor.offered("conditions", target)
                options = {"behavior": "any"}
                await editor.save(
                    f"playai.{name} {way}",
                    {"trigger": f"playai.{trigger}", "target": targets["device"]},
                    [{"condition": f"playai.{name}", "target": target, "options": options}],
                )
        await editor.until_all_are_on()

        await ask(home, pipeline, QUESTION, conversation_id="kitchen")
        await fires(editor, "playai.reply_finished device", 1)
        await ask(home, pipeline, QUESTION, conversation_id="kitchen")
        await ask(home, pipeline, QUESTION, conversation_id="kitchen")  # Before that was played.
        await fires(editor, "playai.reply_finished device", 2)
        await asyncio.gather(  # The second replaces the first.
            *(ask(home, pipeline, QUESTION, conversation_id="kitchen") for _ in range(2))
        )
        await fires(editor, "playai.reply_finished device", 3)
        for activity in ("session_started", "reply_started", "error"):
            await api.post("/api/events/door", {"type": activity})
        button = {"entity_id": "button.voice_agent_end_conversation"}
        await api.post("/api/services/button/press", button)
        await fires(editor, "playai.conversation_ended device", 1)
        [state] = [s for s in await api.command("get_states") if s["entity_id"] == FOREIGN]
        assert state["attributes"]["event_type"] == "error"
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    by_device = editor.times(" device")
    assert by_device == editor.times(" entity") == editor.times(" area")
    assert editor.times(" foreign") == {}
    assert by_device["playai.conversation_started"] == by_device["playai.conversation_ended"] == 1
    assert by_device["playai.reply_started"] == 4
    assert by_device["playai.reply_finished"] == 3
    assert by_device["playai.reply_interrupted"] == by_device["playai.error"] == 1
    assert by_device["playai.user_started_speaking"] >= 4
    assert by_device["playai.user_stopped_speaking"] >= 4
    for name, (trigger, _) in CONDITIONS.items():
        assert by_device[f"playai.{name}"] == by_device[f"playai.{trigger}"], name
    for data in editor.fired:
        assert data["device_id"] == device_id
        assert data["conversation_id"] == "kitchen"
    [error] = [data for data in editor.fired if data["name"] == "playai.error device"]
    assert error["kind"] == "replaced"
    finished = [data for data in editor.fired if data["name"] == "playai.reply_finished device"]
    assert all(data["duration"] > 1 for data in finished)
