"""Two satellites at the same time: a language model answers at one, local commands at the other."""

import pytest

from benchmarks.satellites import ask_together
from tests.harness import HOME_ASSISTANTS
from tests.harness.demo_home import demo_home
from tests.harness.models.scripted import ScriptedModel

TURNS = 4
"""`scripts/bench satellites` asks more."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", HOME_ASSISTANTS)
async def test_nothing_is_mixed_or_lost(tmp_path, version, transcriber):
    async with ScriptedModel() as model, demo_home(tmp_path / "home", hass=version) as home:
        together = await ask_together(home, model, transcriber, TURNS)
    assert together.problems == []
    assert len(together.questions) == len(together.commands) == TURNS
