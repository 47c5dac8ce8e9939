"""Models of another project's server answer, through Home Assistant's own integrations."""

from typing import Any

import pytest

from tests.harness.changes import record_changes
from tests.harness.demo_home import KITCHEN, LIVING_ROOM, demo_home
from tests.harness.home import Home
from tests.harness.models.aimock import MODEL, aimock, is_installed
from tests.harness.models.answering import add_ollama, add_openai, answer_with
from tests.harness.models.tap import ModelTap
from tests.harness.spoken_turn import ask_satellite, first_sound

from .models import (
    CONFIRMATION,
    KITCHEN_LIGHTS,
    QUESTION,
    STORY_REQUEST,
    answer_question,
    interruption_stops_the_model,
    speak,
)

STORY = (
    "Once upon a time there was a lamp. It stood in a small kitchen, next to the window. Nobody "
    "ever switched it off, because it was so friendly. One day it met a candle. They talked about "
    "the weather. In the end both were happy."
)
CUT_OFF = "I would say that there a"
"""The received part of an answer whose connection is lost: twice twelve characters."""

FIXTURES: list[dict[str, Any]] = [
    {
        "match": {"userMessage": "brighter", "hasToolResult": True},
        "response": {"content": "The kitchen is brighter now."},
    },
    {
        "match": {"userMessage": "brighter", "systemMessage": "You are in area Kitchen"},
        "response": {
            "toolCalls": [
                {
                    "name": "intent__HassTurnOn",
                    "arguments": {"area": "Kitchen", "domain": ["light"]},
                }
            ]
        },
    },
    {
        "match": {"userMessage": "story"},
        "response": {"content": STORY},
        "chunkSize": 12,
        "streamingProfile": {"ttft": 200, "tps": 2},
    },
    {"match": {"userMessage": "warmer"}, "response": {"content": QUESTION}},
    {
        "match": {"userMessage": "guess"},
        "response": {"content": f"{CUT_OFF}re more than five of them."},
        "chunkSize": 12,
        "truncateAfterChunks": 2,
    },
    {
        "match": {"userMessage": "expensive"},
        "response": {"error": {"message": "Too many", "type": "rate_limit_error"}, "status": 429},
    },
    {"match": {}, "response": {"content": CONFIRMATION}},
]


@pytest.mark.skipif(not is_installed(), reason="scripts/model-servers has not installed aimock")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("integration", ["ollama", "openai_conversation"])
async def test_models_of_another_server(tmp_path, integration):
    async with (
        aimock(tmp_path, FIXTURES) as url,
        ModelTap(url) as model,
        demo_home(tmp_path / "home", environment={"OPENAI_BASE_URL": f"{model.url}/v1"}) as home,
    ):
        if integration == "ollama":
            agent = await add_ollama(home, model.url, MODEL)
        else:
            agent = await add_openai(home)
        await answer_with(home, agent)
        await switches_only_the_room(home)
        await words_are_spoken_while_they_come(home, model)
        await answer_question(home)
        await interruption_stops_the_model(home, model)
        await failures_are_explained(home)


async def switches_only_the_room(home: Home) -> None:
    async with record_changes(home.api) as changes:
        turn = await ask_satellite(home, KITCHEN, speak("Could you make it brighter in here?"))
    assert turn.said == "The kitchen is brighter now."
    assert {(change.entity_id, change.after) for change in changes} == KITCHEN_LIGHTS


async def words_are_spoken_while_they_come(home: Home, model: ModelTap) -> None:
    turn = await ask_satellite(home, LIVING_ROOM, speak(STORY_REQUEST))
    assert turn.said == STORY
    assert 0 < first_sound(turn) < model.requests[-1].parts_sent[-1]


async def failures_are_explained(home: Home) -> None:
    """Too many requests, and a connection that is lost in the middle of an answer."""
    for question in ("What is the most expensive of them?", "Please guess how many there are."):
        turn = await ask_satellite(home, KITCHEN, speak(question))
        assert len(turn.said.removeprefix(CUT_OFF)) > 20, turn.heard
        assert first_sound(turn)
        turn = await ask_satellite(home, KITCHEN, speak("Please go on."))
        assert turn.said == CONFIRMATION
