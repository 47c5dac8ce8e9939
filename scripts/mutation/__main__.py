"""The command `scripts/mutate`."""

import argparse
import importlib
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # A fork has only one thread.

from .forks import KILLED, KILLED_LATER, SURVIVED, TIMED_OUT
from .mutants import Mutant, mutants
from .runs import run_tests
from .suites import ROOT, SUITES, suite_of

DOCUMENT = ROOT / "docs" / "mutation-testing.md"
PRELOADED = ("aiohttp", "av", "hypothesis.stateful", "numpy", "orjson", "pytest_asyncio")


def files_in(names: Iterable[str]) -> Iterator[Path]:
    """Yield the files, and those in the folders."""
    for name in names:
        path = (ROOT / name).resolve()
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description="Runs mutation tests.")
    parser.add_argument("paths", nargs="*", default=list(SUITES), help="files or folders")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="other tests than usual")
    parser.add_argument("--sample", type=int, metavar="N", help="only N mutants of each module")
    parser.add_argument("--seed", type=int, default=0, help="which mutants are in the sample")
    parser.add_argument("--only", nargs="+", metavar="ID", help="only these mutants")
    parser.add_argument("--list", action="store_true", help="print the mutants, run no tests")
    parser.add_argument("-j", type=int, default=1, metavar="N", help="processes at once")
    arguments = parser.parse_args()
    for path in files_in(arguments.paths):
        if not path.exists():
            parser.error(f"{path} does not exist")
        if not arguments.tests and not suite_of(path):
            parser.error(f"no tests are known for {path}: choose some with --tests")
    return arguments


def main() -> int:
    """Run all changes and print the survivors; return 1 if any has no known reason."""
    arguments = parse_arguments()
    todo: list[Mutant] = []
    for path in files_in(arguments.paths):
        found = [m for m in mutants(path) if not arguments.only or m.id in arguments.only]
        if arguments.sample is not None and arguments.sample < len(found):
            found = random.Random(arguments.seed).sample(found, arguments.sample)  # noqa: S311
        todo += found
    if arguments.list:
        print("\n\n".join(map(str, todo)))
        return 0
    os.nice(19)
    for name in PRELOADED:
        importlib.import_module(name)
    groups = defaultdict(list)
    for mutant in todo:
        groups[str(suite_of(mutant.path))].append(mutant)
    known = DOCUMENT.read_text("utf-8")
    results: Counter[tuple[str, str]] = Counter()
    unexplained = 0
    for group in groups.values():
        stages = [arguments.tests] if arguments.tests else suite_of(group[0].path)
        for mutant, outcome in measure(group, stages, known, arguments.j):
            results[mutant.module, outcome] += 1
            if outcome == SURVIVED:
                is_known = mutant.id in known
                unexplained += not is_known
                print(f"\n{mutant}{'\nknown' if is_known else ''}", flush=True)
    print_table(results)
    print(f"\n{unexplained} survivors without a known reason")
    return 1 if unexplained else 0


def measure(
    todo: list[Mutant], stages: list[list[str]], known: str, jobs: int
) -> Iterator[tuple[Mutant, str]]:
    """Run the tests of each stage against the survivors of the stages before it.

    The later tests are slow. They do not run against survivors that have a known reason.
    """
    for number, tests in enumerate(stages, 1):
        survivors: list[Mutant] = []
        for done, (mutant, outcome) in enumerate(run_tests(todo, tests, jobs)):
            if done % 50 == 0:
                note(f"{done} of {len(todo)}: {mutant.module}")
            if outcome == TIMED_OUT:
                note(f"ended by a time limit: {mutant}")
            if outcome == SURVIVED and number < len(stages) and mutant.id not in known:
                survivors.append(mutant)
            else:
                yield mutant, KILLED_LATER if outcome == KILLED and number > 1 else outcome
        todo = survivors


def note(text: str) -> None:
    """Print progress to standard error."""
    print(text, file=sys.stderr, flush=True)


def print_table(results: Counter[tuple[str, str]]) -> None:
    """Print the figures of each module."""
    print("\n| module | mutants | killed | by later tests | by a time limit | rate |")
    print("|---|--:|--:|--:|--:|--:|")
    modules = sorted({module for module, _ in results})
    for name, part in [*((f"`{module}`", [module]) for module in modules), ("all", modules)]:
        survived, killed, later, timed_out = (
            sum(results[module, outcome] for module in part)
            for outcome in (SURVIVED, KILLED, KILLED_LATER, TIMED_OUT)
        )
        killed += later + timed_out
        total = killed + survived
        rate = 100 * killed / max(1, total)
        print(f"| {name} | {total} | {killed} | {later} | {timed_out} | {rate:.1f} % |")


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
