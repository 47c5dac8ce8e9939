"""Requests of a family at the satellites of the demo home."""

from collections.abc import Sequence

import pytest

from benchmarks.family import ask_all
from benchmarks.family_questions import Question, Verdict, is_echo
from tests.harness import HOME_ASSISTANTS
from tests.harness.changes import Change, record_changes
from tests.harness.demo_home import KITCHEN, LIVING_ROOM, demo_home
from tests.harness.home import Home

from .models import KITCHEN_LIGHTS


def switched_only_the_kitchen(changes: Sequence[Change], state: str = "on") -> bool:
    found = {(change.entity_id, change.after) for change in changes}
    return found == {(light, state) for light, _ in KITCHEN_LIGHTS}


IN_THE_KITCHEN = (
    Question("Turn on the lights.", lambda seen: switched_only_the_kitchen(seen.changes)),
    Question("What's on my shopping list?", lambda seen: "Eggs, Bread" in seen.said),
    Question(
        "Add milk to my shopping list.",
        lambda seen: seen.changed("todo.shopping_list", "state", "3"),
    ),
    Question(
        "Set a timer for five minutes.",
        lambda seen: seen.changed(KITCHEN, "timers", "300 s"),
    ),
    Question("What's the weather tomorrow?", lambda seen: "rainy" in seen.said),
    Question("It is too cold in here.", lambda seen: "need a number" in seen.said),
    Question("Never mind.", lambda seen: not seen.changes and len(seen.said) < 20),
)
WITHOUT_LOCAL_COMMANDS = (
    Question("Turn off the lights.", lambda seen: switched_only_the_kitchen(seen.changes, "off")),
)
IN_THE_LIVING_ROOM = (
    Question("Is the front door locked?", lambda seen: "Yes" in seen.said),
    Question("Turn on the lights.", lambda seen: len(seen.changes) == 2),
)


async def type_in_the_kitchen(home: Home, pipeline: str, text: str) -> str:
    """Type a text in the dialog of the kitchen's satellite; return the answer."""
    devices = await home.api.command("config/device_registry/list")
    [device] = [each["id"] for each in devices if each["name"] == "Kitchen satellite"]
    number, events = await home.api.subscribe(
        "assist_pipeline/run",
        pipeline=pipeline,
        start_stage="intent",
        end_stage="intent",
        input={"text": text},
        device_id=device,
    )
    response = ""
    while True:
        event = (await events.get()).get("event", {"type": "result"})
        if event["type"] == "intent-end":
            response = event["data"]["intent_output"]["response"]["speech"]["plain"]["speech"]
        elif event["type"] == "run-end":
            await home.api.command("unsubscribe_events", subscription=number)
            return response


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", HOME_ASSISTANTS)
async def test_requests_at_two_satellites(tmp_path, version):
    async with demo_home(tmp_path / "home", hass=version) as home:
        answers = await ask_all(home, KITCHEN, IN_THE_KITCHEN)
        answers += await ask_all(home, LIVING_ROOM, IN_THE_LIVING_ROOM)
        pipelines = await home.api.command("assist_pipeline/pipeline/list")
        pipeline = pipelines["preferred_pipeline"]
        bridge = await type_in_the_kitchen(home, pipeline, "How old is the Brooklyn Bridge?")
        await home.update_pipeline(pipeline, prefer_local_intents=False)
        answers += await ask_all(home, KITCHEN, WITHOUT_LOCAL_COMMANDS)
        async with record_changes(home.api) as changes:
            typed = await type_in_the_kitchen(home, pipeline, "Turn on the lights.")
        states = {state["entity_id"]: state for state in await home.api.command("get_states")}
    for answer in answers:
        assert answer.verdict is Verdict.DONE, answer.seen
        assert not is_echo(answer.seen)
        assert answer.turn.error == ""
    assert typed == "Turned on the lights"
    assert "I do not know that" in bridge  # Home Assistant's own agent says "20.5 degrees".
    assert switched_only_the_kitchen(changes)
    assert states[KITCHEN]["state"] == states[LIVING_ROOM]["state"] == "idle"
    assert states["light.living_room_lamp"]["state"] == "on"
