"""The line that each turn leaves in Home Assistant's logbook."""

import asyncio
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.playai.agent.messages import AgentTranscript, ErrorMessage, UserTranscript
from custom_components.playai.assist.turn_event import MAX_CHARACTERS
from custom_components.playai.const import EVENT_TURN
from tests.agent.talk import AE, N, speech, until

from .agents import each_turn, hear_out, says
from .automations import device_of
from .other_engines import StreamingAgent, set_up

ANSWER = says(asked="What time is it?", words="Half past nine.")
LINE = "“What time is it?” → “Half past nine.”"
LINES_OF_ENTITIES = {
    "stt.voice_agent_microphone": 1,
    "conversation.voice_agent": 1,
    "tts.voice_agent_voice": 1,
    "sensor.voice_agent_status": 5,
    "binary_sensor.voice_agent_voice_activity": 2,
    "binary_sensor.voice_agent_speaking": 2,
    "event.voice_agent_activity": 5,
}
"""The lines of a spoken turn that Home Assistant has no way to omit."""
EXAMPLE, NO_WORDS = [
    yaml.safe_load(block)
    for block in re.findall(
        r"^```yaml\n(.*?)^```$",
        (Path(__file__).parents[2] / "docs/entities.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    if block.startswith(("logbook:", "recorder:"))
]
"""The configurations that the documentation recommends."""


@pytest.fixture
async def mock_recorder_before_hass(async_test_recorder):
    """Start the recorder of the test, which keeps all changes."""


@pytest.fixture
async def lines(recorder_mock, hass, hass_ws_client):
    """Return the lines of the logbook, as the frontend gets them."""
    began = dt_util.utcnow()
    assert await async_setup_component(hass, "logbook", {"logbook": EXAMPLE["logbook"]})

    async def read(**fields):
        await async_wait_recording_done(hass)
        client = await hass_ws_client(hass)
        await client.send_json_auto_id(
            {
                "type": "logbook/get_events",
                "start_time": (began - timedelta(seconds=1)).isoformat(),
                "end_time": (dt_util.utcnow() + timedelta(seconds=1)).isoformat(),
                **fields,
            }
        )
        answer = await client.receive_json()
        assert answer["success"], answer
        await client.close()
        return answer["result"]

    return read


def of_turns(entries):
    """The messages of the lines that the integration describes."""
    return [entry["message"] for entry in entries if entry.get("domain") == "playai"]


def of_states(entries):
    """The number of lines for changes of each entity's state."""
    return Counter(entry["entity_id"] for entry in entries if "state" in entry)


def of_device(hass, entry):
    """The fields of the request that the page of a device sends to the logbook."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {
        "device_ids": [device_of(hass, entry)],
        "entity_ids": [entity.entity_id for entity in entities],
    }


async def test_one_line_for_each_turn(lines, meet):
    satellite = await meet(ANSWER)
    await satellite.ask(conversation_id="kitchen")
    await satellite.ask(conversation_id="kitchen")
    await until(lambda: not satellite.entry.runtime_data.data.speaking)
    entries = await lines()
    turns = [entry for entry in entries if "message" in entry]
    assert [turn["message"] for turn in turns] == [LINE, LINE]
    assert {turn["name"] for turn in turns} == {"Voice agent"}
    assert {turn["entity_id"] for turn in turns} == {"conversation.voice_agent"}
    assert set(of_states(entries)) <= {"conversation.voice_agent"}


async def test_lines_of_the_entities(lines, meet, hass):
    """No more than these: Home Assistant only omits the lines of numeric sensors."""
    satellite = await meet(ANSWER)
    await satellite.ask(conversation_id="kitchen")
    await until(lambda: not satellite.entry.runtime_data.data.speaking)
    entries = await lines(**of_device(hass, satellite.entry))
    assert of_turns(entries) == [LINE]
    assert of_states(entries) <= Counter(LINES_OF_ENTITIES)


async def test_line_is_shown_with_the_device(lines, meet, hass):
    satellite = await meet(ANSWER)
    await satellite.ask()
    device_id = device_of(hass, satellite.entry)
    assert of_turns(await lines(device_ids=[device_id])) == [LINE]


async def test_line_is_shown_with_the_entity(lines, meet):
    """The logbook's own page and card ask for the entities of a device, not for the device."""
    satellite = await meet(ANSWER)
    await satellite.ask()
    assert of_turns(await lines(entity_ids=["conversation.voice_agent"])) == [LINE]


@pytest.mark.parametrize("fields", [{}, {"entity_ids": ["conversation.voice_agent"]}])
async def test_line_appears_while_the_logbook_is_open(lines, meet, hass, hass_ws_client, fields):
    satellite = await meet(ANSWER)
    client = await hass_ws_client(hass)
    now = dt_util.utcnow().isoformat()
    await client.send_json_auto_id({"type": "logbook/event_stream", "start_time": now, **fields})
    await satellite.ask()
    async with asyncio.timeout(30):
        while True:
            message = await client.receive_json()
            if LINE in of_turns(message.get("event", {}).get("events", [])):
                break


async def test_typed_turn(lines, meet, hass, hass_ws_client):
    agent = StreamingAgent("Three", " of them.")
    await set_up(hass, "conversation", agent)
    satellite = await meet(says(), answer_with=agent.entity_id)
    await satellite.write(hass_ws_client, "How many lights are on?")
    assert of_turns(await lines()) == ["“How many lights are on?” → “Three of them.”"]


async def test_words_that_come_late(lines, meet):
    async def answer(peer):
        await peer.send(N, speech(0.2), UserTranscript("Hello"), AgentTranscript("Hi."), AE)

    satellite = await meet(each_turn(answer))
    await satellite.ask()
    assert of_turns(await lines()) == ["“Hello” → “Hi.”"]


async def test_failed_turn(lines, meet, voice):
    async def script(peer):
        await hear_out(peer)
        await peer.send(UserTranscript("Hello"), ErrorMessage(3003, "no idea"))
        await peer.closed.wait()

    satellite = await meet(script)
    run = await satellite.ask()
    assert of_turns(await lines()) == [f"“Hello” → “{run.said}”"]


async def test_long_texts_are_shortened(lines, meet, hass):
    satellite = await meet(says(asked="word " * 500, words="word\n" * 500))
    events = async_capture_events(hass, EVENT_TURN)
    await satellite.ask()
    [turn] = events
    for text in (turn.data["question"], turn.data["answer"]):
        assert len(text) <= MAX_CHARACTERS
        assert text.endswith("word…")
        assert "\n" not in text


async def test_line_of_an_agent_that_was_removed(lines, meet, hass):
    satellite = await meet(ANSWER)
    await satellite.ask()
    await hass.config_entries.async_remove(satellite.entry.entry_id)
    [entry] = [entry for entry in await lines() if "message" in entry]
    assert (entry["name"], entry["message"]) == ("conversation.voice_agent", LINE)


@pytest.mark.parametrize("recorder_config", [NO_WORDS["recorder"]])
async def test_words_are_not_recorded_if_the_event_is_excluded(recorder_config, lines, meet):
    satellite = await meet(ANSWER)
    await satellite.ask()
    assert of_turns(await lines()) == []
