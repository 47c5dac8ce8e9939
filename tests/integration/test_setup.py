"""Setting up and removing an agent."""

import asyncio
from datetime import timedelta
from unittest.mock import Mock

import pytest
from homeassistant.components import assist_pipeline, persistent_notification, stt, tts
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STARTED,
    EVENT_HOMEASSISTANT_STOP,
    EntityCategory,
)
from homeassistant.core import CoreState
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.assist import pipeline as own_pipeline
from custom_components.playai.const import DOMAIN
from tests.agent.talk import until

from .agents import hear_out, says
from .other_engines import OtherEars, OtherVoice, set_up

ENTITIES = {
    "binary_sensor.voice_agent_connected": EntityCategory.DIAGNOSTIC,
    "binary_sensor.voice_agent_problem": None,
    "binary_sensor.voice_agent_speaking": None,
    "binary_sensor.voice_agent_voice_activity": None,
    "button.voice_agent_end_conversation": None,
    "conversation.voice_agent": None,
    "event.voice_agent_activity": None,
    "sensor.voice_agent_last_error": EntityCategory.DIAGNOSTIC,
    "sensor.voice_agent_response_time": EntityCategory.DIAGNOSTIC,
    "sensor.voice_agent_status": None,
    "stt.voice_agent_microphone": None,
    "tts.voice_agent_voice": None,
}
"""Entities for automations have no category, because triggers and conditions would skip them."""


def pipelines(hass):
    """The names of all pipelines but Home Assistant's own."""
    return [p.name for p in assist_pipeline.async_get_pipelines(hass)][1:]


async def test_entities_of_one_device(meet, hass):
    satellite = await meet(says())
    entities = er.async_entries_for_config_entry(er.async_get(hass), satellite.entry.entry_id)
    assert {entity.entity_id: entity.entity_category for entity in entities} == ENTITIES
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), satellite.entry.entry_id)
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert {entity.device_id for entity in entities} == {device.id}


async def test_pipeline_has_the_engines_of_the_agent(meet):
    satellite = await meet(says())
    pipeline = satellite.pipeline
    assert pipeline.name == "Voice agent"
    assert pipeline.stt_engine == "stt.voice_agent_microphone"
    assert pipeline.conversation_engine == "conversation.voice_agent"
    assert pipeline.tts_engine == "tts.voice_agent_voice"
    assert pipeline.conversation_language == "*"


async def test_pipeline_is_created_once(meet, hass):
    satellite = await meet(says())
    before = assist_pipeline.async_get_pipelines(hass)
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    await hass.async_block_till_done()
    assert assist_pipeline.async_get_pipelines(hass) == before
    run = await satellite.ask()
    assert run.audio


async def test_names_of_pipelines_are_unique(meet, hass):
    await meet(says())
    await meet(says(), agent_id="agent-2")
    assert pipelines(hass) == ["Voice agent", "Voice agent 2"]


async def test_pipeline_is_removed_with_the_agent(meet, hass):
    satellite = await meet(says())
    await hass.config_entries.async_remove(satellite.entry.entry_id)
    assert pipelines(hass) == []


async def preferred(hass, satellite, *, other):
    """Prefer another pipeline for a while, then that of the agent; return the other one."""
    pipeline = await assist_pipeline.async_create_default_pipeline(
        hass, stt_engine_id="stt.other_ears", tts_engine_id="tts.other_voice", pipeline_name=other
    )
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    store.async_set_preferred_item(pipeline.id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1, seconds=1))
    store.async_set_preferred_item(satellite.pipeline.id)
    return pipeline


async def test_pipeline_that_was_preferred_before_is_preferred_again(meet, voice, hass):
    await set_up(hass, "stt", OtherEars())
    satellite = await meet(says())
    other = await preferred(hass, satellite, other="Other")
    assert satellite.entry.data["previous_pipeline_id"] == other.id
    await hass.config_entries.async_remove(satellite.entry.entry_id)
    assert pipelines(hass) == ["Other"]
    assert assist_pipeline.async_get_pipeline(hass).id == other.id
    [notification] = persistent_notification._async_get_or_create_notifications(hass).values()
    assert notification["message"] == (
        "Voice agent was removed. It was the preferred voice assistant. Now Other is preferred."
    )


