"""Admission of clients, and the errors of those that are refused."""

import asyncio
import json
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from agent_server.limits import Limits

from .calling import PATIENCE, RATE, audio_in, call, connect, eventually
from .serving import AGENT, KEY, OTHER_AGENT, OTHER_KEY, serving

ROOT = Path(__file__).parents[2]


async def turned_away(url: str, agent_id: str | None, *messages: Any) -> dict[str, Any]:
    """Connect, send, and return the error with which the server closes."""
    async with connect(url, agent_id) as caller:
        await caller.send(*messages)
        assert await caller.wait_closed() == 1008
        (error,) = caller.messages
    assert error["type"] == "error"
    return error


def setup(key: Any = KEY, **fields: Any) -> dict[str, Any]:
    return {"type": "setup", "apiKey": key, **fields}


@pytest.mark.parametrize(
    ("agent_id", "message", "code", "text"),
    [
        (AGENT, audio_in(b"\xff"), 2001, "No setup message received."),
        (AGENT, "no JSON", 2001, "No setup message received."),
        (AGENT, b"binary", 2001, "No setup message received."),
        (AGENT, {"apiKey": KEY}, 2001, "No setup message received."),
        (AGENT, {"type": "setup"}, 1001, "Invalid authorization token."),
        (AGENT, setup(None), 1001, "Invalid authorization token."),
        (AGENT, setup(""), 1001, "Invalid authorization token."),
        (AGENT, setup("two words"), 1001, "Invalid authorization token."),
        (AGENT, setup(KEY + "0"), 2002, "Invalid authorization token."),
        (AGENT, setup("ak-wrong"), 2002, "Invalid authorization token."),
        (AGENT, setup(OTHER_KEY), 2003, "Invalid authorization credentials"),
        (OTHER_AGENT, setup(KEY), 2003, "Invalid authorization credentials"),
        ("nobody", setup("ak-wrong"), 2002, "Invalid authorization token."),
        ("nobody", setup(), 1002, "Invalid agent id."),
        ("", setup(), 1002, "Invalid agent id."),
        (None, setup(), 1002, "Invalid agent id."),
        (AGENT, setup(outputFormat="aac"), 4400, "outputFormat"),
        (AGENT, setup(outputSampleRate=4_000), 4400, "outputSampleRate"),
        (AGENT, setup(enableVad="yes"), 4400, "enableVad"),
        # Without a valid key, no other error is reported.
        (AGENT, setup("ak-wrong", outputFormat="aac"), 2002, "Invalid authorization token."),
    ],
)
@pytest.mark.parametrize("document_only", [False, True])
async def test_every_reason(
    agent_id: str | None, message: Any, code: int, text: str, document_only: bool
):
    async with serving(document_only=document_only) as (_, url):
        error = await turned_away(url, agent_id, message)
    if document_only:
        assert error.keys() == {"type", "code", "message"}
        assert error["code"] == (2001 if code == 4400 else code)
    else:
        assert error["isFatal"] is True
        assert error["code"] == code
    assert text in error["message"]
    assert KEY not in json.dumps(error)


async def test_nothing_within_the_time_for_setup():
    async with serving(limits=Limits(setup=0.2)) as (_, url):
        assert (await turned_away(url, AGENT))["code"] == 2001


async def test_connections_are_counted():
    async with serving(max_connections=2) as (server, url):
        async with call(url, AGENT, KEY) as first, call(url, OTHER_AGENT, OTHER_KEY) as second:
            await first.wait("init")
            await second.wait("init")
            assert server.conversations == 2
            async with call(url, AGENT, KEY) as third:
                error = await third.wait("error")
                assert await third.wait_closed() == 1013
            assert error["code"] == 4429
            assert error["isFatal"] is True
            assert "maximum number of concurrent connections" in error["message"]
        await eventually(lambda: server.conversations == 0)
        async with call(url, AGENT, KEY) as fourth:
            await fourth.wait("init")


async def test_unauthenticated_clients_take_no_place():
    limits = Limits(unauthenticated=3)
    async with (
        serving(max_connections=1, limits=limits) as (_, url),
        connect(url, AGENT) as oldest,
        connect(url, AGENT),
        connect(url, AGENT),
        call(url, AGENT, KEY) as caller,
    ):
        await caller.wait("init")
        assert await oldest.wait_closed() == 1006


