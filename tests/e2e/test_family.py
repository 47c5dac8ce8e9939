"""Requests of a family at the satellites of the demo home."""

import pytest

from benchmarks.family import ask_all
from benchmarks.family_questions import Observation, Question, Verdict, is_echo
from tests.harness import HOME_ASSISTANTS
from tests.harness.demo_home import KITCHEN, LIVING_ROOM, demo_home


def switched_only_the_kitchen(seen: Observation) -> bool:
    on = {(change.entity_id, change.after) for change in seen.changes}
    return on == {("light.kitchen_light", "on"), ("light.counter_light", "on")}


IN_THE_KITCHEN = (
    Question("Turn on the lights.", switched_only_the_kitchen),
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
    Question("Never mind.", lambda seen: not seen.changes and len(seen.said) < 20),
)
IN_THE_LIVING_ROOM = (
    Question("Is the front door locked?", lambda seen: "Yes" in seen.said),
    Question("Turn on the lights.", lambda seen: len(seen.changes) == 2),
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", HOME_ASSISTANTS)
async def test_requests_at_two_satellites(tmp_path, version):
    async with demo_home(tmp_path / "home", hass=version) as home:
        answers = await ask_all(home, KITCHEN, IN_THE_KITCHEN)
        answers += await ask_all(home, LIVING_ROOM, IN_THE_LIVING_ROOM)
        states = {state["entity_id"]: state for state in await home.api.command("get_states")}
    for answer in answers:
        assert answer.verdict is Verdict.DONE, answer.seen
        assert not is_echo(answer.seen)
        assert answer.turn.error == ""
    assert states[KITCHEN]["state"] == states[LIVING_ROOM]["state"] == "idle"
    assert states["light.living_room_lamp"]["state"] == "on"
