"""Options that are saved while the agent is in use."""

import asyncio

import pytest
from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.components.conversation import ConversationEntityFeature

from custom_components.playai.agent import AgentFeatures
from tests.agent.talk import until

from .agents import says
from .satellite import Run
from .test_config_flow import ADVANCED, choose


async def test_options_do_not_disturb_a_conversation(hass, meet):
    satellite = await meet(says(), says(seconds=0.3))
    await satellite.ask(conversation_id="idle")
    await until(lambda: not satellite.entry.runtime_data.conversations.is_busy)
    form = await hass.config_entries.options.async_init(satellite.entry.entry_id)
    run = Run()
    talking = asyncio.create_task(satellite.ask(conversation_id="busy", run=run, fast=False))
    await until(lambda: PipelineEventType.STT_START in run.kinds)
    await choose(hass, form, advanced=ADVANCED | {"output_sample_rate": "16000"})
    await talking
    assert run.audio
    idle, busy = satellite.peers
    await until(idle.closed.is_set)
    assert not busy.closed.is_set()
    assert busy.setup.output_sample_rate == 24_000


async def test_options_take_effect_from_the_next_turn(hass, meet):
    satellite = await meet(says(), says())
    await satellite.ask(conversation_id="kitchen")
    await until(lambda: not satellite.entry.runtime_data.conversations.is_busy)
    form = await hass.config_entries.options.async_init(satellite.entry.entry_id)
    chosen = {
        "answer_with": "conversation.home_assistant",
        "advanced": ADVANCED | {"output_sample_rate": "16000"},
    }
    await choose(hass, form, **chosen)
    state = hass.states.get(satellite.entity_id("conversation"))
    assert state.attributes["supported_features"] == ConversationEntityFeature.CONTROL
    assert (await satellite.ask(conversation_id="kitchen")).audio
    assert satellite.peers[1].setup.output_sample_rate == 16_000


async def test_run_that_starts_while_options_are_saved(hass, meet):
    satellite = await meet(says(), says())
    await satellite.ask(conversation_id="idle")
    form = await hass.config_entries.options.async_init(satellite.entry.entry_id)
    _, run = await asyncio.gather(
        choose(hass, form, keep_listening="always"), satellite.ask(conversation_id="kitchen")
    )
    assert run.audio


@pytest.mark.parametrize(
    ("features", "shown"), [(AgentFeatures("Agent", ("en", "de")), "en, de"), (None, "—")]
)
async def test_options_show_the_languages_of_the_agent(hass, meet, features, shown):
    satellite = await meet(says(), features=features)
    form = await hass.config_entries.options.async_init(satellite.entry.entry_id)
    assert form["description_placeholders"] == {"languages": shown}


async def test_options_of_an_agent_that_is_not_loaded(hass, meet):
    satellite = await meet(says(), features=AgentFeatures("Agent", ("en",)))
    await hass.config_entries.async_unload(satellite.entry.entry_id)
    form = await hass.config_entries.options.async_init(satellite.entry.entry_id)
    assert form["description_placeholders"] == {"languages": "—"}
