"""Helpers of the tests with language models."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.family import Voice
from benchmarks.family_questions import Question
from tests.harness.demo_home import KITCHEN, LIVING_ROOM
from tests.harness.home import Home
from tests.harness.models.scripted import ScriptedModel
from tests.harness.models.tap import ModelTap
from tests.harness.spoken_turn import SpokenTurn, ask_satellite, first_sound, until_played

KITCHEN_LIGHTS = {("light.kitchen_light", "on"), ("light.counter_light", "on")}
"""The changes when the kitchen's lights are switched on."""

STORY_REQUEST = "Tell me a story."
QUESTION = "In which room?"
"""The answer of a model to "Please make it warmer."."""

CONFIRMATION = "All right."
"""The answer to everything that a model does not expect."""


@cache
def voice() -> Voice:
    return Voice()


def speak(text: str) -> NDArray[np.int16]:
    """Speak a question."""
    return voice().speak(Question(text, lambda _: True))


def continues(turn: SpokenTurn) -> bool:
    """Return whether the satellite is to listen again."""
    [end] = [event["data"] for event in turn.events if event["type"] == "intent-end"]
    return bool(end["intent_output"]["continue_conversation"])


async def until_heard(turn: SpokenTurn) -> None:
    """Wait until the satellite has received a sound."""
    while not first_sound(turn):  # noqa: ASYNC110 (the turn has no event for it)
        await asyncio.sleep(0.02)


@asynccontextmanager
async def beginning(
    home: Home, text: str, satellite: str = KITCHEN
) -> AsyncIterator[tuple[SpokenTurn, asyncio.Task[SpokenTurn]]]:
    """Ask, and wait for the first sound; yield the turn, and the task that runs it.

    A turn that still runs at the end of the block is cancelled.
    """
    turn = SpokenTurn()
    asking = asyncio.create_task(ask_satellite(home, satellite, speak(text), turn=turn))
    try:
        await until_heard(turn)
        yield turn, asking
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def answer_question(home: Home) -> SpokenTurn:
    """Have the model ask a question, and answer it; return the turn with the answer."""
    turn = await ask_satellite(home, LIVING_ROOM, speak("Please make it warmer."))
    assert turn.said == QUESTION
    assert continues(turn)
    await until_played(turn)
    turn = await ask_satellite(home, LIVING_ROOM, speak("In the living room."))
    assert turn.said == CONFIRMATION
    return turn


async def interruption_stops_the_model(home: Home, model: ScriptedModel | ModelTap) -> None:
    """The connection to the model is closed as soon as the satellite listens again."""
    async with beginning(home, STORY_REQUEST):
        story = model.requests[-1]
        turn = await ask_satellite(home, KITCHEN, speak("Please stop talking."))
    assert story.is_abandoned
    assert story.ended_at < turn.turn_ended
    assert turn.said == CONFIRMATION
