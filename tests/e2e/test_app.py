"""The agent of an app is discovered through a Supervisor; one click, and it answers."""

import asyncio
from typing import Any

import pytest

from tests.harness import HOME_ASSISTANTS
from tests.harness.announced import start_app
from tests.harness.home import Home
from tests.harness.spoken_turn import ask
from tests.harness.supervisor import NAME, TOKEN, fake_supervisor
from tests.recordings import RECORDINGS

QUESTION = next(recording for recording in RECORDINGS if recording.name == "goforward")
FLOWS = "/api/config/config_entries/flow"


async def announced_flow(home: Home) -> dict[str, Any]:
    """Wait for the flow that an announcement starts."""
    while True:
        for flow in await home.api.command("config_entries/flow/progress"):
            if flow["context"]["source"] == "hassio":
                return dict(flow)
        await asyncio.sleep(0.1)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("hass", HOME_ASSISTANTS)
async def test_app_is_set_up_with_one_click(tmp_path, hass):
    async with (
        fake_supervisor() as supervisor,
        Home(
            tmp_path / "home",
            hass=hass,
            environment={"SUPERVISOR": supervisor.host, "SUPERVISOR_TOKEN": TOKEN},
        ) as home,
        asyncio.timeout(300),
    ):
        agent = await start_app(home, supervisor, tmp_path)
        flow = await announced_flow(home)
        assert flow["context"]["title_placeholders"] == {"name": NAME}
        result = await home.api.post(f"{FLOWS}/{flow['flow_id']}", {})
        assert result["type"] == "create_entry"
        pipeline = await home.find_pipeline(result["title"])
        turn = await ask(home, pipeline, QUESTION.pcm)
    assert turn.heard == "Go forward ten meters."
    assert turn.said
    assert turn.audio
    assert supervisor.announced is not None
    assert supervisor.announced["config"]["api_key"] == agent.key
    for text in ((tmp_path / "agent.log").read_text(), home.log.read_text()):
        assert agent.key not in text
        assert TOKEN not in text
