"""Runs the examples of the documents, word for word."""

import asyncio
import json
import re
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import yaml
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import callback
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.playai.agent import ErrorKind
from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.condition import CONDITIONS
from custom_components.playai.health import issues
from custom_components.playai.models import Activity
from custom_components.playai.services import SCHEMAS
from custom_components.playai.trigger import TRIGGERS
from tests.agent.talk import AE, E, N, S, speech, until

from .agents import hear_out, says
from .automations import device_of, targets
from .test_setup import ENTITIES
from .test_texts import TEXTS

AUTOMATION = "automation"
WAIT_SECONDS = 30.0
SECOND, THIRD = 0x11, 0x12
"""Levels of questions, as bytes of µ-law."""

DOCS = Path(__file__).parents[2] / "docs"
OTHERS = {
    "light": ["turn_on", "turn_off"],
    "logbook": ["log"],
    "media_player": ["play_media", "volume_mute"],
}
"""Actions of devices that the tests do not have, and actions that need a database."""


def blocks(name, language):
    """The examples of a document."""
    text = (DOCS / name).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def automations(name):
    found = [yaml.safe_load(block) for block in blocks(name, "yaml")]
    return [automation for automation in found if "alias" in automation]


def rows(name, heading):
    """The names in the first column of the table under a heading."""
    section = (DOCS / name).read_text().split(f"# {heading}\n")[1].split("\n#")[0]
    return [
        re.findall(r"`([a-z_.]+)`", line.split("|")[1])[-1]
        for line in section.splitlines()
        if line.startswith("| ") and "`" in line.split("|")[1]
    ]


@pytest.mark.parametrize("name", ["automations.md", "entities.md", "errors.md"])
async def test_automations(meet, voice, hass, *, name):
    satellite = await meet(script)
    kitchen = targets(satellite, "event", "activity")["area"]
    assert kitchen == {"area_id": "kitchen"}
    for domain, services in OTHERS.items():
        for service in services:
            async_mock_service(hass, domain, service)
    config = {"counter": {"interrupted_answers": {}}}
    for component in ("counter", "persistent_notification"):
        assert await async_setup_component(hass, component, config)
    await run(satellite, automations(name))


async def run(satellite, examples):
    """Set automations up, talk, and check that each has started."""
    hass = satellite.hass
    device_id = device_of(hass, satellite.entry)
    text = json.dumps(examples).replace("DEVICE_ID", device_id)
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: json.loads(text)})
    await hass.async_block_till_done()
    hass.states.async_set("binary_sensor.doorbell", "off")
    stop_ringing = hass.bus.async_listen(EVENT_STATE_CHANGED, partial(ring, hass))
    try:
        await talk(satellite)
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                await until(lambda: all(map(has_run, hass.states.async_all(AUTOMATION))))
    finally:
        stop_ringing()
    states = hass.states.async_all(AUTOMATION)
    assert len(states) == len(examples) > 0
    for state in states:
        assert has_run(state), state.name


def has_run(automation):
    """Return whether an automation has started."""
    return automation.attributes["last_triggered"] is not None


@callback
def ring(hass, event):
    """Ring at the door in every state of the agent, however short it is."""
    if "voice_agent" in event.data["entity_id"]:
        hass.states.async_set("binary_sensor.doorbell", "on")
        hass.states.async_set("binary_sensor.doorbell", "off")


async def script(peer):
    """One interrupted answer, one complete answer, and an error."""
    await peer.hear_voice(0.2)
    await peer.send(S)
    await asyncio.sleep(0.3)
    await peer.send(E, N, speech(5))
    await hear_level(peer, SECOND)
    await hear_out(peer)
    await asyncio.sleep(0.3)
    await peer.send(N, speech(0.5), AE)
    await hear_level(peer, THIRD)
    await hear_out(peer)
    await peer.send(ErrorMessage(3003, "no idea"))
    await peer.closed.wait()


async def hear_level(peer, level):
    """Wait for a question: the rest of the one before has another level."""
    while peer.voice[-1] != level:
        await peer.hear_voice((len(peer.voice) + 1) / 16_000)


