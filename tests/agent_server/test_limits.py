"""Clients that send too much, too little or garbage affect only themselves."""

import asyncio
import gc
import json
import os
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from agent_server.conversation.cascade import CascadeConversation
from agent_server.limits import Limits
from agent_server.wire.connection import Client
from agent_server.wire.server import Server

from .calling import PATIENCE, RATE, Caller, audio_in, call, connect, eventually
from .serving import AGENT, KEY, OTHER_AGENT, OTHER_KEY, make_engines, serving

AE = "audioStreamEnd"


async def works(caller: Caller, number: int = 1) -> None:
    """Run a turn, which must not be disturbed."""
    await caller.say(0x10)
    await caller.wait(AE, number)
    assert caller.codes == []


async def emptied(server: Server, left: int = 0) -> None:
    await eventually(lambda: server.conversations <= left)


async def test_a_minute_of_backlog_is_accepted():
    async with serving() as (_, url), call(url, AGENT, KEY) as caller:
        await caller.play(b"\xff" * 59 * RATE)
        await works(caller)


async def test_a_minute_in_one_message_is_accepted():
    async with serving() as (_, url), call(url, AGENT, KEY) as caller:
        await caller.send(audio_in(b"\xff" * 59 * RATE))
        await works(caller)


@pytest.mark.parametrize("document_only", [False, True])
async def test_a_flood_is_ended(document_only: bool):
    async with (
        serving(document_only=document_only) as (server, url),
        call(url, OTHER_AGENT, OTHER_KEY) as other,
        call(url, AGENT, KEY) as caller,
    ):
        with suppress(aiohttp.ClientError):
            for _ in range(200):
                await caller.send(audio_in(b"\xff" * RATE))
        assert await caller.wait_closed() == 1008
        (error,) = caller.of("error")
        assert error["code"] == (5001 if document_only else 4400)
        assert error.get("isFatal", True)
        assert "audio" in error["message"]
        await emptied(server, 1)
        if not document_only:
            await works(other)


async def test_a_client_that_does_not_read_is_dropped():
    engines = make_engines(lambda text: "w " * 1200 if text == "w10" else "fine")
    limits = Limits(write=0.5)
    async with (
        serving(engines, limits=limits) as (server, url),
        aiohttp.ClientSession() as http,
        http.ws_connect(url, params={"agentId": AGENT}) as deaf,
        call(url, OTHER_AGENT, OTHER_KEY) as other,
    ):
        await deaf.send_json(
            {"type": "setup", "apiKey": KEY, "outputFormat": "raw", "outputSampleRate": 48_000}
        )
        await deaf.send_json(audio_in(b"\x10" * RATE + b"\xff" * RATE))
        await eventually(lambda: server.conversations == 2)
        await emptied(server, 1)
        await other.say(0x11)
        await other.wait(AE)


async def test_a_client_that_answers_no_ping_is_dropped():
    async with (
        serving(limits=Limits(heartbeat=0.2)) as (server, url),
        aiohttp.ClientSession() as http,
        http.ws_connect(url, params={"agentId": AGENT}, autoping=False) as socket,
    ):
        await socket.send_json({"type": "setup", "apiKey": KEY})
        await eventually(lambda: server.conversations == 1)
        await emptied(server)


GARBAGE = [
    "",
    "{",
    "null",
    "[1,2]",
    "[" * 500_000,
    '{"type":' * 100_000,
    '{"type":"audioIn"}',
    '{"type":"audioIn","data":null}',
    '{"type":"audioIn","data":{}}',
    '{"type":"audioIn","data":"%%%"}',
    '{"type":"setup","apiKey":5}',
    '{"type":"dance"}',
    '{"type":{}}',
    "\x00\x01\x02",
    "NaN",
    b"",
    b"\x00" * 1000,
]


async def test_each_garbage_message_gets_an_error():
    async with (
        serving() as (_, url),
        call(url, OTHER_AGENT, OTHER_KEY) as other,
        call(url, AGENT, KEY) as caller,
    ):
        for number, message in enumerate(GARBAGE, 1):
            await caller.send(message)
            error = await caller.wait("error", number)
            assert (error["code"], error["isFatal"]) == (4400, False)
        await caller.say(0x10)
        await caller.wait(AE)
        await works(other)


JUNK = json.dumps(audio_in(b"\x10" * 160) | {"x": [[]] * 50_000})
"""Audio with lists, which takes long to parse."""


async def test_audio_with_junk_is_refused():
    limits = Limits(bad_messages=5)
    async with serving(limits=limits) as (_, url), call(url, AGENT, KEY) as caller:
        await caller.send(JUNK)
        error = await caller.wait("error")
        assert (error["code"], error["isFatal"]) == (4400, False)
        await caller.say(0x10)
        await caller.wait(AE)
        await caller.send(*[JUNK] * 5)
        assert await caller.wait_closed() == 1008


