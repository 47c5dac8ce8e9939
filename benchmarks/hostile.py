"""Attacks a real agent server while a well-behaved client asks it questions.

    scripts/bench hostile [--seconds 10] [--only half-open,wrong-keys] [--root another/copy]

Each attack runs in a process of its own, from another address of the loopback network. The table
has the seconds from the end of the question to the first audio of the answer, without and with
the attack. The exit code is 1 when a limit is broken.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import sys
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
from yarl import URL

from agent_server.audio import INPUT_RATE, SILENCE
from benchmarks.server import AGENT, KEY, LONG, QUESTION, ROOT, calling, recording

ATTACKER: Final = "127.0.0.66"
OPEN_FILES: Final = 256
"""Of the server: a flood of connections reaches such a limit quickly."""

ALLOWED_WAIT: Final = 2.0
"""Seconds that the client may wait longer than without the attack."""

ALLOWED_LOG: Final = 20_000
ALLOWED_FILES: Final = 4
ALLOWED_MEMORY: Final = 200.0
"""Bytes, files and MB more than before the attack."""

PATIENCE: Final = 20.0
HOARDING: Final = 45.0
"""Seconds after which an idle conversation must have given its place up."""

_LAUNCH: Final = (
    "import resource, runpy;"
    f"resource.setrlimit(resource.RLIMIT_NOFILE, ({OPEN_FILES}, {OPEN_FILES}));"
    "runpy.run_module('agent_server', run_name='__main__')"
)


class Count:
    """What an attack has sent."""

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
    """Repeat something for ever, several at once."""

    async def forever() -> None:
        while True:
            with suppress(OSError, aiohttp.ClientError, TimeoutError):
                await repeat()
            await asyncio.sleep(0.001)

    await asyncio.gather(*(forever() for _ in range(count)))


@asynccontextmanager
async def _websocket(url: URL) -> AsyncGenerator[aiohttp.ClientWebSocketResponse[bool]]:
    connector = aiohttp.TCPConnector(local_addr=(ATTACKER, 0), limit=0)
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        http.ws_connect(url, params={"agentId": AGENT}, autoping=False) as peer,
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
    """Send empty messages and rubbish as fast as possible, with a valid key."""

    async def one() -> None:
        async with _websocket(url) as peer:
            await _set_up(peer)
            for text in cycle([_audio(b"")] * 500 + ["rubbish"]):
                await peer.send_str(text)
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
    """Hold all conversations that the server allows, without a word; do not return."""

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
    "oversize": oversize,
    "long-speech": long_speech,
    "false-pauses": false_pauses,
    "hoarders": hoarders,
}


@dataclass
class Row:
    """What an attack did."""

    name: str
    sent: int
    idle: float
    waits: list[float]
    """Seconds of the client with a question, only where it got an answer."""

    failed: int
    """Questions without an answer."""

    log: int
    files: int
    memory: tuple[float, float]

    def broken(self, *, timed: bool = True) -> list[str]:
        """Return the limits that are broken, on request only those that no time decides."""
        is_late = not self.waits or max(self.waits) - self.idle > ALLOWED_WAIT
        limits = {
            "no answer": self.failed > 0 and self.name != "hoarders",
            "late": timed and is_late,
            "log": self.log > ALLOWED_LOG,
            "open files": self.files > ALLOWED_FILES,
            "memory": self.memory[1] - self.memory[0] > ALLOWED_MEMORY,
        }
        return [name for name, is_broken in limits.items() if is_broken]


class Target:
    """The server under attack."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: Path) -> None:
        self.url = url
        self._process = process
        self._log = log
        self._speech = recording(QUESTION)

    async def ask(self) -> float:
        """Ask a question in a new conversation; return the seconds to the answer."""
        async with asyncio.timeout(PATIENCE), calling(self.url) as caller:
            end = await caller.speak(self._speech)
            came, _, _ = await caller.quiet_until("audioStream", 0)
            return came - end

    def look(self) -> tuple[int, int, float]:
        """Return bytes of the log, open files, MB of memory."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        memory = int(status.split("VmRSS:")[1].split()[0]) / 1024
        files = len(os.listdir(f"/proc/{self._process.pid}/fd"))  # noqa: PTH208 (a count)
        return self._log.stat().st_size, files, memory


@asynccontextmanager
async def serving(root: Path) -> AsyncGenerator[Target]:
    """Start a server with few open files."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", _LAUNCH, "--port", "0"),
                *("--agent-id", AGENT, "--api-key", KEY),
                cwd=root,
                env={**os.environ, "PYTHONPATH": str(root)},
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
            )
        try:
            if process.stdout is None:
                raise RuntimeError
            async with asyncio.timeout(60):
                url = (await process.stdout.readline()).decode().strip()
            yield Target(process, url, log)
        finally:
            process.kill()
            await process.wait()


async def attack(target: Target, name: str, seconds: float, idle: float) -> Row:
    """Run one attack while the client asks; `idle` is its wait without an attack."""
    log, files, memory = target.look()
    attacker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.hostile", "--attack", name, "--url", target.url),
        *("--seconds", str(seconds)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    waits: list[float] = []
    failed = 0
    end = time.monotonic() + seconds
    await asyncio.sleep(min(6.0, seconds / 4))  # The attacker's process has to start.
    while time.monotonic() < end:
        try:
            waits.append(await target.ask())
        except TimeoutError, OSError, aiohttp.ClientError:
            failed += 1
            await asyncio.sleep(0.5)
    out, _ = await attacker.communicate()
    await asyncio.sleep(1)
    log_after, files_after, memory_after = target.look()
    return Row(
        name,
        int(out),
        idle,
        waits,
        failed,
        log_after - log,
        files_after - files,
        (memory, memory_after),
    )


async def run_attack(name: str, url: str, seconds: float) -> None:
    """Attack for some seconds and print what was sent."""
    count = Count()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ATTACKS[name](URL(url), count)
    print(count.sent)


async def measure(names: Sequence[str], seconds: float, root: Path) -> AsyncGenerator[Row]:
    """Run the attacks one after the other, each on a new server."""
    for name in names:
        async with serving(root) as target:
            await target.ask()  # The first answer takes longer.
            idle = statistics.median([await target.ask() for _ in range(3)])
            yield await attack(target, name, HOARDING if name == "hoarders" else seconds, idle)


async def main() -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10.0, help="of each attack")
    parser.add_argument("--only", default=",".join(ATTACKS), help="names of attacks")
    parser.add_argument("--root", type=Path, default=ROOT, help="the copy that is attacked")
    parser.add_argument("--attack", choices=ATTACKS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.attack:
        await run_attack(options.attack, options.url, options.seconds)
        return 0
    print(
        "| attack | sent | wait, idle | attacked, median / max | no answer | log | files | MB | |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|---|")
    code = 0
    async for row in measure(options.only.split(","), options.seconds, options.root):
        broken = row.broken()
        code = code or bool(broken)
        wait = (
            f"{statistics.median(row.waits):.2f} / {max(row.waits):.2f} s" if row.waits else "none"
        )
        print(
            f"| {row.name} | {row.sent} | {row.idle:.2f} s | {wait} "
            f"| {row.failed} of {row.failed + len(row.waits)} "
            f"| {row.log / 1000:.1f} KB | {row.files:+d} "
            f"| {row.memory[0]:.0f} → {row.memory[1]:.0f} | {', '.join(broken) or 'holds'} |",
            flush=True,
        )
    return int(code)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
