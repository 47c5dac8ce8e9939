"""Attacks on an agent server, each from its own address.

    python -m benchmarks.hostile_run.attacks --attack half-open --url ws://… --seconds 8

Prints the number of requests or messages sent.
"""

import argparse
import asyncio
import json
import socket
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from typing import Final

import aiohttp
from yarl import URL

from agent_server.audio import INPUT_RATE, SILENCE
from agent_server.wire.messages.home import SUBPROTOCOL
from benchmarks.server import AGENT, KEY, LONG, QUESTION, recording

ATTACKER: Final = "127.0.0.66"
HOARDING: Final = 45.0
"""Seconds after which an idle conversation must have given its place up."""


class Count:
    """Counts the requests or messages of an attack."""

    def __init__(self) -> None:
        self.sent = 0


type Attack = Callable[[URL, Count], Awaitable[None]]


async def _raw(url: URL, *data: bytes, pause: float = 0.0) -> socket.socket:
    """Open a TCP connection and send; the caller closes it."""
    loop = asyncio.get_running_loop()
    peer = socket.socket()
    try:
        peer.setblocking(False)
        peer.bind((ATTACKER, 0))
        await loop.sock_connect(peer, (str(url.host), url.port or 0))
        for piece in data:
            await loop.sock_sendall(peer, piece)
            await asyncio.sleep(pause)
    except BaseException:
        peer.close()
        raise
    return peer


async def _many(count: int, repeat: Callable[[], Awaitable[None]]) -> None:
    """Repeat a function forever, in several tasks."""

    async def forever() -> None:
        while True:
            with suppress(OSError, aiohttp.ClientError, TimeoutError):
                await repeat()
            await asyncio.sleep(0.001)

    await asyncio.gather(*(forever() for _ in range(count)))


@asynccontextmanager
async def _websocket(
    url: URL, *protocols: str
) -> AsyncGenerator[aiohttp.ClientWebSocketResponse[bool]]:
    connector = aiohttp.TCPConnector(local_addr=(ATTACKER, 0), limit=0)
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        http.ws_connect(
            url, params={"agentId": AGENT}, autoping=False, protocols=protocols
        ) as peer,
    ):
        yield peer


async def _set_up(peer: aiohttp.ClientWebSocketResponse[bool], key: str = KEY) -> None:
    await peer.send_json({"type": "setup", "apiKey": key, "outputFormat": "raw"})


def _audio(data: bytes) -> str:
    return json.dumps({"type": "audioIn", "data": b64encode(data).decode()})


async def half_open(url: URL, count: Count) -> None:
    """Hold 1100 requests open that never become complete."""

    async def one() -> None:
        with await _raw(url, b"GET / HTTP/1.1\r\n") as peer:
            count.sent += 1
            await asyncio.get_running_loop().sock_recv(peer, 1)

    await _many(1_100, one)


async def no_setup(url: URL, count: Count) -> None:
    """Hold 100 WebSockets without a setup message."""

    async def one() -> None:
        async with _websocket(url) as peer:
            count.sent += 1
            await peer.receive()

    await _many(100, one)


async def wrong_keys(url: URL, count: Count) -> None:
    """Try keys, 20 at once."""

    async def one() -> None:
        async with _websocket(url) as peer:
            await _set_up(peer, "ak-wrong")
            await peer.receive()
            count.sent += 1

    await _many(20, one)


async def malformed_http(url: URL, count: Count) -> None:
    """Send requests that are not HTTP."""

    async def one() -> None:
        with await _raw(url, b"GET / HTTP/1.1\r\nbad header\r\n\r\n") as peer:
            count.sent += 1
            await asyncio.get_running_loop().sock_recv(peer, 100)

    await _many(10, one)


async def slow_writers(url: URL, count: Count) -> None:
    """Send requests one byte a second."""

    async def one() -> None:
        count.sent += 1
        request = f"GET {url.path} HTTP/1.1\r\nHost: x\r\nX: {'y' * 999}".encode()
        (await _raw(url, *(request[n : n + 1] for n in range(len(request))), pause=1.0)).close()

    await _many(200, one)


