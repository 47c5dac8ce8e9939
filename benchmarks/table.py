"""Measures the performance goals, and where the time of a turn goes, in one run.

scripts/bench [--rounds 1] [--save]
"""

import argparse
import asyncio
import multiprocessing
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise

import aiohttp

from benchmarks import results, rows, sessions
from benchmarks.chain import QUESTIONS, Measured, measure
from benchmarks.tap import Wire
from tests.harness import ROOT
from tests.harness.home import HomeError
from tests.harness.spoken_turn import SpokenTurn


def main() -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=1, help=f"times that {len(QUESTIONS)} questions are asked"
    )
    parser.add_argument("--save", action="store_true", help="for `scripts/bench charts`")
    arguments = parser.parse_args()
    print("the library's sessions …", file=sys.stderr)
    # In a separate process, so that only its memory is measured.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        one, many = pool.submit(measure_sessions, (1, rows.SESSIONS)).result()
    print("turns through Home Assistant …", file=sys.stderr)
    try:
        measured = asyncio.run(measure(ROOT / ".envs" / "bench", arguments.rounds))
    except (HomeError, TimeoutError, aiohttp.ClientError) as error:
        print(f"bench: {str(error) or 'timed out'}", file=sys.stderr)
        return 1
    when = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.process_cpu_count()} cores, "
        f"{platform.machine()}, Python {platform.python_version()}, "
        f"Home Assistant {measured.version}"
    )
    print(f"{when}\n")
    print_goals([*rows.of_chain(measured), *rows.of_sessions(one, many)])
    turns = measured.turns
    print_steps("playai", {name: had.ours for name, had in turns.items()}, rows.OUR_STEPS)
    wyoming = {name: [(turn, Wire()) for turn in had.wyoming] for name, had in turns.items()}
    print_steps("`wyoming`", wyoming, rows.WYOMING_STEPS)
    print_words(measured)
    if arguments.save:
        results.save("latency", latency(measured, when))
    return 0


def measure_sessions(counts: Sequence[int]) -> list[sessions.Row]:
    """Return a row for each number of sessions at once."""
    return list(sessions.rows(counts))


def latency(measured: Measured, when: str) -> results.Steps:
    """Return the steps of a turn of both systems, with the format of a satellite with a speaker."""
    name, had = next(iter(measured.turns.items()))
    systems = {
        "playai": (had.ours, rows.OUR_STEPS),
        "Home Assistant's own chain (wyoming, same engines)": (
            [(turn, Wire()) for turn in had.wyoming],
            rows.WYOMING_STEPS,
        ),
    }
    return results.Steps(
        title=f"From the end of speech to the first audio of the answer, {name}",
        when=when,
        command="scripts/bench",
        unit="ms",
        systems={
            system: [
                (what, round(at))
                for (what, _), at in zip(steps, rows.times(turns, steps), strict=True)
            ]
            for system, (turns, steps) in systems.items()
        },
    )


def print_goals(table: Iterable[rows.Row]) -> None:
    """Print the performance goals."""
    print("| what | goal | measured | |\n|---|--:|--:|---|")
    for row in table:
        verdict = "reached" if row.is_reached else "**missed**"
        print(f"| {row.what} | {row.goal} | {row.measured} | {verdict} |")
    print()


def print_steps(
    system: str,
    turns: Mapping[str, Sequence[tuple[SpokenTurn, Wire]]],
    steps: Sequence[rows.Step],
) -> None:
    """Print when each step of a turn ended, and how long it took."""
    print(f"| {system}, ms after the end of speech | {' | | '.join(turns)} | |")
    print(f"|---|{'--:|--:|' * len(turns)}")
    columns = [
        [f"{at:.0f} | + {at - before:.0f}" for before, at in pairwise([0.0, *times])]
        for times in (rows.times(had, steps) for had in turns.values())
    ]
    for (what, _), *cells in zip(steps, *columns, strict=True):
        print(f"| {what} | {' | '.join(cells)} |")
    print()


def print_words(measured: Measured) -> None:
    """Print how often the transcripts of both systems agree."""
    pairs = [
        (ours.heard, wyoming.heard)
        for had in measured.turns.values()
        for (ours, _), wyoming in zip(had.ours, had.wyoming, strict=True)
    ]
    same = sum(ours == wyoming for ours, wyoming in pairs)
    print(f"{len(pairs)} questions to each, medians; {same} times the transcripts were equal.")


if __name__ == "__main__":
    sys.exit(main())
