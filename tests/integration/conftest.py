"""A Home Assistant with the agent set up, talking with a scripted server."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, web
from haffmpeg.tools import FFVersion
from homeassistant.components import assist_pipeline
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.executor import InterruptibleThreadPoolExecutor
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.playai.agent import AgentFeatures, probe
from custom_components.playai.agent.testing import Script, ScriptedServer
from custom_components.playai.assist import microphone
from custom_components.playai.const import DOMAIN
from custom_components.playai.talk import player, talk
from custom_components.playai.talk import socket as talk_socket
from tests.agent.talk import KEY
from tests.harness.page import PATIENCE
from tests.harness.relay import Relay

from .other_engines import OtherVoice, StreamingAgent, set_up
from .page import Browse, Browser
from .satellite import Satellite
from .servers import Neighbours
from .timings import set_timings

AGENT_ID = "agent-1"

TICKS = 10

CACHING_SECONDS = 5.0
"""The wait for a voice to finish; in some tests it hangs."""


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Turn asyncio's debug mode on only if the variable PYTHONASYNCIODEBUG is set.

    The plugin always turns it on. Each future then keeps the stack where it was created, which
    takes more than half of the tests' processor time.
    """
    asyncio.get_running_loop().set_debug("PYTHONASYNCIODEBUG" in os.environ)


@asynccontextmanager
async def patient_timeout(seconds: float | None) -> AsyncIterator[asyncio.Timeout]:
    """Limit a time in steps: a busy machine delays one step, not all of them."""
    loop = asyncio.get_running_loop()
    step = None if seconds is None else seconds / TICKS

    def tick(left: int) -> None:
        nonlocal timer
        if left:
            timer = loop.call_later(step or 0, tick, left - 1)
        else:
            limit.reschedule(loop.time())

    async with asyncio.timeout(None) as limit:
        timer = None if step is None else loop.call_later(step, tick, TICKS - 1)
        try:
            yield limit
        finally:
            if timer is not None:
                timer.cancel()


