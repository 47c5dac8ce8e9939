"""Installs the zip of a release in Home Assistant, and talks with the agent."""

import asyncio
import shutil
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Final

from tests.harness.home import Home, HomeError
from tests.harness.own_agent import OwnAgent
from tests.harness.spoken_turn import ask
from tests.recordings import RECORDINGS

from .archive import unpack
from .stores import read_stores

QUESTION: Final = next(recording for recording in RECORDINGS if recording.name == "goforward")
CHANGED: Final[dict[str, Any]] = {"keep_listening": "always", "idle_timeout": 42}
"""Options that a user has changed."""

NAME: Final = "Butler"
"""The name that a user has given to an entity."""

ENGINES: Final = (
    "stt.voice_agent_microphone",
    "conversation.voice_agent",
    "tts.voice_agent_voice",
)

SECONDS: Final = 300.0
"""The limit of one trial, on a busy machine."""


class TrialError(Exception):
    """The release does not work; the text says why."""


async def install(content: bytes, folder: Path, hass: str, agent: OwnAgent) -> None:
    """Install the zip into an empty Home Assistant; raises `TrialError`."""
    integration = folder / "playai"
    await asyncio.to_thread(_replace, integration, content)
    home = Home(folder / "home", hass=hass, integration=integration, agent=agent)
    await _limited(_first_run(home))


async def upgrade(before: bytes, content: bytes, folder: Path, hass: str, agent: OwnAgent) -> None:
    """Install a version, use it, and install the zip over it; raises `TrialError`."""
    integration = folder / "playai"
    await asyncio.to_thread(_replace, integration, before)
    home = Home(folder / "home", hass=hass, integration=integration, agent=agent)
    pipeline = await _limited(_first_run(home, is_used=True))
    kept = await asyncio.to_thread(read_stores, home.config)
    changed = {f"option {name}": value for name, value in CHANGED.items()}
    if (
        pipeline != kept.preferred
        or NAME not in [entity["name"] for entity in kept.entities.values()]
        or not any(changed.items() & entry.items() for entry in kept.entries.values())
    ):
        raise TrialError(f"{hass}: the version before has not kept what its user has changed")
    await asyncio.to_thread(_replace, integration, content)
    later = Home(
        home.folder, port=home.port, hass=hass, integration=integration, agent=agent, keep=True
    )
    await _limited(_talk_again(later, pipeline))
    lost = kept.lost(await asyncio.to_thread(read_stores, home.config))
    if lost:
        raise TrialError(f"{hass}: the upgrade loses: {'; '.join(lost)}")


def _replace(integration: Path, content: bytes) -> None:
    """Install as HACS does: remove the folder, then unpack."""
    shutil.rmtree(integration, ignore_errors=True)
    unpack(content, integration)


async def _limited[T](running: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(SECONDS):
            return await running
    except HomeError as error:
        raise TrialError(str(error)) from error
    except TimeoutError:
        raise TrialError(f"it took more than {SECONDS:.0f} s") from None


async def _first_run(home: Home, *, is_used: bool = False) -> str:
    """Set up the agent, talk to it, and return its pipeline.

    With `is_used`, change options, entities and the preferred pipeline first.
    """
    async with home:
        pipeline = await home.add_agent()
        if is_used:
            await _change_options(home)
            await _change_entities(home)
            await home.api.command("assist_pipeline/pipeline/set_preferred", pipeline_id=pipeline)
        await _talk(home, pipeline)
    return pipeline


async def _talk_again(home: Home, pipeline: str) -> None:
    async with home:
        await _until_ready(home)
        await _talk(home, pipeline)


async def _talk(home: Home, pipeline: str) -> None:
    """Ask a question as a satellite does.

    Raises `TrialError` if there is no answer, or an error in the log.
    """
    turn = await ask(home, pipeline, QUESTION.pcm)
    if turn.error or not turn.said or not turn.audio:
        raise TrialError(f"the agent does not answer: {turn.error or turn.said!r}; see {home.log}")
    log = await asyncio.to_thread(home.log.read_text, "utf-8", "replace")
    errors = [line for line in log.splitlines() if "playai" in line and " ERROR " in line]
    if errors:
        raise TrialError(f"Home Assistant's log has an error: {errors[0]}")


async def _change_options(home: Home) -> None:
    """Save the options form with some changes; fields that a version lacks are left out."""
    [entry] = await home.api.command("config_entries/get", domain="playai")
    path = "/api/config/config_entries/options/flow"
    form = await home.api.post(path, {"handler": entry["entry_id"]})
    answer = await home.api.post(f"{path}/{form['flow_id']}", _filled(form["data_schema"]))
    if answer["type"] != "create_entry":
        raise TrialError(f"the options form says {answer.get('errors')}")
    await _until_ready(home)


async def _until_ready(home: Home) -> None:
    """Wait for the engines, which become available last.

    Some versions reload the entry when its options change.
    """
    while True:
        [entry] = await home.api.command("config_entries/get", domain="playai")
        states = {
            state["entity_id"]: state["state"] for state in await home.api.command("get_states")
        }
        engines = (states.get(engine, "unavailable") for engine in ENGINES)
        if entry["state"] == "loaded" and "unavailable" not in engines:
            return
        await asyncio.sleep(0.1)


def _filled(schema: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the input for a form: its defaults, and the changes."""
    data: dict[str, Any] = {}
    for field in schema:
        name = field["name"]
        if field.get("type") == "expandable":
            data[name] = _filled(field["schema"])
        elif name in CHANGED:
            data[name] = CHANGED[name]
        elif "default" in field:
            data[name] = field["default"]
    return data


async def _change_entities(home: Home) -> None:
    await home.api.command(
        "config/entity_registry/update",
        entity_id="sensor.voice_agent_status",
        new_entity_id="sensor.butler",
        name=NAME,
    )
