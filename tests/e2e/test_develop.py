"""scripts/develop starts a furnished Home Assistant, or reports at once why it cannot."""

import asyncio
import socket
import subprocess
import sys

import av
import numpy as np
import pytest

from scripts.develop import THINGS_TO_SAY, guide
from tests.agent_server.listening import hear
from tests.harness import ROOT
from tests.harness.demo_home import AREAS, KITCHEN, LIVING_ROOM, demo_home
from tests.harness.home import Home, HomeError

PATIENCE = 120


def develop(port):
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "scripts.develop", "--port", str(port)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = develop(port)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"port {port}: Address already in use" in result.stderr
    assert "--port" in result.stderr


def test_port_that_does_not_exist():
    result = develop(70_000)
    assert (result.returncode, result.stdout) == (1, "")
    assert "port 70000" in result.stderr
    assert "Traceback" not in result.stderr


async def test_home_assistant_that_does_not_start(tmp_path):
    program = tmp_path / "bin" / "hass"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho no room in the inn\nexit 1\n")
    program.chmod(0o700)
    with pytest.raises(HomeError, match=r"did not start\n(.*\n)*  no room in the inn\nsee /"):
        async with Home(tmp_path / "home", hass=str(tmp_path)):
            pass


async def say(home, pipeline, text) -> np.ndarray:
    """Speak a text with a pipeline; return the samples at 16 kHz."""
    _, events = await home.api.subscribe(
        "assist_pipeline/run",
        start_stage="tts",
        end_stage="tts",
        pipeline=pipeline,
        input={"text": text},
    )
    async with asyncio.timeout(PATIENCE):
        while True:
            event = (await events.get()).get("event", {})
            assert event.get("type") != "error", event
            if event.get("type") == "tts-end":
                break
    path = home.folder / "speech.mp3"
    async with home.api.http.get(home.url + event["data"]["tts_output"]["url"]) as response:
        path.write_bytes(await response.read())
    resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
    with av.open(str(path)) as file:
        frames = [frame for source in file.decode(audio=0) for frame in resampler.resample(source)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


async def ask(home, text) -> str:
    """Type a text in Assist; return the answer."""
    question = {"text": text, "agent_id": "conversation.voice_agent"}
    answer = (await home.api.post("/api/conversation/process", question))["response"]
    assert answer["response_type"] != "error", answer
    speech: str = answer["speech"]["plain"]["speech"]
    return speech


@pytest.mark.timeout(600)
async def test_demo_home(tmp_path, transcriber):
    async with demo_home(tmp_path / "home") as home:
        assert (await home.api.command("repairs/list_issues"))["issues"] == []
        states = {state["entity_id"]: state for state in await home.api.command("get_states")}
        exposed = (await home.api.command("homeassistant/expose_entity/list"))["exposed_entities"]
        areas = {
            a["name"]: a["area_id"] for a in await home.api.command("config/area_registry/list")
        }
        entities = {
            e["entity_id"]: e for e in await home.api.command("config/entity_registry/list")
        }
        for room, names in AREAS.items():
            for entity_id in names:
                assert states[entity_id]["state"] not in ("unknown", "unavailable"), entity_id
                assert entities[entity_id]["area_id"] == areas[room]
                assert exposed[entity_id]["conversation"]
        devices = await home.api.command("config/device_registry/list")
        placed = {(device["name"], device["area_id"]) for device in devices}
        assert ("Kitchen satellite", areas["Kitchen"]) in placed
        assert ("Living Room satellite", areas["Living Room"]) in placed
        assert states[KITCHEN]["state"] == states[LIVING_ROOM]["state"] == "idle"
        assert states["todo.shopping_list"]["state"] == "2"
        components = (await home.api.command("get_config"))["components"]
        assert {"history", "recorder", "logbook"} <= set(components)
        _, events = await home.api.subscribe(
            "subscribe_events", event_type="demo_satellite_announced"
        )
        announcement = {"entity_id": KITCHEN, "message": "Dinner is ready."}
        await home.api.post("/api/services/assist_satellite/announce", announcement)
        async with asyncio.timeout(PATIENCE):
            while (event := await events.get())["type"] != "event":
                pass
        assert event["event"]["data"].items() >= announcement.items()
        # Other texts are spoken by the fallback voice that was found.
        found = await home.api.command("assist_pipeline/pipeline/list")
        speech = await say(home, found["preferred_pipeline"], "The kitchen light is on.")
        answers = [await ask(home, text) for text in THINGS_TO_SAY]
        printed = guide(home.url)
        log = home.log.read_text()
    assert hear(transcriber, speech, 16_000) == "The kitchen light is on."
    assert answers[0] == "Turned on the light"
    assert answers[1] == "On your shopping list: Eggs, Bread."
    assert answers[2].startswith("Tomorrow it will be rainy")
    assert all(f'"{text}"' in printed for text in THINGS_TO_SAY)
    assert f"{home.url}/playai" in printed
    assert "Requirements for" not in log
    errors = [line for line in log.splitlines() if " ERROR " in line]
    assert not [line for line in errors if "libturbojpeg" not in line]