async def slow_readers(url: URL, count: Count) -> None:
    """Have conversations and read nothing of the replies."""
    speech = recording(QUESTION) + bytes([SILENCE]) * INPUT_RATE

    async def one() -> None:
        async with _websocket(url) as peer:
            await _set_up(peer)
            for _ in range(10):
                await peer.send_str(_audio(speech))
                count.sent += 1
            await asyncio.sleep(15)

    await _many(5, one)


async def message_floods(url: URL, count: Count) -> None:
    """Send empty messages and garbage as fast as possible, with a valid key."""

    async def one() -> None:
        async with _websocket(url) as peer:
            await _set_up(peer)
            for text in cycle([_audio(b"")] * 500 + ["rubbish"]):
                await peer.send_str(text)
                count.sent += 1

    await _many(3, one)


async def small_texts(url: URL, count: Count) -> None:
    """Let the agent speak 9000 empty texts at once and reconnect, with a valid key."""

    async def one() -> None:
        async with _websocket(url, SUBPROTOCOL) as peer:
            await _set_up(peer)
            await peer.send_json({"type": "home", "language": "en", "answers": False})
            for _ in range(9_000):
                await peer.send_str('{"type":"say","text":""}')
                count.sent += 1
            await asyncio.sleep(1)

    await _many(3, one)


async def junk(url: URL, count: Count) -> None:
    """Send audio with lists that take long to parse, with a valid key."""
    message = json.dumps({"type": "audioIn", "data": "", "x": [[]] * 500_000})

    async def one() -> None:
        async with _websocket(url) as peer:
            await _set_up(peer)
            while True:
                await peer.send_str(message)
                count.sent += 1

    await _many(3, one)


async def oversize(url: URL, count: Count) -> None:
    """Send 3 MB in place of a setup message."""

    async def one() -> None:
        async with _websocket(url) as peer:
            count.sent += 1
            await peer.send_str("x" * 3_000_000)
            await peer.receive()

    await _many(10, one)


async def long_speech(url: URL, count: Count) -> None:
    """Send 72 s of speech at once and reconnect, with ten clients that have a valid key."""
    await _speak(url, count, recording(LONG), 10)


async def false_pauses(url: URL, count: Count) -> None:
    """The same with 15 clients that pause after each half second, which looks like the end."""
    speech = recording(LONG)
    pause = bytes([SILENCE]) * round(0.35 * INPUT_RATE)
    step = INPUT_RATE // 2
    pieces = [speech[n : n + step] + pause for n in range(0, len(speech), step)]
    await _speak(url, count, b"".join(pieces), 15)


async def _speak(url: URL, count: Count, speech: bytes, clients: int) -> None:
    speech = (speech * 20)[: 72 * INPUT_RATE] + bytes([SILENCE]) * INPUT_RATE

    async def one() -> None:
        async with _websocket(url) as peer:
            await _set_up(peer)
            for begin in range(0, len(speech), INPUT_RATE):
                await peer.send_str(_audio(speech[begin : begin + INPUT_RATE]))
                count.sent += 1
            await asyncio.sleep(6)

    await _many(clients, one)


async def hoarders(url: URL, count: Count) -> None:
    """Hold all conversations that the server allows in silence; do not return."""

    async def one() -> None:
        async with _websocket(url) as peer:
            await _set_up(peer)
            count.sent += 1
            async for frame in peer:
                if frame.type is aiohttp.WSMsgType.PING:
                    await peer.pong(frame.data)
            await asyncio.sleep(HOARDING)

    await _many(20, one)


ATTACKS: Final[dict[str, Attack]] = {
    "half-open": half_open,
    "no-setup": no_setup,
    "wrong-keys": wrong_keys,
    "malformed-http": malformed_http,
    "slow-writers": slow_writers,
    "slow-readers": slow_readers,
    "message-floods": message_floods,
    "small-texts": small_texts,
    "junk": junk,
    "oversize": oversize,
    "long-speech": long_speech,
    "false-pauses": false_pauses,
    "hoarders": hoarders,
}


async def run_attack(name: str, url: str, seconds: float) -> None:
    """Attack for some seconds and print the number of requests or messages sent."""
    count = Count()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ATTACKS[name](URL(url), count)
    print(count.sent)


def main() -> None:
    """Run one attack."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--attack", choices=ATTACKS, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    asyncio.run(run_attack(options.attack, options.url, options.seconds))


if __name__ == "__main__":
    main()
