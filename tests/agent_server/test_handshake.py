"""A handshake that is not one is refused without a traceback."""

import asyncio

import pytest

from .serving import AGENT, serving


@pytest.mark.parametrize("key", [b"\xff" * 24, "\u00e4".encode(), b"dGhlIHNhbXBsZSBub25jZQ==\xff"])
async def test_key_that_is_not_ascii(key, caplog):
    async with serving() as (_, url):
        port = int(url.split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /v1/agent-conversation?agentId={AGENT} HTTP/1.1\r\nHost: localhost\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: ".encode()
            + key
            + b"\r\n\r\n"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
        writer.close()
    assert not [record for record in caplog.records if record.exc_info]