async def test_buffered_messages_let_other_tasks_run():
    class Buffered:
        """A socket that has received everything: aiohttp returns it without suspending."""

        async def receive(self) -> aiohttp.WSMessage:
            return aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, "{}", None)

    request: Any = SimpleNamespace(transport=None)
    socket: Any = Buffered()
    log: Any = None
    client = Client(request, socket, Limits(), log)
    has_run = asyncio.Event()
    asyncio.get_running_loop().call_soon(has_run.set)
    for _ in range(100):
        await client.receive()
    assert has_run.is_set()


async def test_too_much_garbage_ends_the_connection():
    async with serving(limits=Limits(bad_messages=5)) as (_, url), call(url, AGENT, KEY) as caller:
        await caller.send(*["rubbish"] * 6)
        assert await caller.wait_closed() == 1008
        assert [error["isFatal"] for error in caller.of("error")] == [False] * 5 + [True]


@pytest.mark.parametrize("with_setup", [False, True])
@pytest.mark.parametrize("message", ["x" * 3_000_000, b"x" * 3_000_000])
async def test_a_huge_message_ends_its_own_connection(message: Any, with_setup: bool):
    async with (
        serving() as (server, url),
        call(url, OTHER_AGENT, OTHER_KEY) as other,
        connect(url, AGENT) as caller,
    ):
        await other.wait("init")
        if with_setup:
            await caller.setup(KEY)
            await caller.wait("init")
        await caller.send(message)
        await caller.wait_closed()
        await emptied(server, 1)
        await works(other)


async def test_broken_frames_end_their_own_connection():
    async with serving() as (server, url), call(url, OTHER_AGENT, OTHER_KEY) as other:
        await other.wait("init")
        host, port = url.removeprefix("ws://").split("/", maxsplit=1)[0].split(":")
        for rubbish in (
            b"\x81\x05hello",
            b"\xff\xff\xff\xff",
            b"\x81\x82abcd\xff\xff",
            os.urandom(999),
        ):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                f"GET /v1/agent-conversation?agentId={AGENT} HTTP/1.1\r\nHost: {host}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n\r\n".encode()
            )
            await reader.readuntil(b"\r\n\r\n")
            setup = json.dumps({"type": "setup", "apiKey": KEY}).encode()
            writer.write(bytes([0x81, 0x80 | len(setup), 0, 0, 0, 0]) + setup + rubbish)
            writer.write_eof()
            async with asyncio.timeout(PATIENCE):
                await reader.read()
            writer.close()
        await emptied(server, 1)
        await works(other)


async def test_clients_that_vanish_leave_no_tasks():
    engines = make_engines(lambda _: "w " * 200)
    async with serving(engines) as (server, url), call(url, OTHER_AGENT, OTHER_KEY) as other:
        await works(other)
        before = len(asyncio.all_tasks())
        for _ in range(5):
            async with call(url, AGENT, KEY) as caller:
                await caller.say(0x10)
                await caller.wait("audioStream")
                transport = caller.socket.get_extra_info("socket")
                transport.shutdown(2)
        await emptied(server, 1)
        await eventually(lambda: len(asyncio.all_tasks()) <= before)
        await works(other, 2)


async def test_a_closed_conversation_frees_its_audio():
    def conversations() -> int:
        return sum(isinstance(each, CascadeConversation) for each in gc.get_objects())

    gc.collect()
    before = conversations()
    gc.disable()  # Conversations are in reference cycles; nothing may rely on the collector.
    try:
        async with serving() as (server, url):
            async with call(url, AGENT, KEY) as caller:
                await caller.wait("init")
                await caller.play(bytes([0x10]) * RATE)
                assert conversations() > before
            await emptied(server)
            await eventually(lambda: conversations() <= before)
    finally:
        gc.enable()


async def test_an_idle_conversation_makes_room():
    limits = Limits(idle=0.0)
    async with (
        serving(max_connections=2, limits=limits) as (server, url),
        call(url, AGENT, KEY) as idle,
    ):
        await idle.wait("init")
        async with call(url, AGENT, KEY) as busy:
            await busy.play(b"\xff" * 640)
            await works(busy)
            async with call(url, AGENT, KEY) as new:
                await new.wait("init")
                assert await idle.wait_closed() == 1000
                assert idle.of("hangup") == [{"type": "hangup", "endedBy": "system"}]
                assert server.conversations == 2
                await works(new)


async def test_a_busy_conversation_keeps_its_place():
    async with serving(max_connections=1) as (_, url), call(url, AGENT, KEY) as busy:
        await busy.wait("init")
        async with call(url, AGENT, KEY) as new:
            assert (await new.wait("error"))["code"] == 4429
        await works(busy)


async def test_an_idle_conversation_ends():
    limits = Limits(longest_idle=0.3)
    async with serving(limits=limits) as (_, url), call(url, AGENT, KEY) as caller:
        assert await caller.wait_closed() == 1000
        assert caller.types == ["init", "hangup"]


async def test_a_flood_of_empty_messages_is_ended():
    async with serving() as (_, url), call(url, AGENT, KEY) as caller:
        with suppress(aiohttp.ClientError):
            for _ in range(20_000):
                await caller.send(audio_in(b""))
        assert await caller.wait_closed() == 1008
