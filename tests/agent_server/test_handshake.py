"""Clients that violate HTTP or WebSocket, or disconnect, cause no traceback."""

import asyncio
import json
import socket
import struct

import pytest

from .serving import AGENT, KEY, serving

HANDSHAKE = (
    f"GET /v1/agent-conversation?agentId={AGENT} HTTP/1.1\r\nHost: localhost\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: "
).encode()


@pytest.mark.parametrize("key", [b"\xff" * 24, "\u00e4".encode(), b"dGhlIHNhbXBsZSBub25jZQ==\xff"])
async def test_key_that_is_not_ascii(key, caplog):
    async with serving() as (_, url):
        port = int(url.split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE + key + b"\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
        writer.close()
    assert not [record for record in caplog.records if record.exc_info]


async def test_client_that_pings_and_disconnects(caplog):
    setup = json.dumps({"type": "setup", "apiKey": KEY}).encode()
    frames = b"\x81" + bytes([0x80 | len(setup)]) + bytes(4) + setup
    pings = (b"\x89\x80" + bytes(4)) * 500
    async with serving() as (_, url):
        port = int(url.split(":")[2].split("/")[0])
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            reset = struct.pack("ii", 1, 0)  # The connection is reset instead of closed.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.write(HANDSHAKE + b"dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" + frames)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(pings)
            writer.close()
    assert not [record for record in caplog.records if record.exc_info]