class PatientAsyncio:
    """The module asyncio with patient limits."""

    timeout = staticmethod(patient_timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


type Serve = Callable[..., Awaitable[ScriptedServer]]
type MeetLater = Callable[..., Awaitable[MockConfigEntry]]
type Meet = Callable[..., Awaitable[Satellite]]


@pytest.fixture(autouse=True)
def real_connections(
    socket_enabled: None, enable_custom_integrations: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let tests use loopback and this integration; a scripted server answers immediately."""
    set_timings(monkeypatch, greeting=0.05)
    monkeypatch.setitem(probe.__globals__, "asyncio", PatientAsyncio())
    set_timings(monkeypatch, may_continue=0.1)
    set_timings(monkeypatch, stream_end_grace=0.05)
    # The satellites of the tests never stop sending.
    monkeypatch.setattr(microphone, "LATE_SECONDS", 0.1)


@pytest.fixture(autouse=True)
def no_heartbeat_after_death(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep aiohttp from starting its timer again when the last data comes after the close.

    It would send nothing and end after some seconds, but the tests look for leftovers.
    """

    def keep_from(kind: type[ClientWebSocketResponse[bool] | web.WebSocketResponse]) -> None:
        reset: Callable[[Any], None] = kind._reset_heartbeat

        def reset_unless_closed(socket: Any) -> None:
            if not socket.closed:
                reset(socket)

        monkeypatch.setattr(kind, "_reset_heartbeat", reset_unless_closed)

    keep_from(ClientWebSocketResponse)
    keep_from(web.WebSocketResponse)


@pytest.fixture(autouse=True, scope="session")
def executors_that_wait() -> Iterator[None]:
    """Let executors wait for their threads as Python's do.

    Home Assistant's interrupt a thread that does not end within a fraction of a second. On
    a busy machine, this may be one that has not passed on the signal to end yet. The other threads
    then wait for it forever.
    """

    def shutdown(executor: InterruptibleThreadPoolExecutor, *_: Any, **__: Any) -> None:
        ThreadPoolExecutor.shutdown(executor, wait=True, cancel_futures=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InterruptibleThreadPoolExecutor, "shutdown", shutdown)
        yield


@pytest.fixture(autouse=True, scope="session")
def ffmpeg_is_asked_once() -> Iterator[None]:
    """Remember the version of ffmpeg; asking for it takes half of a test's processor time."""
    get_version = FFVersion.get_version
    version: str | None = None

    async def get_version_once(ffmpeg: FFVersion) -> str | None:
        nonlocal version
        version = version or await get_version(ffmpeg)
        return version

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FFVersion, "get_version", get_version_once)
        yield


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A folder for each Home Assistant."""
    return hass_tmp_config_dir


@pytest.fixture
def allowed_in_log() -> list[str]:
    """Parts of the error messages that a test expects in the log."""
    return []


@pytest.fixture(autouse=True)
def quiet_log(caplog: pytest.LogCaptureFixture, allowed_in_log: list[str]) -> Iterator[None]:
    """Fail a test that leaves an error or a traceback in the log, from any logger."""
    yield
    for record in (*caplog.get_records("setup"), *caplog.get_records("call")):
        message = record.getMessage()
        assert "Detected that custom integration 'playai'" not in message
        is_traceback = record.exc_info and record.levelno > logging.DEBUG
        if is_traceback or record.levelno >= logging.ERROR:
            assert any(part in message for part in allowed_in_log), message


@pytest.fixture
async def servers() -> AsyncIterator[list[ScriptedServer]]:
    """The servers of the test; they are stopped with it."""
    started: list[ScriptedServer] = []
    yield started
    for server in started:
        await server.stop()


@pytest.fixture
async def serve(servers: list[ScriptedServer]) -> Serve:
    """Start servers with their scripts; the first connection tests the set-up."""

    async def start(
        *scripts: Script, port: int = 0, features: AgentFeatures | None = None
    ) -> ScriptedServer:
        servers.append(await ScriptedServer.start(*scripts, port=port, features=features))
        return servers[-1]

    return start


@pytest.fixture
async def neighbours(serve: Serve) -> AsyncIterator[Neighbours]:
    """Servers that are not an agent, or that fail; they are stopped with the test."""
    neighbours = Neighbours(serve)
    yield neighbours
    await neighbours.stop()


async def listen(peer: Any) -> None:
    """Say nothing."""


@pytest.fixture
async def hass_with_assist(hass: HomeAssistant) -> HomeAssistant:
    """A Home Assistant in which Assist works."""
    for component in ("homeassistant", "assist_pipeline", "stt", "tts", "conversation"):
        assert await async_setup_component(hass, component, {})
    # Home Assistant takes new paths at any time; the test client takes none once it has started.
    assert await async_setup_component(hass, DOMAIN, {})
    return hass


@pytest.fixture
async def voice(hass_with_assist: HomeAssistant) -> AsyncIterator[OtherVoice]:
    """A text-to-speech engine of another integration; use it before `meet`.

    Home Assistant caches its speech in the background, even after the test has ended.
    """
    entity = OtherVoice()
    await set_up(hass_with_assist, "tts", entity)
    yield entity
    name = f"tts_load_data_into_cache_{entity.name}"
    if caching := [task for task in asyncio.all_tasks() if task.get_name() == name]:
        await asyncio.wait(caching, timeout=CACHING_SECONDS)


@pytest.fixture
async def model(hass_with_assist: HomeAssistant) -> StreamingAgent:
    """A conversation agent with a language model; use it before `meet`."""
    entity = StreamingAgent("The lamp", " is on.")
    await set_up(hass_with_assist, "conversation", entity)
    return entity


@pytest.fixture
async def meet_later(hass_with_assist: HomeAssistant, serve: Serve) -> MeetLater:
    """Set up an agent, which may fail at first."""

    async def start(
        *scripts: Script,
        first: Script = listen,
        agent_id: str = AGENT_ID,
        features: AgentFeatures | None = None,
        **options: Any,
    ) -> MockConfigEntry:
        server = await serve(first, *scripts, features=features)
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
        entry.add_to_hass(hass_with_assist)
        await hass_with_assist.config_entries.async_setup(entry.entry_id)
        await hass_with_assist.async_block_till_done()
        return entry

    return start


@pytest.fixture
def meet(
    hass_with_assist: HomeAssistant, servers: list[ScriptedServer], meet_later: MeetLater
) -> Meet:
    """Set up an agent; return a satellite that talks with it."""

    async def start(*scripts: Script, local_commands: bool = False, **options: Any) -> Satellite:
        """`local_commands`: whether the pipeline tries them first, as a new one does."""
        entry = await meet_later(*scripts, **options)
        assert entry.state is ConfigEntryState.LOADED
        pipeline = assist_pipeline.async_get_pipeline(hass_with_assist, entry.data["pipeline_id"])
        assert pipeline.prefer_local_intents
        if not local_commands:
            await assist_pipeline.async_update_pipeline(
                hass_with_assist, pipeline, prefer_local_intents=False
            )
        return Satellite(hass_with_assist, entry, servers[-1], pipeline)

    return start


@pytest.fixture
def has_relay() -> bool:
    """Whether the sockets of pages are opened over Home Assistant's own connection."""
    return False


@pytest.fixture
async def browse(  # noqa: PLR0917 (fixtures)
    hass: HomeAssistant,
    has_relay: bool,
    meet_later: MeetLater,
    hass_client_no_auth: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Browse]:
    """Set up an agent, and open a browser; its pages are closed with the test."""
    # A page on a busy machine answers late.
    monkeypatch.setattr(talk_socket, "HELLO_SECONDS", PATIENCE)
    monkeypatch.setattr(player, "FLUSH_SECONDS", PATIENCE)
    monkeypatch.setattr(talk, "RESUME_SECONDS", PATIENCE)
    browsers: list[Browser] = []

    async def start(*scripts: Script, **options: Any) -> Browser:
        entry = await meet_later(*scripts, **options)
        agent = er.async_get(hass).async_get_entity_id(
            "conversation", DOMAIN, f"{entry.entry_id}_conversation"
        )
        assert agent is not None
        commands = await hass_ws_client(hass)
        relay = Relay(await hass_ws_client(hass)) if has_relay else None
        if relay is not None:
            await relay.start()
        browsers.append(Browser(await hass_client_no_auth(), commands, agent, entry, relay))
        return browsers[-1]

    yield start
    for browser in browsers:
        await browser.stop()
    await hass.async_block_till_done()


@pytest.fixture
async def lock_and_lamp(hass_with_assist: HomeAssistant):
    """A lock and a lamp; returns the calls of their actions."""
    hass = hass_with_assist
    assert await async_setup_component(hass, "intent", {})
    hass.states.async_set("lock.front_door", "locked", {"friendly_name": "front door"})
    hass.states.async_set("light.lamp", "off", {"friendly_name": "lamp"})
    for entity_id in ("lock.front_door", "light.lamp"):
        async_expose_entity(hass, "conversation", entity_id, True)
    return [
        async_mock_service(hass, "lock", "unlock"),
        async_mock_service(hass, "light", "turn_on"),
    ]
