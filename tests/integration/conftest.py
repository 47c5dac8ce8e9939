"""A Home Assistant with the agent set up, talking with a scripted server."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from homeassistant.components import assist_pipeline
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.playai.agent import probe, reply, turn
from custom_components.playai.const import DOMAIN
from tests.agent.scripted import Script, ScriptedServer
from tests.agent.talk import KEY

from .other_engines import OtherVoice, set_up
from .satellite import Satellite

AGENT_ID = "agent-1"

type Serve = Callable[..., Awaitable[ScriptedServer]]
type Meet = Callable[..., Awaitable[Satellite]]


@pytest.fixture(autouse=True)
def real_connections(
    socket_enabled: None, enable_custom_integrations: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let tests use loopback and this integration; a scripted server never keeps one waiting."""
    monkeypatch.setitem(probe.__globals__, "GREETING_SECONDS", 0.05)
    monkeypatch.setattr(turn, "GOES_ON_SECONDS", 0.1)
    for module in (turn, reply):
        monkeypatch.setattr(module, "STREAM_END_GRACE", 0.05)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A folder for each Home Assistant."""
    return hass_tmp_config_dir


@pytest.fixture
def allowed_in_log() -> list[str]:
    """What a test expects of errors in the log: parts of their messages."""
    return []


@pytest.fixture(autouse=True)
def quiet_log(caplog: pytest.LogCaptureFixture, allowed_in_log: list[str]) -> Iterator[None]:
    """Fail a test that leaves an error or a traceback in the log, whoever logs it."""
    yield
    for record in (*caplog.get_records("setup"), *caplog.get_records("call")):
        message = record.getMessage()
        assert "Detected that custom integration 'playai'" not in message
        if record.exc_info or record.levelno >= logging.ERROR:
            assert any(part in message for part in allowed_in_log), message


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers with their scripts; they are stopped with the test."""
    servers: list[ScriptedServer] = []

    async def start(*scripts: Script) -> ScriptedServer:
        # The first connection is the one that tests the set-up.
        servers.append(await ScriptedServer.start(listen, *scripts))
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


async def listen(peer: Any) -> None:
    """Say nothing."""


@pytest.fixture
async def hass_with_assist(hass: HomeAssistant) -> HomeAssistant:
    """A Home Assistant in which Assist works."""
    for component in ("homeassistant", "assist_pipeline", "stt", "tts", "conversation"):
        assert await async_setup_component(hass, component, {})
    return hass


@pytest.fixture
async def voice(hass_with_assist: HomeAssistant) -> OtherVoice:
    """A text-to-speech engine of another integration; use it before `meet`."""
    entity = OtherVoice()
    await set_up(hass_with_assist, "tts", entity)
    return entity


@pytest.fixture
async def meet(hass_with_assist: HomeAssistant, serve: Serve) -> Meet:
    """Set an agent up; gives the satellite that talks with it."""

    async def start(*scripts: Script, agent_id: str = AGENT_ID, **options: Any) -> Satellite:
        hass = hass_with_assist
        server = await serve(*scripts)
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Voice agent",
            unique_id=agent_id,
            data={
                "url": server.url,
                "api_key": KEY,
                "agent_id": agent_id,
                "output_format": "raw",
            },
            options=options,
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        pipeline = assist_pipeline.async_get_pipeline(hass, entry.data["pipeline_id"])
        return Satellite(hass, entry, server, pipeline)

    return start
