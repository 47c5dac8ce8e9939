"""Runs a function for each change, in a fork of this interpreter."""

import os
import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from .mutants import Mutant

CPU_SECONDS = 3
"""A change may use this much more than three times the processor time of the unchanged code."""

ASLEEP_SECONDS = 20
"""Tests are stuck if none of their threads can run, and they use no processor, for this long."""

LONGEST_SECONDS = 1800


BROKEN = 99
"""The status of a process that failed outside of the tests."""

SURVIVED, KILLED, KILLED_LATER, TIMED_OUT = "survived", "killed", "killed later", "timed out"


def fork(run: Callable[[], int], cpu_seconds: int | None = None) -> int:
    """Run a function in a forked interpreter without output; return its process id."""
    child = os.fork()
    if child == 0:
        status = BROKEN
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            if cpu_seconds is not None:
                resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
            status = run()
        finally:
            os._exit(status)
    return child


@dataclass
class Process:
    """A process with tests."""

    id: int
    mutant: Mutant
    began: float
    checked: float = 0.0
    rested: str | None = None
    rested_since: float = 0.0

    def is_stuck(self) -> bool:
        """Whether it will not end.

        The limit of processor time ends an endless loop. Other programs that use the processor
        change neither of the two limits.
        """
        now = time.monotonic()
        if now - self.checked < 1:
            return False
        self.checked = now
        rest = resting(self.id)
        if rest is None or rest != self.rested:
            self.rested, self.rested_since = rest, now
        return now - self.rested_since > ASLEEP_SECONDS or now - self.began > LONGEST_SECONDS


def resting(process: int) -> str | None:
    """Return the processor time of a process, or None if a thread of it can run."""
    try:
        threads = [stat.read_text() for stat in Path(f"/proc/{process}/task").glob("*/stat")]
    except OSError:
        return None
    fields = [thread.rpartition(")")[2].split() for thread in threads]
    if any(state[0] != "S" for state in fields):
        return None
    return " ".join(f"{state[11]}+{state[12]}" for state in fields)


def outcomes(
    todo: list[Mutant], run: Callable[[Mutant | None], int], jobs: int
) -> Iterator[tuple[Mutant, str]]:
    """Run the tests against each change, `jobs` of them at once; yield the outcomes."""
    _, status, usage = os.wait4(fork(partial(run, None)), 0)
    if status != 0:
        pytest.exit("the tests fail without any change", returncode=3)
    cpu_seconds = CPU_SECONDS + round(3 * (usage.ru_utime + usage.ru_stime))
    waiting = deque(todo)
    running: list[Process] = []
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.popleft()
            child = fork(partial(run, mutant), cpu_seconds)
            running.append(Process(child, mutant, time.monotonic()))
        time.sleep(0.01)
        for process in list(running):
            done, status = os.waitpid(process.id, os.WNOHANG)
            if not done:
                if process.is_stuck():
                    os.kill(process.id, signal.SIGKILL)
                continue
            running.remove(process)
            if os.waitstatus_to_exitcode(status) == BROKEN:
                raise RuntimeError(f"this change cannot be tested:\n{process.mutant}")
            outcome = TIMED_OUT if os.WIFSIGNALED(status) else KILLED if status else SURVIVED
            yield process.mutant, outcome