async def test_preferred_pipeline_without_a_known_previous_one(meet, voice, hass):
    """The one that was preferred before was deleted."""
    await set_up(hass, "stt", OtherEars())
    satellite = await meet(says())
    other = await preferred(hass, satellite, other="Other")
    await hass.data[KEY_ASSIST_PIPELINE].pipeline_store.async_delete_item(other.id)
    await hass.config_entries.async_remove(satellite.entry.entry_id)
    assert pipelines(hass) == []
    assert assist_pipeline.async_get_pipeline(hass).name == "Home Assistant"


async def test_only_pipeline_is_kept(meet, hass):
    satellite = await meet(says())
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    store.async_set_preferred_item(satellite.pipeline.id)
    for pipeline in assist_pipeline.async_get_pipelines(hass):
        if pipeline.id != satellite.pipeline.id:
            await store.async_delete_item(pipeline.id)
    await hass.config_entries.async_remove(satellite.entry.entry_id)
    assert [pipeline.name for pipeline in assist_pipeline.async_get_pipelines(hass)] == [
        "Voice agent"
    ]


async def test_pipeline_that_the_user_removed_is_not_created_again(meet, hass):
    satellite = await meet(says())
    await hass.data[KEY_ASSIST_PIPELINE].pipeline_store.async_delete_item(satellite.pipeline.id)
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    await hass.async_block_till_done()
    assert pipelines(hass) == []
    assert await hass.config_entries.async_remove(satellite.entry.entry_id)


async def test_set_up_while_home_assistant_starts(meet_later, hass):
    hass.set_state(CoreState.starting)
    entry = await meet_later(says())
    assert hass.states.async_entity_ids(["stt", "tts"]) == []
    assert "pipeline_id" not in entry.data
    await set_up(hass, "stt", OtherEars())
    await set_up(hass, "tts", OtherVoice())
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert pipelines(hass) == ["Voice agent"]
    assert entry.options["speak_with"] == "tts.other_voice"
    assert stt.async_default_engine(hass) == "stt.other_ears"
    assert tts.async_default_engine(hass) == "tts.other_voice"


@pytest.mark.parametrize("engine", ["stt", "tts"])
async def test_engine_that_somebody_has_disabled(meet, hass, engine):
    """Nothing waits for it: neither Home Assistant's start, nor a reload, nor its stop."""
    satellite = await meet(says())
    by_user = er.RegistryEntryDisabler.USER
    er.async_get(hass).async_update_entity(satellite.entity_id(engine), disabled_by=by_user)
    async with asyncio.timeout(30):
        for _ in range(2):
            assert await hass.config_entries.async_reload(satellite.entry.entry_id)
            await hass.async_block_till_done()
    assert satellite.entry.state is ConfigEntryState.LOADED


# Renamed entities, and private data of Home Assistant.


def rename(hass, satellite):
    """Rename the three engines, as a rename of the device offers."""
    for platform in ("stt", "conversation", "tts"):
        er.async_get(hass).async_update_entity(
            satellite.entity_id(platform), new_entity_id=f"{platform}.butler"
        )


def engines(hass, satellite):
    pipeline = assist_pipeline.async_get_pipeline(hass, satellite.pipeline.id)
    return [pipeline.stt_engine, pipeline.conversation_engine, pipeline.tts_engine]


BUTLER = ["stt.butler", "conversation.butler", "tts.butler"]


async def test_pipeline_follows_renamed_entities(meet, hass):
    satellite = await meet(says())
    rename(hass, satellite)
    await hass.async_block_till_done()
    assert engines(hass, satellite) == BUTLER
    assert (await satellite.ask()).audio


async def test_preferred_pipeline_is_followed_once(meet, hass, monkeypatch):
    follow = Mock()
    monkeypatch.setattr(own_pipeline, "async_follow_preferred", follow)
    satellite = await meet(says())
    rename(hass, satellite)
    await hass.async_block_till_done()
    follow.assert_called_once()


async def test_entities_renamed_while_the_agent_is_not_set_up(meet, hass):
    satellite = await meet(says())
    assert await hass.config_entries.async_unload(satellite.entry.entry_id)
    rename(hass, satellite)
    assert await hass.config_entries.async_setup(satellite.entry.entry_id)
    await hass.async_block_till_done()
    assert engines(hass, satellite) == BUTLER
    assert (await satellite.ask()).audio


