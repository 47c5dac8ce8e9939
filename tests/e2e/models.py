"""Helpers of the tests with language models."""

import asyncio
import time
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.family import Voice
from benchmarks.family_questions import Question
from tests.harness.spoken_turn import SpokenTurn, first_sound

KITCHEN_LIGHTS = {("light.kitchen_light", "on"), ("light.counter_light", "on")}
"""The changes when the kitchen's lights are switched on."""


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
    """Wait until the satellite has got a sound."""
    while not first_sound(turn):  # noqa: ASYNC110 (the turn has no event for it)
        await asyncio.sleep(0.02)


async def until_played(turn: SpokenTurn) -> None:
    """Wait as long as a satellite plays the answer, 16 kHz of 16 bit."""
    played = turn.first_audio + len(turn.audio) / 32_000
    await asyncio.sleep(max(0.0, played - time.monotonic()))