async def test_later_address():
    async with serving() as (_, url):
        later = url.replace("/v1/agent-conversation", "/v1/talk/")
        async with connect(later + AGENT) as caller:
            await caller.setup(KEY)
            assert (await caller.wait("init"))["conversationId"]
        async with connect(later + "nobody") as caller:
            await caller.setup(KEY)
            assert (await caller.wait("error"))["code"] == 1002


async def test_bearer_prefix():
    async with serving() as (_, url), call(url, AGENT, f"Bearer {KEY}") as caller:
        await caller.wait("init")


async def test_health():
    async with serving() as (_, url), aiohttp.ClientSession() as http:
        health = url.replace("ws:", "http:").replace("/v1/agent-conversation", "/health")
        async with call(url, AGENT, KEY) as caller:
            await caller.wait("init")
            async with http.get(health) as response:
                answer = await response.json()
    assert answer["status"] == "ok"
    assert AGENT not in json.dumps(answer)
    assert answer["conversations"] == 1
    assert KEY not in json.dumps(answer)


@pytest.mark.parametrize("path", ["/", "/v1/agent-conversation", "/v1/talk/agent-1", "/v1/nothing"])
async def test_requests_that_are_not_a_websocket(path: str):
    async with serving() as (_, url), aiohttp.ClientSession() as http:
        address = url.replace("ws:", "http:").replace("/v1/agent-conversation", path)
        async with http.get(address) as response:
            assert response.status in {400, 404}


