"""How long the agent takes to start, and how much memory it needs.

scripts/bench start [--times 5]
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

from .server import AGENT, KEY, QUESTION, ROOT, calling, look_at, recording, take_turn
from .usage import cpu_seconds, machine


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the agent; times in seconds since the process was created."""

    listening: float
    ready: float
    cpu: float
    """Seconds of a core until then."""

    megabytes: float
    turn: float
    """From the end of speech to the first audio, in the first turn."""

    later_turn: float
    megabytes_after: float


async def start(folder: str) -> Start:
    """Start the agent, have two turns and stop it."""
    begin = time.perf_counter()
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent_server", "--port", "0", "--state-dir", folder),
        *("--agent-id", AGENT, "--api-key", KEY),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert server.stdout is not None  # noqa: S101 (it was asked for)
        url = (await server.stdout.readline()).decode().strip()
        listening = time.perf_counter() - begin
        await _wait_until_ready(url)
        ready = time.perf_counter() - begin
        cpu, megabytes = cpu_seconds(server.pid), look_at(server.pid)[0]
        question = recording(QUESTION)
        async with calling(url) as caller:
            turns = [await take_turn(caller, question) for _ in range(2)]
        first, later = (turn.first_audio / 1000 for turn in turns)
        after = look_at(server.pid)[0]
        return Start(listening, ready, cpu, megabytes, first, later, after)
    finally:
        server.terminate()
        await server.wait()


async def _wait_until_ready(url: str) -> None:
    address = url.replace("ws:", "http:").replace("/v1/agent-conversation", "/ready")
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(address) as response:
                if response.status == HTTPStatus.OK:
                    return
            await asyncio.sleep(0.01)


async def measure(times: int) -> list[Start]:
    """Start the agent several times, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        return [await start(folder) for _ in range(times)]


def print_table(starts: list[Start]) -> None:
    """Print the median, minimum and maximum of each value."""
    print("| | median | least | most |\n|---|--:|--:|--:|")
    for name, values, digits in (
        ("until the port is open, s", [each.listening for each in starts], 2),
        ("until `/ready` is 200, s", [each.ready for each in starts], 2),
        ("processor time until then, s", [each.cpu for each in starts], 2),
        ("memory then, MB", [each.megabytes for each in starts], 0),
        ("first turn: end of speech to first audio, s", [each.turn for each in starts], 2),
        ("second turn", [each.later_turn for each in starts], 2),
        ("memory after both, MB", [each.megabytes_after for each in starts], 0),
    ):
        shown = (statistics.median(values), min(values), max(values))
        print(f"| {name} | {' | '.join(f'{value:.{digits}f}' for value in shown)} |")


def main() -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    print(machine(os.process_cpu_count() or 1), flush=True)
    print_table(asyncio.run(measure(arguments.times)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
