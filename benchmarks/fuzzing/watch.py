"""Supervises the targets: starts them, detects crashes and hangs, and saves their inputs."""

import asyncio
import json
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .mutate import LENGTH_BYTES
from .targets import SERVER_NAMES

FOLDER: Final = Path(__file__).parent
HANG_SECONDS: Final = 30.0
"""Seconds without output; a step of that length would also block everything else."""

STEP_LIMIT_MS: Final = 200.0
"""Of CPU time: four times the goal for a step, because the machine may be busy."""

GROWTH_LIMIT: Final = 32 * 1024 * 1024
MAX_FINDINGS: Final = 100
"""After this many findings, a target is not restarted."""

_TRACEBACK: Final = re.compile(r"^Traceback.*?\n(?=\S)(\S+)", re.MULTILINE | re.DOTALL)
_RECORD: Final = re.compile(r"^(?:INFO|WARNING|ERROR|CRITICAL):", re.MULTILINE)
_PEER_ERRORS: Final = ("aiohttp.http_exceptions.",)
"""The errors in aiohttp's log about requests that are not HTTP."""


@dataclass
class Outcome:
    """The results of one target."""

    name: str
    inputs: int = 0
    refused: int = 0
    accepted: int = 0
    crashes: int = 0
    errors: int = 0
    hangs: int = 0
    worst_ms: float = 0.0
    growth: int = 0
    findings: list[str] = field(default_factory=list)


class Watch:
    """Runs targets and saves the inputs of findings in a folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._seed = seed

    async def run(self, name: str, seconds: float, port: int = 0) -> Outcome:
        """Feed a target for `seconds`; restart it after a crash."""
        outcome = Outcome(name)
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        seed, left = self._seed, seconds
        while left > 0 and len(outcome.findings) < MAX_FINDINGS:
            found = len(outcome.findings)
            await self._run_child(outcome, seed, left, port)
            if len(outcome.findings) == found:
                break
            seed, left = seed + 1_000_000, end - clock()
        if outcome.worst_ms > STEP_LIMIT_MS:
            slowest = self._folder / f"{_file_name(name)}.slowest"
            outcome.findings.append(f"a step of {outcome.worst_ms:.0f} ms: {slowest}")
        if outcome.growth > GROWTH_LIMIT:
            outcome.findings.append(f"{outcome.growth >> 20} MB more memory")
        return outcome

    async def _run_child(self, outcome: Outcome, seed: int, seconds: float, port: int) -> None:
        current = self._folder / f"{_file_name(outcome.name)}.current"
        arguments = (outcome.name, current, "--seed", seed, "--seconds", seconds, "--port", port)
        with (self._folder / f"{_file_name(outcome.name)}.log").open("w+") as log:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "benchmarks.fuzzing.child"),
                *map(str, arguments),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=log,
            )
            is_hanging = await _follow(child, outcome)
            log.seek(0)
            words = log.read().strip().splitlines()
        if child.returncode == 0:
            return
        saved = current.with_name(f"{_file_name(outcome.name)}-{seed}.input")
        if current.exists():
            data = current.read_bytes()
            size = int.from_bytes(data[:LENGTH_BYTES])
            saved.write_bytes(data[LENGTH_BYTES : LENGTH_BYTES + size])
        if is_hanging:
            outcome.hangs += 1
            what = f"no sign of life for {HANG_SECONDS:.0f} s"
        elif child.returncode is not None and child.returncode < 0:
            outcome.crashes += 1
            what = signal.Signals(-child.returncode).name
        else:
            outcome.errors += 1
            what = words[-1] if words else "ended"
        outcome.findings.append(f"{what}: {saved} (seed {seed})")

    @asynccontextmanager
    async def server(self, outcome: Outcome) -> AsyncGenerator[int]:
        """Run the agent server; yields its port and records its faults in `outcome`."""
        log_path = self._folder / "server.log"
        with log_path.open("w+") as log:
            server = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.fuzzing.serve"),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=log,
            )
            try:
                port = int(await asyncio.wait_for(_line(server), HANG_SECONDS))
                memory = _memory(server.pid)
                yield port
                if server.returncode is None:
                    outcome.growth = _memory(server.pid) - memory
            finally:
                server.terminate()
                try:
                    await asyncio.wait_for(server.wait(), HANG_SECONDS)
                except TimeoutError:
                    server.kill()
                    outcome.hangs += 1
                    outcome.findings.append(f"the server does not stop: {log_path}")
            log.seek(0)
            self._judge_log(outcome, log.read(), log_path)
        if server.returncode:
            outcome.crashes += 1
            outcome.findings.append(f"the server ended with {server.returncode}: {log_path}")
        if outcome.growth > GROWTH_LIMIT:
            outcome.findings.append(f"{outcome.growth >> 20} MB more memory")

    def _judge_log(self, outcome: Outcome, text: str, path: Path) -> None:
        # Of chained exceptions, the last one counts.
        chains = [_TRACEBACK.findall(record) for record in _RECORD.split(text)]
        unexpected = [
            chain[-1] for chain in chains if chain and not chain[-1].startswith(_PEER_ERRORS)
        ]
        outcome.errors += len(unexpected)
        if unexpected:
            outcome.findings.append(f"{len(unexpected)} tracebacks, {unexpected[0]} first: {path}")


async def _follow(child: Process, outcome: Outcome) -> bool:
    """Read the counts of a child until it ends; return whether it had to be killed."""
    before = (outcome.inputs, outcome.refused, outcome.accepted)
    is_hanging = False
    try:
        while line := await asyncio.wait_for(_line(child), HANG_SECONDS):
            counts = json.loads(line)
            outcome.inputs = before[0] + counts["inputs"]
            outcome.refused = before[1] + counts["refused"]
            outcome.accepted = before[2] + counts["accepted"]
            outcome.worst_ms = max(outcome.worst_ms, counts["worst_ms"])
            outcome.growth = max(outcome.growth, counts["growth"])
    except TimeoutError:
        is_hanging = True
    finally:
        if is_hanging or sys.exc_info()[0] is not None:
            child.kill()
        await child.wait()
    return is_hanging


def _line(process: Process) -> Awaitable[bytes]:
    if process.stdout is None:
        raise ValueError("the output is not a pipe")
    return process.stdout.readline()


def is_server_target(name: str) -> bool:
    """Return whether a target needs the agent server."""
    return name in SERVER_NAMES


def _file_name(name: str) -> str:
    return name.replace(":", "-")


def _memory(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4_096
