"""The process of one target: creates inputs and feeds them.

`watch.py` starts it. Each input is first written to a file, so that it is known if the process
crashes. Counts are printed as JSON lines.
"""

import argparse
import gc
import json
import mmap
import sys
import time
import traceback
from pathlib import Path
from random import Random

import av

from benchmarks.fuzzing import targets
from benchmarks.fuzzing.mutate import LENGTH_BYTES, MAX_BYTES

WARM_UP = 200
"""After this many inputs, all objects that are created only once exist."""

REPORT_SECONDS = 0.25
LEAST = 150
"""The minimum number of inputs, so that a short run on a slow machine is enough."""


class Child:
    """Feeds one target."""

    def __init__(self, name: str, seed: int, port: int, current: Path) -> None:
        self._random = Random(f"{name} {seed}")  # noqa: S311 (not for secrets)
        self._target = targets.make(name, self._random, port)
        self._slowest = current.with_suffix(".slowest")
        current.write_bytes(bytes(LENGTH_BYTES + MAX_BYTES))
        with current.open("r+b") as file:
            self._current = mmap.mmap(file.fileno(), 0)  # Writing to a file would be too slow.
        self._memory: int | None = None
        self._counts = {"inputs": 0, "refused": 0, "accepted": 0, "worst_ms": 0.0, "growth": 0}
        self._worst = b""

    def run(self, seconds: float) -> None:
        """Feed inputs for `seconds`, and at least `LEAST`."""
        end = time.monotonic() + seconds
        reported = 0.0
        while (now := time.monotonic()) < end or self._counts["inputs"] < LEAST:
            self._one()
            if self._counts["inputs"] == WARM_UP:
                self._memory = _memory()
            if now - reported > REPORT_SECONDS:
                reported = now
                self._report()
        if isinstance(self._target, targets.Requests):
            self._target.check()
        if self._memory is not None:
            self._counts["growth"] = _memory() - self._memory
        self._report()

    def replay(self, data: bytes) -> None:
        """Feed one input whole, then in many pieces."""
        for pieces in [[data], *(self._target.mutator.pieces(data) for _ in range(100))]:
            self._feed(pieces)
        self._report()

    def _one(self) -> None:
        pieces = self._target.mutator.pieces(self._target.mutator.next())
        data = b"".join(pieces)
        self._current[: LENGTH_BYTES + len(data)] = len(data).to_bytes(LENGTH_BYTES) + data
        self._feed(pieces)

    def _feed(self, pieces: list[bytes]) -> None:
        self._counts["inputs"] += 1
        started = time.thread_time()
        try:
            for _ in self._target.steps(pieces):
                started = self._note_step(started, pieces)
            self._counts["accepted"] += 1
        except self._target.refusals:
            self._counts["refused"] += 1
        self._note_step(started, pieces)

    def _note_step(self, started: float, pieces: list[bytes]) -> float:
        now = time.thread_time()
        took = (now - started) * 1_000
        if took > self._counts["worst_ms"]:
            self._counts["worst_ms"] = took
            self._slowest.write_bytes(b"".join(pieces))
        return time.thread_time()

    def _report(self) -> None:
        print(json.dumps(self._counts), flush=True)


def _memory() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4_096


def main() -> int:
    """Run one target; an exception that is not a refusal ends the process with 1."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("current", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--replay", type=Path)
    arguments = parser.parse_args()
    av.logging.set_level(None)
    child = Child(arguments.name, arguments.seed, arguments.port, arguments.current)
    try:
        if arguments.replay is None:
            child.run(arguments.seconds)
        else:
            child.replay(arguments.replay.read_bytes())
    except Exception:  # noqa: BLE001 (any exception is a finding, and reported to the parent)
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
