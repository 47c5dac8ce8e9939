"""Runs the tests against each change."""

import os
import sys
import warnings
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from .forks import fork, outcomes
from .mutants import Mutant
from .replacing import find_code, loaded_functions

PYTEST = ["-x", "-q", "--assert=plain", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
PYTEST += ["-p", "no:unraisableexception", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
PYTEST += ["--timeout=0"]


class Forks:
    """A pytest plugin that runs the collected tests for each change, in a fork."""

    def __init__(self, todo: list[Mutant], jobs: int, report: int) -> None:
        self._todo = todo
        self._jobs = jobs
        self._report = report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the tests for each change, and report the outcomes."""
        if session.testsfailed:
            return None
        functions = loaded_functions()

        def run(mutant: Mutant | None) -> int:
            if mutant is not None:
                replace(mutant, functions)
                # The tests of a module notice most of its changes.
                name = mutant.path.stem
                session.items.sort(key=lambda item: name not in item.path.stem)
            return run_collected(session)

        numbers = {mutant: number for number, mutant in enumerate(self._todo)}
        for mutant, outcome in outcomes(self._todo, run, self._jobs):
            os.write(self._report, f"{numbers[mutant]} {outcome}\n".encode())
        return True


def run_collected(session: pytest.Session) -> int:
    """Run the tests until one fails; return 1 if one does, otherwise 0."""
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0


def run_tests(todo: list[Mutant], tests: list[str], jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Run tests against each change."""
    if local := [mutant for mutant in todo if mutant.is_local]:
        yield from run_local(local, tests, jobs)

    def run(mutant: Mutant | None) -> int:
        if mutant is not None:
            load_instead(mutant)
        return int(pytest.main([*PYTEST, *tests]))

    if others := [mutant for mutant in todo if not mutant.is_local]:
        yield from outcomes(others, run, jobs)


def run_local(todo: list[Mutant], tests: list[str], jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Run tests against changes of function bodies, for which nothing has to be loaded again."""
    reader, writer = os.pipe()
    child = fork(lambda: int(pytest.main([*PYTEST, *tests], plugins=[Forks(todo, jobs, writer)])))
    os.close(writer)
    with os.fdopen(reader) as lines:
        for line in lines:
            number, outcome = line.rstrip().split(" ", 1)
            yield todo[int(number)], outcome
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"The tests fail without any change: {' '.join(tests)}")


def replace(mutant: Mutant, functions: dict[tuple[str, str], list[FunctionType]]) -> None:
    """Replace the code of a function that is loaded."""
    found = functions[str(mutant.path), mutant.scope]
    (code,) = find_code(compile(mutant.code, str(mutant.path), "exec"), mutant.scope)
    with warnings.catch_warnings(action="ignore"):
        for function in found:
            function.__code__ = code


def load_instead(mutant: Mutant) -> None:
    """Let the import system load the changed module."""
    original = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        if Path(loader.path).resolve() == mutant.path:
            return compile(mutant.code, loader.path, "exec")
        return original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
