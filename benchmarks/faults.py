"""Runs turns through the Assist pipeline of a real Home Assistant, one in five with a fault.

    scripts/bench faults --turns 1000

Three satellites talk at the same time to an agent that fails as planned. Every turn must end
within its limit and as the rules say, no answer may reach another conversation, memory and tasks
must not grow, and the key must not leave its store. The exit code is 1 if one of these fails.
"""

import argparse
import asyncio
import platform
import secrets
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.fault_run.agent import Agent
from benchmarks.fault_run.draw import Draw
from benchmarks.fault_run.outcomes import allowed_outcomes
from benchmarks.fault_run.plans import Point
from benchmarks.fault_run.satellite import Result, Turn
from benchmarks.fault_run.watch import Look, Secret, bad_lines, complaints, look, look_when_quiet
from tests.harness.home import Home

SATELLITES: Final = 3
WARM_UP: Final = 100
"""After this many turns, all objects that are created only once exist."""

LOOK_EVERY: Final = 50
SHOW_EVERY: Final = 100
SLACK: Final = {"threads": 2, "files": 3, "tasks": 2}
"""How much these may grow between two idle moments."""

REST_SECONDS: Final = 660.0
"""Home Assistant keeps replies and conversations for five minutes, and removes expired ones every
five minutes."""

REST_STEP_SECONDS: Final = 15.0
MEMORY_MB: Final = 10.0
PER_TURN: Final = {"all": 5, "blocks": 15}
"""Allowed growth, between the warm-up and the end of the rest: of allocated memory, of Python
objects and of their blocks per turn. One conversation has more than a hundred objects."""

CONFIGURATION: Final = "diagnostics:\nrecorder:\nrepairs:\n"