async def test_engine_that_the_user_chose_is_kept(meet, hass):
    await set_up(hass, "stt", OtherEars())
    satellite = await meet(says())
    await assist_pipeline.async_update_pipeline(
        hass, satellite.pipeline, stt_engine="stt.other_ears"
    )
    rename(hass, satellite)
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    await hass.async_block_till_done()
    assert engines(hass, satellite) == ["stt.other_ears", *BUTLER[1:]]


@pytest.mark.parametrize("what", ["key", "data", "store"])
async def test_agent_is_removed_where_home_assistant_keeps_pipelines_elsewhere(
    meet, hass, monkeypatch, what
):
    satellite = await meet(says())
    with monkeypatch.context() as patch:
        if what == "key":
            patch.delattr("homeassistant.components.assist_pipeline.pipeline.KEY_ASSIST_PIPELINE")
        elif what == "data":
            patch.delitem(hass.data, KEY_ASSIST_PIPELINE)
        else:
            patch.setitem(hass.data, KEY_ASSIST_PIPELINE, object())
        await hass.config_entries.async_remove(satellite.entry.entry_id)
    assert hass.config_entries.async_entries(DOMAIN) == []
    assert pipelines(hass) == ["Voice agent"]


# The fallback voice.


async def test_voice_for_other_texts_is_found(meet, voice, hass):
    satellite = await meet(says())
    assert satellite.entry.options["speak_with"] == voice.entity_id
    assert ir.async_get(hass).issues == {}


async def test_voice_that_was_chosen_is_kept(meet, voice):
    satellite = await meet(says(), speak_with="tts.mine")
    assert satellite.entry.options["speak_with"] == "tts.mine"


async def test_missing_voice_is_a_repair_issue(meet, hass):
    satellite = await meet(says())
    issue_id = f"no_fallback_voice_{satellite.entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None
    await set_up(hass, "tts", OtherVoice())
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    await hass.async_block_till_done()
    assert satellite.entry.options["speak_with"] == "tts.other_voice"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None


async def test_issue_is_removed_with_the_agent(meet, hass):
    satellite = await meet(says())
    await hass.config_entries.async_remove(satellite.entry.entry_id)
    assert ir.async_get(hass).issues == {}


# Obstacles to the setup.


@pytest.mark.parametrize(
    ("code", "state", "flows"),
    [
        (2002, ConfigEntryState.SETUP_ERROR, ["reauth"]),
        (2003, ConfigEntryState.SETUP_ERROR, ["reauth"]),
        (1002, ConfigEntryState.LOADED, []),
        (1005, ConfigEntryState.LOADED, []),
        (5001, ConfigEntryState.LOADED, []),
    ],
)
async def test_refused(meet_later, hass, allowed_in_log, code, state, flows):  # noqa: PLR0917
    if flows:
        allowed_in_log.append("could not authenticate")

    async def refuse(peer):
        await peer.send(ErrorMessage(code, "no"))
        await peer.close()

    entry = await meet_later(first=refuse)
    assert entry.state is state
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == (
        flows
    )


# The end.


async def talk_and_keep_open(meet):
    """Open one idle and one busy conversation."""

    satellite = await meet(says(seconds=0.1), hear_out)
    await satellite.ask(conversation_id="kitchen")
    asking = asyncio.create_task(satellite.ask(conversation_id="bedroom"))
    await until(lambda: len(satellite.peers) == 2 and bool(satellite.peers[1].voice))
    return satellite, asking


async def test_unload_ends_all_conversations(meet, hass):
    satellite, asking = await talk_and_keep_open(meet)
    conversations = satellite.entry.runtime_data.conversations
    async with asyncio.timeout(30):
        assert await hass.config_entries.async_unload(satellite.entry.entry_id)
        for peer in satellite.peers:
            await peer.closed.wait()
    await asking
    assert not list(conversations)
    assert satellite.server.connections == 3


@pytest.mark.parametrize("expected_lingering_timers", [True])  # Home Assistant's own.
async def test_stop_ends_all_conversations(meet, hass):
    satellite, asking = await talk_and_keep_open(meet)
    async with asyncio.timeout(30):
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        for peer in satellite.peers:
            await peer.closed.wait()
    await asking
    assert not list(satellite.entry.runtime_data.conversations)
    assert satellite.server.connections == 3
