"""Questions in which Home Assistant's own agent ignores words: its answer would be wrong."""

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.components.weather import WeatherEntityFeature
from homeassistant.setup import async_setup_component

from custom_components.playai.agent import AnswerEnd

from .test_home_answers import FEATURES, AskingAgent, log_of


async def ask(meet, hass, question):
    for component in ("intent", "weather"):
        assert await async_setup_component(hass, component, {})
    attributes = {
        "friendly_name": "Home",
        "temperature": 11.0,
        "temperature_unit": "°C",
        "supported_features": WeatherEntityFeature(0),
    }
    hass.states.async_set("weather.home", "sunny", attributes)
    async_expose_entity(hass, "conversation", "weather.home", True)
    hass.states.async_set("zone.work", "0", {"friendly_name": "Work"})
    agent = AskingAgent(question)
    satellite = await meet(agent, features=FEATURES)
    run = await satellite.ask(conversation_id="kitchen")
    return agent, run


@pytest.mark.parametrize(
    "question",
    [
        "what time is it in New York",
        "what's the time difference to London",
        "what's the date next Friday",
        "what day is it tomorrow",
        "how's the weather in Paris",
        "what's the weather like in the evening",
        "what's the weather for tomorrow",
        "who is the president of France",
    ],
)
async def test_the_agent_answers_instead(meet, hass, question):
    agent, run = await ask(meet, hass, question)
    assert agent.ends == [AnswerEnd(error="not_understood")]
    assert run.said == "The agent knows."
    assert [each.content for each in log_of(hass, "kitchen")] == [question, "The agent knows."]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what time is it", "M"),
        ("what is the date", "20"),
        ("how's the weather at the moment", "sunny"),
        ("what's the weather looking like", "sunny"),
        ("who is at home", "Not any"),
        ("who is at work", "Not any"),
    ],
)
async def test_the_home_answers_about_here_and_now(meet, hass, question, answer):
    agent, run = await ask(meet, hass, question)
    assert agent.ends == [AnswerEnd()]
    assert answer in run.said
