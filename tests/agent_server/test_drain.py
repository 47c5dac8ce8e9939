"""A server that is asked to stop lets the current turns end."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from agent_server.audio import mulaw_encode
from agent_server.limits import Limits
from agent_server.wire.server import Server
from tests.recordings import RECORDINGS

from .calling import Caller, call, connect
from .programs import ended, line, started
from .serving import AGENT, KEY, ByteVoice, FakeEngines, make_engines, serving

AE = "audioStreamEnd"
SYSTEM = [{"type": "hangup", "endedBy": "system"}]


async def status(url: str, path: str) -> tuple[int, str]:
    """Return the HTTP status of a path, and the `status` of its JSON."""
    address = url.replace("ws:", "http:").replace("/v1/agent-conversation", path)
    async with aiohttp.ClientSession() as http, http.get(address) as response:
        return response.status, (await response.json())["status"]


async def refused(url: str) -> int:
    """Return the HTTP status with which a new client is refused."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        async with connect(url, AGENT):
            pass
    return error.value.status


@asynccontextmanager
async def draining(server: Server) -> AsyncIterator[asyncio.Task[bool]]:
    """Ask a server to stop; yields the task, which ends with the last conversation."""
    task = asyncio.create_task(server.drain())
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        await task


def held() -> tuple[ByteVoice, FakeEngines]:
    """Engines whose voice stops in the middle of a word."""
    engines = make_engines()
    engines.voice.hold.clear()
    return engines.voice, engines


async def test_ready_once_the_engines_are_warm():
    async with serving() as (server, url):
        assert await status(url, "/ready") == (503, "warming up")
        server.mark_warm()
        assert await status(url, "/ready") == (200, "ready")
        assert await status(url, "/health") == (200, "ok")


async def test_new_clients_are_refused():
    voice, engines = held()
    async with serving(engines) as (server, url), call(url, AGENT, KEY) as caller:
        server.mark_warm()
        await caller.say(0x10)
        await caller.wait("onUserTranscript")
        async with draining(server):
            assert await refused(url) == 503
            assert await status(url, "/ready") == (503, "draining")
            assert await status(url, "/health") == (200, "ok")
            voice.hold.set()


async def test_a_reply_is_spoken_to_its_end():
    voice, engines = held()
    async with serving(engines) as (server, url), call(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await caller.wait("onUserTranscript")
        async with draining(server) as stopped:
            voice.hold.set()
            assert await caller.wait_closed() == 1001
            assert await stopped
    assert caller.types[-2:] == [AE, "hangup"]
    assert caller.of("hangup") == SYSTEM
    assert caller.codes == []


async def test_a_user_who_speaks_is_answered():
    async with serving() as (server, url), call(url, AGENT, KEY, enableVad=True) as caller:
        await caller.play(b"\x10" * 16_000)
        await caller.wait("voiceActivityStart")
        async with draining(server):
            assert await refused(url) == 503
            await caller.play(b"\xff" * 32_000)
            assert await caller.wait_closed() == 1001
    assert len(caller.of("onUserTranscript")) == len(caller.of(AE)) == 1


async def test_a_turn_between_two_messages_of_the_home_is_not_cut():
    """The client streams audio: it may be in a turn, although nobody speaks at the moment."""
    limits = Limits(take_back=0.0, turn_gap=3600.0)
    async with serving(limits=limits) as (server, url), call(url, AGENT, KEY) as caller:
        await caller.play(b"\xff" * 640)
        await caller.wait("init")
        task = asyncio.create_task(server.drain())
        assert await refused(url) == 503
        assert server.conversations == 1
        await caller.close()
        assert await task


async def test_clients_without_a_turn_are_closed_at_once():
    async with (
        serving(limits=Limits(turn_gap=0.0)) as (server, url),
        call(url, AGENT, KEY) as idle,
        connect(url, AGENT) as unauthenticated,
    ):
        await idle.wait("init")
        assert await server.drain()
        assert await idle.wait_closed() == await unauthenticated.wait_closed() == 1001
        assert idle.types == ["init", "hangup"]
        assert unauthenticated.types == []


async def test_a_client_that_leaves_is_not_waited_for():
    async with serving() as (server, url), call(url, AGENT, KEY, enableVad=True) as caller:
        await caller.play(b"\x10" * 16_000)
        await caller.wait("voiceActivityStart")
        async with draining(server) as stopped:
            await caller.close()
            assert await stopped


async def test_a_turn_that_takes_too_long_is_cut():
    voice, engines = held()
    limits = Limits(take_back=0.0, last_turns=0.2)
    async with serving(engines, limits=limits) as (server, url), call(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await caller.wait("onUserTranscript")
        assert not await server.drain()
        await server.stop()
        assert await caller.wait_closed() == 1001
        assert caller.of("hangup") == SYSTEM
        voice.hold.set()


# The program.

PROGRAM = ("--port", "0", "--agent-id", "a", "--api-key", "ak-1", "--brain", "echo")


def speech() -> bytes:
    return mulaw_encode(next(each for each in RECORDINGS if each.name == "goforward").pcm)


@asynccontextmanager
async def speaking(number: int) -> AsyncIterator[tuple[asyncio.subprocess.Process, str, Caller]]:
    """Send a signal to the program while one client speaks and the other is idle."""
    async with started(*PROGRAM) as process:
        url = await line(process)
        async with (
            call(url, "a", "ak-1", enableVad=True) as caller,
            call(url, "a", "ak-1") as idle,
        ):
            await idle.wait("init")
            await caller.play(speech()[:24_000])
            await caller.wait("voiceActivityStart")
            process.send_signal(number)
            assert await idle.wait_closed() == 1001
            assert await status(url, "/ready") == (503, "draining")
            yield process, url, caller


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_the_turn_end(number: int):
    async with speaking(number) as (process, url, caller):
        assert await refused(url) == 503
        await caller.play(speech()[24_000:])
        await caller.play(b"\xff" * 32_000)
        assert await caller.wait_closed() == 1001
        code, _, err = await ended(process)
    assert code == 0
    assert order(caller, "onUserTranscript", "audioStream", AE, "hangup")
    assert "Stopping while" not in err
    assert "Traceback" not in err


async def test_a_second_signal_stops_at_once():
    async with speaking(signal.SIGTERM) as (process, _, caller):
        process.send_signal(signal.SIGINT)
        assert await caller.wait_closed() == 1001
        code, _, err = await ended(process)
    assert code == 0
    assert caller.of("hangup") == SYSTEM
    assert "Stopping while 1 clients are in a turn" in err
    assert "Traceback" not in err


async def test_program_becomes_ready():
    async with started(*PROGRAM) as process:
        url = await line(process)
        found = [0]

        async def ask() -> None:
            while found[0] != 200:
                found[0], _ = await status(url, "/ready")

        await asyncio.wait_for(ask(), 60)
        process.terminate()
        assert (await ended(process))[0] == 0


def order(caller: Caller, *kinds: str) -> bool:
    """Whether messages of these types came in this order."""
    seen = [kind for kind in dict.fromkeys(caller.types) if kind in kinds]
    return seen == list(kinds)