class FaultRun:
    """One run."""

    def __init__(self, home: Home, agent: Agent, secret: Secret, turns: int, seed: int) -> None:
        self.results: list[Result] = []
        self.looks: list[Look] = []
        self.quiet: list[Look] = []
        self.failures: list[str] = []
        self._home = home
        self._agent = agent
        self._secret = secret
        self._turns = turns
        self._draw = Draw(turns, seed, SATELLITES)
        self._start = time.monotonic()
        self._pipeline = ""
        self._has_rested = False

    async def run(self, rest: float) -> None:
        """Run all turns; after at most `rest` seconds, inspect the remaining objects."""
        home, secret = self._home, self._secret
        # Not in the configuration, which the demo uses as well.
        await home.api.command(
            "call_service",
            domain="logger",
            service="set_level",
            service_data={"custom_components.playai": "debug"},
        )
        async with secret.watching_events(home):
            agent = {"url": self._agent.url, "api_key": secret.key, "agent_id": "faults"}
            self._pipeline = await home.add_agent(**agent)
            last = self._turns - SATELLITES
            for until in (min(WARM_UP, last // 2), last, self._turns):
                await self._take_turns(until)
                if until != last:
                    self.quiet.append(await self._look_when_quiet(until))
            await self._rest(rest)
            entries = await home.api.command("config_entries/get", domain="playai")
            if [entry["state"] for entry in entries] != ["loaded"]:
                self.failures.append("the config entry is not loaded")
            await secret.search_api(home, entries[0]["entry_id"])
            self.failures += await complaints(home)

    async def _look_when_quiet(self, turns: int) -> Look:
        return await look_when_quiet(self._home, turns, time.monotonic() - self._start)

    async def _rest(self, seconds: float) -> None:
        """Wait until Home Assistant has removed replies and conversations."""
        self._has_rested = seconds > 0
        end = time.monotonic() + seconds
        while self.growth() and time.monotonic() < end:
            await asyncio.sleep(REST_STEP_SECONDS)
            self.quiet[2:] = [await self._look_when_quiet(self._turns)]

    async def _take_turns(self, until: int) -> None:
        self._draw.until = until
        async with asyncio.TaskGroup() as tasks:
            for satellite in range(SATELLITES):
                tasks.create_task(self._talk(satellite, tasks))

    async def _talk(self, satellite: int, tasks: asyncio.TaskGroup) -> None:
        """Run one turn after the other until none is left."""
        while (plan := self._draw.next(satellite)) is not None:
            await self._agent.begin(plan)
            tasks.create_task(self._take(Turn(self._home, self._pipeline, plan)))
            await plan.may_continue.wait()

    async def _take(self, turn: Turn) -> None:
        result = await turn.take()
        await self._agent.end(result.plan)
        self._secret.search("pipeline events", result.told)
        result.told = ""
        self.results.append(result)
        if not result.is_right:
            print(f"turn {describe(result)}", file=sys.stderr, flush=True)
        if len(self.results) % LOOK_EVERY == 0:
            seconds = time.monotonic() - self._start
            self.looks.append(await look(self._home, len(self.results), seconds))
            print(self.looks[-1], file=sys.stderr, flush=True)

    def growth(self) -> list[str]:
        """Return the growth since the warm-up, in memory and objects."""
        before, now = self.quiet[0], self.quiet[-1]
        memory = now.malloc - before.malloc
        found = [f"memory grew by {memory:.1f} MB"] if memory > MEMORY_MB else []
        for kind, limit in PER_TURN.items():
            more = now.objects[kind] - before.objects[kind]
            if more > limit * (now.turns - before.turns):
                found.append(f"there are {more} more of {kind}")
        return found

    def judge(self, log: str) -> list[tuple[str, list[str]]]:
        """Return each claim with the evidence against it."""
        before, after = self.quiet[0], self.quiet[-1]
        in_time = [describe(r) for r in self.results if not r.is_in_time]
        wrong = [describe(r) for r in self.results if r.wrong]
        not_allowed = [
            describe(r) for r in self.results if r.outcome not in allowed_outcomes(r.plan)
        ]
        flat = [
            f"{name}: {now}, after the warm-up {then}"
            for name, then, now in (
                ("threads", before.threads, after.threads),
                ("files", before.files, after.files),
                ("tasks", before.tasks.total(), after.tasks.total()),
            )
            if now - then > SLACK[name]
        ]
        if left := after.tasks - before.tasks:
            flat += [f"more tasks: {dict(left)}"] if flat else []
        claim = "threads, files and tasks are flat"
        if self._has_rested:
            claim = f"memory, objects, {claim}"
            flat += self.growth()
        if self._agent.open_connections:
            self.failures.append(f"{self._agent.open_connections} connections are open")
        missing = {"log", "files", "events", "diagnostics", "pipeline events"}
        missing -= set(self._secret.searched)
        return [
            (f"{len(self.results)} turns ended within their limits", in_time),
            ("every turn ended as the design says", not_allowed),
            ("no answer went to another turn", wrong + self._agent.faults),
            (claim, flat),
            (
                "the key is nowhere but in its store",
                [f"{place}: {n}" for place, n in self._secret.seen.items()]
                + [f"not searched: {place}" for place in missing],
            ),
            ("no traceback and no error of the integration in the log", list(bad_lines(log))),
            ("all works again, no conversation is left, one flow asks for the key", self.failures),
        ]


def describe(result: Result) -> str:
    """Describe one turn."""
    plan = result.plan
    allowed = sorted(allowed_outcomes(plan))
    return (
        f"{plan.number} ({plan.conversation_id}, {plan.name}, {plan.fault!r}, {plan.attempts} "
        f"connections, {plan.times} times, words {plan.has_words}): {result.outcome}, allowed "
        f"{allowed}, {result.seconds:.1f} s {result.wrong} {result.events[-4:]}"
    )


def print_faults(results: list[Result]) -> None:
    """Print how often each fault occurred, and how the turns ended."""
    kinds: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        plan = result.plan
        kinds[str(plan.fault or plan.whim or "none").removesuffix(", closed")].append(result)
    print("| fault | turns | how they ended | longest, s |")
    print("|---|--:|---|--:|")
    for name, those in sorted(kinds.items()):
        ends = Counter(result.outcome for result in those)
        told = ", ".join(f"{end} {n}" for end, n in ends.most_common())
        print(f"| {name} | {len(those)} | {told} | {max(r.seconds for r in those):.1f} |")
    print()
    print("| when | faults |")
    print("|---|--:|")
    points = Counter(result.plan.point for result in results if result.plan.fault)
    for point in Point:
        print(f"| {point.value} | {points[point]} |")


def print_looks(run: FaultRun) -> None:
    """Print the resources of Home Assistant, during turns and idle."""
    columns = "minutes | RSS MB | malloc MB | threads | open files | tasks | of them sessions"
    print(f"| turns | {columns} |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for each in run.looks:
        if each.turns % SHOW_EVERY == 0:
            print(each)
    print()
    print(f"| nobody talks, after turns | {columns} |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for each in run.quiet:
        print(each)
    kinds = ("blocks", "all", "Session", "Connection", "Turn", "Reply", "Timer")
    print(f"\n| Python objects | {' | '.join(kinds)} |")
    print("|---" * (len(kinds) + 1) + "|")
    for each in run.quiet:
        minutes = f"after {each.seconds / 60:.1f} minutes"
        print(f"| {minutes} | {' | '.join(str(each.objects[kind]) for kind in kinds)} |")


async def measure(turns: int, seed: int, rest: float, folder: Path) -> bool:
    """Run, print, and return whether all claims hold."""
    secret = Secret(f"ak-{secrets.token_hex(16)}")
    agent = Agent(secret.key)
    await agent.start()
    start = time.monotonic()
    try:
        async with Home(folder, configuration=CONFIGURATION) as home:
            version = (await home.api.command("get_config"))["version"]
            start_of_log = home.log.stat().st_size
            run = FaultRun(home, agent, secret, turns, seed)
            await run.run(rest)
        minutes = (time.monotonic() - start) / 60
    finally:
        await agent.stop()
    secret.search_folder(folder)
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, "
        f"Home Assistant {version}: {turns} turns, seed {seed}, in {minutes:.1f} minutes, "
        f"{agent.connections} connections.\n"
    )
    print_faults(run.results)
    print()
    print_looks(run)
    print()
    print("Searched for the key:", ", ".join(f"{n} {name}" for name, n in secret.searched.items()))
    print()
    is_proved = True
    for claim, against in run.judge(home.log.read_bytes()[start_of_log:].decode()):
        is_proved = is_proved and not against
        print(f"- {'yes' if not against else 'NO'}: {claim}")
        for each in against[:20]:
            print(f"    - {each}")
    print(f"\nVerdict: {'proved' if is_proved else 'FAILED'}")
    return is_proved


def main() -> int:
    """Run and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rest", type=float, default=REST_SECONDS, help="seconds at most")
    parser.add_argument("--folder", type=Path, help="keeps the log; emptied first")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary) / "home"
        proving = measure(arguments.turns, arguments.seed, arguments.rest, folder)
        return 0 if asyncio.run(proving) else 1


if __name__ == "__main__":
    sys.exit(main())
