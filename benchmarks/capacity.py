"""How many people can talk with one agent at the same time, and the cost of each of them.

scripts/bench capacity [--cores 1] [--turns 4] [--slowest 2] [--save]

Each talker asks with a human recording in real time, hears the answer to its end, waits for a
second, and asks again. They start one after the other. The number of talkers grows until the
first audio of one answer in twenty comes later than `--slowest` seconds after the end of speech.
The server has `--cores` cores, and the talkers have the others.
"""

import argparse
import asyncio
import math
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from . import results
from .server import (
    FRAME_SECONDS,
    QUIET,
    RECORDINGS,
    Turn,
    calling,
    look_at,
    recording,
    serving,
    take_turn,
)
from .usage import Load, Watch, load_average, machine

_QUESTIONS: Final = (
    *("requests/what-time", "something", "dickens-spring", "goforward", "requests/turn-on-lamp"),
    *("austen-0880", "cards-005", "austen-0930"),
)
_TALKERS: Final = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80)
_IDLE: Final = 50
_CYCLE: Final = 6.0
"""About the seconds of a question, its answer and the pause after it."""

_PAUSE: Final = 1.0
_WATCHED: Final = 10.0
"""Seconds in which the processor time of conversations without speech is measured."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The answers that a number of talkers have heard."""

    talkers: int
    waits: Sequence[float]
    """Seconds from the end of speech to the first audio, of each turn that was answered."""

    late: Sequence[float]
    """The part of each wait after the agent knew that the turn was over."""

    lost: int
    """Turns without an answer."""

    load: Load

    def is_slow(self, slowest: float) -> bool:
        """Whether one turn in twenty is slower than this, or has no answer."""
        return self.lost > 0 or quantile(self.waits, 0.95) > slowest


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the values does not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.inf


async def talk(url: str, pid: int, talkers: int, turns: int) -> Talk:
    """Let people talk at the same time."""
    questions = [recording(RECORDINGS / f"{name}.flac") for name in _QUESTIONS]
    watch = Watch(pid)
    found = await asyncio.gather(
        *(
            _talk(url, list(islice(_from(questions, number), turns)), _CYCLE * number / talkers)
            for number in range(talkers)
        )
    )
    heard = [turn for each in found for turn in each]
    return Talk(
        talkers,
        [turn.first_audio / 1000 for turn in heard],
        [turn.found / 1000 for turn in heard],
        talkers * turns - len(heard),
        watch.stop(),
    )


def _from(questions: Sequence[bytes], first: int) -> Sequence[bytes]:
    """Return the questions in a circle, so that not all talkers ask the same."""
    first %= len(questions)
    return [*questions[first:], *questions[:first]]


async def _talk(url: str, questions: Sequence[bytes], delay: float) -> Sequence[Turn]:
    """Ask; returns the turns that were answered."""
    await asyncio.sleep(delay)
    turns: list[Turn] = []
    async with calling(url) as caller:
        for question in questions:
            try:
                turns.append(await take_turn(caller, question))
            except TimeoutError:
                break
            await caller.speak(QUIET * round(_PAUSE / FRAME_SECONDS))
    return turns


@asynccontextmanager
async def conversations(
    url: str, number: int, seconds: float, *, is_listening: bool
) -> AsyncGenerator[None]:
    """Keep conversations open in which nobody speaks, with or without an open microphone."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        callers = [await stack.enter_async_context(calling(url)) for _ in range(number)]
        for caller in callers:
            await caller.wait("init", 0)
        frames = QUIET * round(seconds / FRAME_SECONDS)
        tasks = [group.create_task(each.speak(frames)) for each in callers if is_listening]
        yield
        for task in tasks:
            task.cancel()  # It may be a little behind.


async def without_speech(
    url: str, pid: int, number: int, *, seconds: float, is_listening: bool
) -> tuple[Load, float]:
    """Return the load of conversations without speech, and the MB of each of them."""
    before = look_at(pid)[0]
    async with conversations(url, number, seconds, is_listening=is_listening):
        watch = Watch(pid)
        await asyncio.sleep(seconds)
        load = watch.stop()
    return load, (load.megabytes - before) / number


async def measure(arguments: argparse.Namespace) -> None:
    """Measure and print the tables."""
    when = machine(arguments.cores)
    print(when)
    talks: list[Talk] = []
    async with serving(arguments.cores) as (url, pid):
        await talk(url, pid, 1, 1)  # The first conversation loads code.
        print(f"\n| {_IDLE} conversations without speech | % of a core each | KB each |")
        print("|---|--:|--:|")
        for name, is_listening in (("silent", False), ("with an open microphone", True)):
            load, megabytes = await without_speech(
                url, pid, _IDLE, seconds=_WATCHED, is_listening=is_listening
            )
            print(f"| {name} | {load.share / _IDLE:.2f} | {megabytes * 1024:.0f} |", flush=True)
        print(
            "\n| talkers | turns | first audio, s: median | 95 % | of it after the end of the turn "
            "| no answer | % of a core each | in all | MB in all |"
            "\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        )
        for talkers in _TALKERS:
            found = await talk(url, pid, talkers, arguments.turns)
            print(_row(found), flush=True)
            talks.append(found)
            if found.is_slow(arguments.slowest):
                break
    print(f"\nAt the end: load {load_average()}")
    if arguments.save:
        results.save("capacity", curves(talks, when, arguments.cores))


def curves(talks: Sequence[Talk], when: str, cores: int) -> results.Curves:
    """Return how long users wait for the first audio, by the number of those who talk."""
    answered = [talk for talk in talks if talk.waits]
    return results.Curves(
        title="End of speech → first audio, by the number of people who talk",
        when=when,
        command=f"scripts/bench capacity --cores {cores}",
        x="people who talk",
        y="first audio after, s",
        curves={
            name: [(talk.talkers, round(quantile(talk.waits, share), 2)) for talk in answered]
            for name, share in (("median", 0.5), ("95 %", 0.95))
        },
    )


def _row(talk: Talk) -> str:
    median, slow = (quantile(talk.waits, share) for share in (0.5, 0.95))
    load = talk.load
    return (
        f"| {talk.talkers} | {len(talk.waits)} | {median:.2f} | {slow:.2f} | "
        f"{quantile(talk.late, 0.95):.2f} | {talk.lost} | "
        f"{load.share / talk.talkers:.0f} | {load.share:.0f} | {load.megabytes:.0f} |"
    )


def main() -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench capacity",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cores", type=int, default=1, help="cores of the server")
    parser.add_argument("--turns", type=int, default=4, help="turns of each talker")
    parser.add_argument("--slowest", type=float, default=2.0, help="seconds, see above")
    parser.add_argument("--save", action="store_true", help="for `scripts/bench charts`")
    try:
        asyncio.run(measure(parser.parse_args()))
    except OSError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