async def talk(satellite):
    """Cause every event, and leave the agent unreachable."""
    hass, coordinator = satellite.hass, satellite.entry.runtime_data
    place = {"satellite_id": "assist_satellite.kitchen", "device_id": "kitchen"}
    first = asyncio.create_task(satellite.ask(conversation_id="kitchen", **place))
    await until(lambda: coordinator.data.speaking)
    await asyncio.sleep(0.2)
    await satellite.ask(SECOND, conversation_id="kitchen", **place)
    await first
    await until(lambda: not coordinator.data.speaking)
    await satellite.ask(THIRD, conversation_id="kitchen", **place)
    await asyncio.sleep(0.2)
    hass.states.async_set("binary_sensor.front_door", "off")
    hass.states.async_set("binary_sensor.front_door", "on")
    await coordinator.conversations.async_end_all()
    await satellite.server.stop()
    for issue in issues.ALL:
        issues.async_report(hass, satellite.entry, issue)
    await satellite.ask()
    assert not coordinator.data.connected


async def test_actions(hass, meet):
    """The actions that users call."""
    await meet(says())
    assert await async_setup_component(hass, "logger", {})
    actions = [yaml.safe_load(block) for block in blocks("errors.md", "yaml")]
    [action] = [action for action in actions if "action" in action]
    domain, service = action["action"].split(".")
    await hass.services.async_call(domain, service, action["data"], blocking=True)


@pytest.mark.parametrize("number", range(len(blocks("options.md", "json"))))
async def test_options(meet, voice, hass, number):
    satellite = await meet(says())
    options = json.loads(blocks("options.md", "json")[number])
    flows = hass.config_entries.options
    form = await flows.async_init(satellite.entry.entry_id)
    await flows.async_configure(form["flow_id"], options)
    await hass.async_block_till_done()
    advanced = options.pop("advanced")
    if options["answer_with"] == "agent":
        del options["answer_with"]  # The default for this server, which is not saved.
    assert satellite.entry.options == {"speak_with": None} | options | advanced
    run = await satellite.ask(seconds=0.6)
    assert run.audio
    setup = satellite.server.peers[-1].setup
    assert setup.output_sample_rate == int(advanced["output_sample_rate"])
    assert setup.enable_vad is advanced["enable_vad"]


def test_tables_are_complete():
    assert set(rows("entities.md", "Entities")) == set(ENTITIES)
    assert rows("entities.md", "Event types") == [activity.value for activity in Activity]
    assert rows("automations.md", "Triggers") == [f"playai.{name}" for name in TRIGGERS]
    assert rows("automations.md", "Conditions") == [f"playai.{name}" for name in CONDITIONS]
    assert rows("automations.md", "Actions") == [f"playai.{name}" for name in SCHEMAS]
    assert rows("errors.md", "Errors") == [kind.value for kind in ErrorKind]
    assert rows("errors.md", "Repairs") == list(issues.ALL)
    init = TEXTS["options"]["step"]["init"]
    options = [*init["data"], *init["sections"]["advanced"]["data"]]
    assert sorted(rows("options.md", "Options")) == sorted(options)
    fields = TEXTS["config"]["step"]["user"]["data"]
    assert rows("options.md", "Connection") == list(fields)


def test_every_action_has_a_valid_example():
    found = [yaml.safe_load(block) for block in blocks("automations.md", "yaml")]
    actions = [block for block in found if "action" in block]
    assert {action["action"] for action in actions} == {f"playai.{name}" for name in SCHEMAS}
    for action in actions:
        SCHEMAS[action["action"].removeprefix("playai.")](action["data"])


def test_every_trigger_condition_and_entity_has_an_example():
    used = json.dumps(automations("automations.md"))
    for name in (*TRIGGERS, *CONDITIONS):
        assert f'"playai.{name}"' in used
    used = "".join([*blocks("entities.md", "yaml"), *blocks("entities.md", "console")])
    for entity_id in ENTITIES:
        assert entity_id in used


def test_spoken_texts_of_errors_are_documented():
    lines = (DOCS / "errors.md").read_text().splitlines()
    for kind in ErrorKind:
        [row] = [line for line in lines if line.startswith(f"| `{kind}` |")]
        heard = TEXTS["exceptions"][kind]["message"].replace("{message}", "…")
        assert row.split(" | ")[2] == heard
