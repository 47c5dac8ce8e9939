"""A language model of the agent's server answers, with the tools of the home."""

from typing import Any

import pytest

from tests.harness import HOME_ASSISTANTS
from tests.harness.changes import record_changes
from tests.harness.demo_home import KITCHEN, LIVING_ROOM, demo_home
from tests.harness.home import Home
from tests.harness.models.aimock import MODEL, aimock, is_installed
from tests.harness.models.answering import answer_with
from tests.harness.models.tap import ModelTap
from tests.harness.spoken_turn import ask_satellite, first_sound

from .models import KITCHEN_LIGHTS, speak

KEY = "sk-test-0123456789abcdef"
TURN_ON = {"area": "Kitchen", "domain": ["light"]}
FIXTURES: list[dict[str, Any]] = [
    {
        "match": {"userMessage": "brighter", "hasToolResult": True},
        "response": {"content": "The kitchen is **brighter** now."},
    },
    {
        "match": {"userMessage": "brighter", "systemMessage": "Kitchen"},
        "response": {"toolCalls": [{"name": "intent__HassTurnOn", "arguments": TURN_ON}]},
    },
    # The model also reads the question that failed: it is a part of the same message.
    {"match": {"userMessage": "go on"}, "response": {"content": "All right."}},
    {
        "match": {"userMessage": "expensive"},
        "response": {"error": {"message": "Too many", "type": "rate_limit_error"}, "status": 429},
    },
]


@pytest.mark.skipif(not is_installed(), reason="scripts/model-servers has not installed aimock")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", HOME_ASSISTANTS)
async def test_model_of_the_server_uses_the_home(tmp_path, version):
    async with aimock(tmp_path, FIXTURES) as url, ModelTap(url) as tap:
        engines = (
            f"brain = {{ openai = '{tap.url}/v1', model = '{MODEL}', key = '{KEY}', tools = true }}"
        )
        async with demo_home(tmp_path / "home", hass=version, engines=engines) as home:
            await answer_with(home, "agent", llm_apis=["assist"])
            await switches_only_the_room(home)
            await failure_costs_one_turn(home)
        log = (tmp_path / "home" / "agent.log").read_text()
    assert KEY not in log


async def switches_only_the_room(home: Home) -> None:
    async with record_changes(home.api) as changes:
        turn = await ask_satellite(home, KITCHEN, speak("Could you make it brighter in here?"))
    # On a busy machine, a tool takes so long that the agent says something meanwhile.
    said = turn.said.removeprefix("One moment: Kitchen. ")
    assert said == "The kitchen is **brighter** now."
    assert first_sound(turn)
    assert {(change.entity_id, change.after) for change in changes} == KITCHEN_LIGHTS


async def failure_costs_one_turn(home: Home) -> None:
    turn = await ask_satellite(home, LIVING_ROOM, speak("What is the most expensive of them?"))
    assert turn.said == "The agent couldn't answer this time. Please try again."
    turn = await ask_satellite(home, LIVING_ROOM, speak("Please go on."))
    assert turn.said == "All right."
