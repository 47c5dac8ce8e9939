"""Language models answer for the home through Home Assistant's `ollama`, asked by voice."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from tests.harness import HOME_ASSISTANTS
from tests.harness.changes import record_changes
from tests.harness.demo_home import KITCHEN, LIVING_ROOM, demo_home
from tests.harness.home import Home
from tests.harness.models.answering import add_ollama, answer_with
from tests.harness.models.scripted import MODEL, ModelRequest, ScriptedModel, ToolCall
from tests.harness.spoken_turn import ask_satellite, first_sound

from .models import (
    CONFIRMATION,
    KITCHEN_LIGHTS,
    QUESTION,
    STORY_REQUEST,
    answer_question,
    beginning,
    continues,
    interruption_stops_the_model,
    speak,
)


class Story:
    """An answer of the model that the test holds back after its first sentence."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.is_broken = False

    async def tell(self, request: ModelRequest) -> AsyncGenerator[str | ToolCall]:
        if "story" not in request.question:
            yield CONFIRMATION
            return
        yield "Once upon a time, "
        yield "there was a small lamp in a kitchen. "
        await self.may_end.wait()
        if self.is_broken:
            raise ConnectionResetError
        yield "It was never switched off. "
        yield "The end."


async def make_it_brighter(request: ModelRequest) -> AsyncGenerator[str | ToolCall]:
    """Switch the lights of the room that the prompt names, and confirm it."""
    if request.tool_results:
        yield f"The lights are on now in the {room_of(request)}."
    else:
        names = [tool["function"]["name"] for tool in request.body["tools"]]
        [turn_on] = [name for name in names if name.endswith("HassTurnOn")]
        yield ToolCall(turn_on, {"area": room_of(request), "domain": ["light"]})


async def ask_back(request: ModelRequest) -> AsyncGenerator[str | ToolCall]:
    yield QUESTION if "warmer" in request.question else CONFIRMATION


def room_of(request: ModelRequest) -> str:
    """The area that Home Assistant's prompt names."""
    found = re.search(r"You are in area (.+?) (?:\(|and )", request.messages[0]["content"])
    assert found, request.messages[0]
    return found[1]


@asynccontextmanager
async def home_with_model(tmp_path, version=HOME_ASSISTANTS[-1]):
    async with ScriptedModel() as model, demo_home(tmp_path / "home", hass=version) as home:
        await answer_with(home, await add_ollama(home, model.url, MODEL))
        yield home, model


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", HOME_ASSISTANTS)
async def test_model_answers_for_the_home(tmp_path, version):
    async with home_with_model(tmp_path, version) as (home, model):
        await switches_only_the_room(home, model)
        await words_are_spoken_while_they_come(home, model)
        await question_keeps_the_satellite_listening(home, model)
        model.answer = Story().tell
        await interruption_stops_the_model(home, model)
        await broken_stream_is_explained(home, model)
        log = home.log.read_text()
    assert "Unexpected error" not in log
    assert "Task exception was never retrieved" not in log


async def switches_only_the_room(home: Home, model: ScriptedModel) -> None:
    model.answer = make_it_brighter
    async with record_changes(home.api) as changes:
        turn = await ask_satellite(home, KITCHEN, speak("Could you make it brighter in here?"))
    assert turn.error == ""
    assert {(change.entity_id, change.after) for change in changes} == KITCHEN_LIGHTS
    assert turn.said == "The lights are on now in the Kitchen."
    assert first_sound(turn)


async def words_are_spoken_while_they_come(home: Home, model: ScriptedModel) -> None:
    """The model waits for the sound of its first words."""
    story = Story()
    model.answer = story.tell
    async with beginning(home, STORY_REQUEST, LIVING_ROOM) as (turn, asking):
        assert not model.requests[-1].ended_at
        story.may_end.set()
        await asking
    assert turn.said.endswith("The end.")
    assert turn.last_audio > model.requests[-1].ended_at


async def question_keeps_the_satellite_listening(home: Home, model: ScriptedModel) -> None:
    model.answer = ask_back
    turn = await answer_question(home)
    assert not continues(turn)
    question, answer = model.requests[-1].messages[-2:]
    assert question["content"] == QUESTION
    assert answer["content"] == turn.heard


async def broken_stream_is_explained(home: Home, model: ScriptedModel) -> None:
    story = Story()
    story.is_broken = True
    model.answer = story.tell
    async with beginning(home, STORY_REQUEST) as (turn, asking):
        story.may_end.set()
        await asking
    assert turn.said == "Model had a problem. Please try again."  # After the words before it.
    assert turn.last_audio > model.requests[-1].ended_at
    turn = await ask_satellite(home, KITCHEN, speak("Please try again."))
    assert turn.said == CONFIRMATION
