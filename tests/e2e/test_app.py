"""The agent of an app is discovered through a Supervisor; one click, and it answers."""

import asyncio
import json
import sys
from typing import Any

import pytest

from tests.harness import HOME_ASSISTANTS
from tests.harness.home import Home
from tests.harness.spoken_turn import ask
from tests.harness.supervisor import NAME, TOKEN, UUID, fake_supervisor
from tests.recordings import RECORDINGS

QUESTION = next(recording for recording in RECORDINGS if recording.name == "goforward")
FLOWS = "/api/config/config_entries/flow"

APP = """\
import functools, socket, sys
from agent_server import run
from agent_server.__main__ import main
socket.gethostname = lambda: "127.0.0.1"
run.Supervisor = functools.partial(run.Supervisor, sys.argv.pop(1))
sys.exit(main())
"""
"""The agent as the image starts it, with another Supervisor and another name of the computer."""


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
        options = tmp_path / "options.json"
        options.write_text(json.dumps({"language": "en", "stt": {}, "tts": {}, "brain": {}}))
        state = tmp_path / "agent"
        log = tmp_path / "agent.log"
        await home.start(
            sys.executable,
            *("-c", APP, supervisor.url, "--app-options", str(options)),
            *("--state-dir", str(state), "--port", "0"),
            log=log,
        )
        while supervisor.announced is None:  # noqa: ASYNC110 (of another program)
            await asyncio.sleep(0.1)
        # As the Supervisor tells Home Assistant.
        path = f"{home.url}/api/hassio_push/discovery/{UUID}"
        async with home.api.http.post(path, json={}) as response:
            assert response.status == 200
        flow = await announced_flow(home)
        assert flow["context"]["title_placeholders"] == {"name": NAME}
        result = await home.api.post(f"{FLOWS}/{flow['flow_id']}", {})
        assert result["type"] == "create_entry"
        pipeline = await home.find_pipeline(result["title"])
        turn = await ask(home, pipeline, QUESTION.pcm)
    assert turn.heard == "Go forward ten meters."
    assert turn.said
    assert turn.audio
    [key] = json.loads((state / "identity.json").read_text())["keys"].values()
    assert supervisor.announced["config"]["api_key"] == key
    for text in (log.read_text(), home.log.read_text()):
        assert key not in text
        assert TOKEN not in text
