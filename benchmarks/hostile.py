"""Attacks a real agent server while a well-behaved client asks it questions.

    scripts/bench hostile [--seconds 10] [--only half-open,wrong-keys] [--root another/copy]

Each attack runs in its own process, from another address of the loopback network. The table
has the seconds from the end of the question to the first audio of the answer, without and with
the attack. The exit code is 1 when a limit is broken.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp

from benchmarks.hostile_run.attacks import ATTACKS, HOARDING
from benchmarks.server import AGENT, KEY, QUESTION, ROOT, calling, recording

OPEN_FILES: Final = 256
"""The server's limit, which a flood of connections reaches quickly."""

ALLOWED_WAIT: Final = 2.0
"""Seconds that the client may wait longer than without the attack."""

ALLOWED_LOG: Final = 20_000
ALLOWED_FILES: Final = 4
ALLOWED_MEMORY: Final = 200.0
"""Bytes, files and MB more than before the attack."""

PATIENCE: Final = 20.0
_LAUNCH: Final = (
    "import resource, runpy;"
    f"resource.setrlimit(resource.RLIMIT_NOFILE, ({OPEN_FILES}, {OPEN_FILES}));"
    "runpy.run_module('agent_server', run_name='__main__')"
)


@dataclass
class Row:
    """The result of one attack."""

    name: str
    sent: int
    idle: float
    waits: list[float]
    """Seconds that the client waited, for each question that was answered."""

    failed: int
    """Questions without an answer."""

    log: int
    files: int
    memory: tuple[float, float]

    def broken(self, *, timed: bool = True) -> list[str]:
        """Return the broken limits; without `timed`, only those that do not depend on time."""
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
        *(
            sys.executable,
            "-m",
            "benchmarks.hostile_run.attacks",
            "--attack",
            name,
            "--url",
            target.url,
        ),
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
    options = parser.parse_args()
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
