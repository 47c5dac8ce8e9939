"""Prints where the time goes between the agent's first audio and the player.

scripts/bench stages [--rounds 2]
"""

import argparse
import asyncio
import statistics
import sys
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks.chain import FORMATS, PAUSE, QUESTIONS
from benchmarks.rows import came
from benchmarks.tap import Tap
from tests.harness import ROOT
from tests.harness.home import Home, HomeError
from tests.harness.question import read_question
from tests.harness.spoken_turn import ask

STAGES: Final = {
    "received": "the session has the message",
    "decoded": "it is decoded",
    "stages": "from speech-to-text over conversation to text-to-speech; the encoder is made",
    "taken": "text-to-speech takes the audio",
    "handed": "the entities say that the answer begins",
    "encoded": "the first 100 ms are encoded",
    "written": "Home Assistant's text-to-speech has them written to the player that waits",
    "waited": "the player that waits has them",
    "asked": "the player that asks was told to",
    "first": "the player that asks has them",
}
"""In chronological order."""


async def measure(folder: Path, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Ask all questions; return, by format, the ms from the first audio to each stage."""
    questions = [await asyncio.to_thread(read_question, path) for path in QUESTIONS]
    found: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    component = ROOT / "benchmarks" / "stage_times"
    async with Home(folder, components=[component]) as home, Tap(home.agent.url) as tap:
        pipeline = await home.add_agent(url=tap.url)
        await ask(home, pipeline, questions[0])
        for question, (output, wishes) in product(questions * rounds, FORMATS.items()):
            await home.api.command("stage_times/take")
            before = len(tap.wires)
            turn = await ask(home, pipeline, question, output=wishes, waits=True)
            if turn.error or not turn.audio:
                raise HomeError(f"a turn failed: {turn.error or 'no answer'}")
            times: dict[str, float] = await home.api.command("stage_times/take")
            times |= {
                "waited": turn.waited_byte,
                "asked": turn.url_asked,
                "first": turn.first_byte,
            }
            begin = came(tap.wires[before], "audioStream")
            found[output].append({stage: 1000 * (at - begin) for stage, at in times.items()})
            await asyncio.sleep(PAUSE)
    return found


def main() -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench stages", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=1, help=f"times that {len(QUESTIONS)} questions are asked"
    )
    arguments = parser.parse_args()
    try:
        found = asyncio.run(measure(ROOT / ".envs" / "bench", arguments.rounds))
    except (HomeError, TimeoutError, aiohttp.ClientError) as error:
        print(f"bench: {str(error) or 'timed out'}", file=sys.stderr)
        return 1
    print(f"| ms after the first audio, median (10 to 90 %) | {' | '.join(found)} |")
    print(f"|---|{'--:|' * len(found)}")
    for stage, what in STAGES.items():
        cells = [_spread([turn[stage] for turn in turns]) for turns in found.values()]
        print(f"| {what} | {' | '.join(cells)} |")
    return 0


def _spread(values: list[float]) -> str:
    tenths = statistics.quantiles(values, n=10)
    return f"{statistics.median(values):.1f} ({tenths[0]:.1f} to {tenths[-1]:.1f})"


if __name__ == "__main__":
    sys.exit(main())
