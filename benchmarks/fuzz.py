"""Feeds mutated audio, messages and requests to everything that reads from a network.

    scripts/bench fuzz [--seconds 60] [--seed 1] [--only reply:mp3]
    scripts/bench fuzz --only reply:mp3 --replay FILE

Each target runs in its own process. A crash, a hang, an unexpected exception, a slow step or
growing memory is a finding: its input is saved, and the exit code is 1.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.fuzzing.targets import NAMES
from benchmarks.fuzzing.watch import Outcome, Watch, is_server_target

JOBS: Final = 2


async def fuzz(names: list[str], seconds: float, seed: int, folder: Path) -> list[Outcome]:
    """Feed all targets for equal shares of the time; the server has its own row."""
    watch = Watch(folder, seed)
    share = seconds * min(JOBS, len(names)) / len(names)
    slots = asyncio.Semaphore(JOBS)

    async def run(name: str, port: int = 0) -> Outcome:
        async with slots:
            print(f"{name} …", file=sys.stderr)
            return await watch.run(name, share, port)

    outcomes = list(
        await asyncio.gather(*(run(name) for name in names if not is_server_target(name)))
    )
    if any(is_server_target(name) for name in names):
        server = Outcome("the server")
        async with watch.server(server) as port:
            outcomes += await asyncio.gather(
                *(run(name, port) for name in names if is_server_target(name))
            )
        outcomes.append(server)
    return outcomes


def print_table(outcomes: list[Outcome]) -> None:
    """Print the table of results."""
    print(
        "| target | inputs | refused | accepted | crashes | errors | hangs | worst step | memory |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for found in outcomes:
        counts = (found.inputs, found.refused, found.accepted, found.crashes, found.errors)
        cells = " | ".join(f"{count}" for count in (*counts, found.hangs))
        growth = f"{found.growth / 2**20:+.1f} MB"
        print(f"| {found.name} | {cells} | {found.worst_ms:.1f} ms | {growth} |")


def replay(name: str, path: Path) -> int:
    """Feed one input again, whole and cut in a hundred ways."""
    with tempfile.TemporaryDirectory() as folder:
        child = ("-m", "benchmarks.fuzzing.child", name, Path(folder) / "current", "--seed", "0")
        command = [sys.executable, *map(str, child), "--replay", str(path)]
        return subprocess.run(command, check=False).returncode  # noqa: S603 (our own program)


def main() -> int:
    """Fuzz, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=NAMES, help="one target")
    parser.add_argument("--replay", type=Path, help="a saved input, with --only")
    parser.add_argument("--folder", type=Path, help="where inputs are saved")
    arguments = parser.parse_args()
    if arguments.replay is not None:
        if arguments.only is None or is_server_target(arguments.only):
            parser.error("--replay needs --only with a target of the client")
        return replay(arguments.only, arguments.replay)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="playai-fuzz-"))
    names = [arguments.only] if arguments.only else list(NAMES)
    outcomes = asyncio.run(fuzz(names, arguments.seconds, arguments.seed, folder))
    print_table(outcomes)
    findings = [(found.name, text) for found in outcomes for text in found.findings]
    for name, text in findings:
        print(f"{name}: {text}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