async def test_keys_are_not_logged(caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    async with serving() as (_, url):
        await turned_away(url, AGENT, setup("ak-secret-but-wrong"))
        async with call(url, AGENT, KEY) as caller:
            await caller.send(setup())
            await caller.wait("error")
    assert KEY not in caplog.text
    assert "ak-secret-but-wrong" not in caplog.text


async def half_open(url: str, count: int, source: str = "127.0.0.1") -> list[socket.socket]:
    """Open connections whose HTTP request never becomes complete."""
    port = URL(url).port
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []
    for _ in range(count):
        peer = socket.socket()
        peer.setblocking(False)
        peer.bind((source, 0))
        sockets.append(peer)
        await loop.sock_connect(peer, ("127.0.0.1", port))
        await loop.sock_sendall(peer, b"GET / HTTP/1.1\r\n")
    return sockets


async def until_closed(peer: socket.socket) -> None:
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            assert await asyncio.get_running_loop().sock_recv(peer, 1) == b""


async def test_a_request_that_never_ends_is_closed():
    async with serving(limits=Limits(header=0.2)) as (_, url):
        (peer,) = await half_open(url, 1)
        await until_closed(peer)
        peer.close()


async def test_the_oldest_client_without_a_key_of_the_busiest_address_gives_way():
    limits = Limits(unauthenticated=4, unauthenticated_per_address=4)
    async with serving(limits=limits) as (_, url):
        quiet = await half_open(url, 1, "127.0.0.2")
        busy = await half_open(url, 4, "127.0.0.3")
        await until_closed(busy[0])
        async with call(url, AGENT, KEY) as caller:
            await caller.wait("init")
        await until_closed(busy[1])
        for peer in [*quiet, *busy[2:]]:
            with pytest.raises(BlockingIOError):
                peer.recv(1)
        for peer in [*quiet, *busy]:
            peer.close()


async def test_one_address_has_a_limit():
    limits = Limits(unauthenticated_per_address=2)
    async with serving(limits=limits) as (_, url):
        peers = await half_open(url, 3)
        await until_closed(peers[0])
        for peer in peers[1:]:
            with pytest.raises(BlockingIOError):
                peer.recv(1)
        for peer in peers:
            peer.close()


async def test_an_unauthenticated_client_has_one_deadline():
    """It also ends a client that reads no response, for which aiohttp has no limit."""
    limits = Limits(authentication=0.2, setup=PATIENCE)
    async with serving(limits=limits) as (_, url), connect(url, AGENT) as caller:
        assert await caller.wait_closed() == 1006


async def test_an_unauthenticated_client_cannot_send_much():
    async with serving(limits=Limits(setup=0.5)) as (_, url), connect(url, AGENT) as caller:
        sending = asyncio.create_task(caller.send(setup(padding="x" * 1_900_000)))
        assert (await caller.wait("error"))["code"] == 2001
        await caller.wait_closed()
        await asyncio.wait((sending,), timeout=PATIENCE)
        sending.exception()


async def test_pings_of_an_unauthenticated_client_are_not_answered_for_long():
    async with serving() as (_, url), connect(url, AGENT) as caller:
        with suppress(aiohttp.ClientError, ConnectionError):
            for _ in range(1_000):
                await caller.socket.ping()
        assert await caller.wait_closed() == 1006
        assert caller.messages == []


async def test_pings_of_a_client_are_counted():
    async with serving() as (_, url), call(url, AGENT, KEY) as caller:
        await caller.wait("init")
        for _ in range(5):
            await caller.socket.ping()
        await caller.say(0x10)
        await caller.wait("audioStreamEnd")
        with suppress(aiohttp.ClientError, ConnectionError):
            for _ in range(1_000):
                await caller.socket.ping()
        assert await caller.wait_closed() == 1006


async def test_messages_beyond_the_budget_of_an_unauthenticated_client_are_kept():
    """Before the key, the server parses only the budget, even if it has read more."""
    async with (
        serving(limits=Limits(unauthenticated_bytes=600)) as (_, url),
        connect(url, AGENT) as caller,
    ):
        await caller.send(setup(), audio_in(b"\xff" * RATE))
        await caller.wait("init")
        await caller.say(0x10)
        await caller.wait("audioStreamEnd")


async def test_audio_right_after_the_setup_is_not_a_flood():
    limits = Limits(unauthenticated_bytes=1_000)
    async with serving(limits=limits) as (_, url), call(url, AGENT, KEY) as caller:
        await caller.send(audio_in(b"\xff" * 59 * RATE))
        await caller.say(0x10)
        await caller.wait("audioStreamEnd")


async def test_unauthenticated_clients_do_not_use_up_the_open_files(
    capfd: pytest.CaptureFixture[str],
):
    """The process has fewer open files than the flood has connections."""
    code = "import resource, runpy; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)); "
    code += "runpy.run_module('agent_server', run_name='__main__')"
    arguments = ("--port", "0", "--agent-id", AGENT, "--api-key", KEY)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            url = (await process.stdout.readline()).decode().strip()
        peers = await half_open(url, 250)
        async with call(url, AGENT, KEY) as caller:
            await caller.wait("init")
        for peer in peers:
            peer.close()
    finally:
        process.terminate()
        await process.wait()
    log = capfd.readouterr().err
    assert "Traceback" not in log
    assert len(log) < 4_000


@pytest.mark.parametrize("origin", ["https://example.org", "null", "http://127.0.0.1:1", "["])
async def test_pages_of_other_hosts_are_refused(origin: str):
    async with serving() as (_, url), aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(url, params={"agentId": AGENT}, origin=origin)
        assert refused.value.status == 403


async def test_a_page_of_the_same_host_is_served():
    async with serving() as (_, url), aiohttp.ClientSession() as http:
        origin = f"http://127.0.0.1:{URL(url).port}"
        async with http.ws_connect(url, params={"agentId": AGENT}, origin=origin) as socket:
            await socket.send_json(setup())
            assert (await socket.receive_json())["type"] == "init"


async def test_malformed_http_is_one_quiet_line(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    async with serving() as (_, url):
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
            writer.write(b"GET / HTTP/1.1\r\nbad header\r\n\r\n")
            assert b"400" in await reader.readline()
            writer.close()
    (record,) = [row for row in caplog.records if row.name == "agent_server.wire.server"]
    assert record.exc_info is None
    assert "127.0.0.1" in record.getMessage()


async def test_wrong_keys_are_one_line_with_the_address(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    async with serving() as (_, url):
        for _ in range(5):
            await turned_away(url, AGENT, setup("ak-wrong"))
    (record,) = [row for row in caplog.records if "2002" in row.getMessage()]
    assert "127.0.0.1" in record.getMessage()
