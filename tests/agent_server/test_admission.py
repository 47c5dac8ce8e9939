"""Who is let in, and what the others are told."""

import json
from typing import Any

import aiohttp
import pytest

from agent_server.limits import Limits

from .calling import audio_in, call, connect, eventually
from .serving import AGENT, KEY, OTHER_AGENT, OTHER_KEY, serving


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
        ("nobody", setup(), 1002, "Invalid agent id."),
        ("", setup(), 1002, "Invalid agent id."),
        (None, setup(), 1002, "Invalid agent id."),
        (AGENT, setup(outputFormat="aac"), 4400, "outputFormat"),
        (AGENT, setup(outputSampleRate=4_000), 4400, "outputSampleRate"),
        (AGENT, setup(enableVad="yes"), 4400, "enableVad"),
        # Whoever has no key learns nothing else.
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


async def test_strangers_take_no_place():
    limits = Limits(waiting=3)
    async with serving(max_connections=1, limits=limits) as (_, url):
        async with connect(url, AGENT), connect(url, AGENT), call(url, AGENT, KEY) as caller:
            await caller.wait("init")
        async with (
            connect(url, AGENT),
            connect(url, AGENT),
            connect(url, AGENT),
            connect(url, AGENT) as caller,
        ):
            assert (await caller.wait("error"))["code"] == 4429


async def test_later_address():
    async with serving() as (_, url):
        later = url.replace("/v1/agent-conversation", "/v1/talk/")
        async with connect(later + AGENT) as caller:
            await caller.setup(KEY)
            assert (await caller.wait("init"))["conversationId"]
        async with connect(later + "nobody") as caller:
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
    assert answer["agents"] == [AGENT, OTHER_AGENT]
    assert answer["conversations"] == 1
    assert KEY not in json.dumps(answer)


@pytest.mark.parametrize("path", ["/", "/v1/agent-conversation", "/v1/talk/agent-1", "/v1/nothing"])
async def test_what_is_no_websocket(path: str):
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
