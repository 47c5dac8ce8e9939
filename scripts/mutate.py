"""Changes code in small ways, one at a time, and runs the tests against each change.

The changes are those of Cosmic Ray, and the deletion of a statement. Cosmic Ray starts a new
interpreter for each change. This program collects the tests once and forks for each change. The
files of the checkout are not modified.
"""

import argparse
import ast
import gc
import hashlib
import importlib
import os
import random
import resource
import signal
import sys
import time
import warnings
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, override

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # A fork has only one thread.

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "mutation-testing.md"
PRELOADED = ("aiohttp", "av", "hypothesis.stateful", "numpy", "orjson", "pytest_asyncio")

LIBRARY = "custom_components/playai/agent"
SUITES: dict[str, list[list[str]]] = {
    f"{LIBRARY}/turn_taking": [["tests/agent/turn_taking"], ["tests/agent/test_turn_taking.py"]],
    f"{LIBRARY}/reply.py": [["tests/agent/test_reply_rules.py"]],
    f"{LIBRARY}/pacing.py": [["tests/agent/test_pacing_rules.py"]],
    "agent_server/conversation": [
        [
            f"tests/agent_server/test_{name}.py"
            for name in (
                *("inbox_rules", "playback_rules", "says_rules", "utterances"),
                *("speaker_rules", "acts_rules", "responder_rules", "cascade_rules"),
            )
        ]
    ],
    "agent_server/turn_detection/endpointing.py": [
        ["tests/agent_server/test_endpointing_rules.py"]
    ],
}
"""The tests of each file or folder. Later ones run against the survivors of earlier ones."""

COMPARISONS = ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt")
COMPARISONS += ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "In_NotIn", "NotIn_In")
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Mod_Mul", "FloorDiv_Mul")
"""One or two replacements of each operator. The same tests notice the others."""

STATEMENTS = ("expr_stmt", "atom_expr", "return_stmt", "raise_stmt", "del_stmt", "yield_expr")

CPU_SECONDS = 3
"""A change may use this much more than three times the processor time of the unchanged code."""

ASLEEP_SECONDS = 20
"""Tests that use no processor for so long while none of their threads can run are blocked."""

LONGEST_SECONDS = 1800

PYTEST = ["-x", "-q", "--assert=plain", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
PYTEST += ["-p", "no:unraisableexception", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
PYTEST += ["--timeout=0"]

BROKEN = 99
"""The status of a process that failed outside of the tests."""

SURVIVED, KILLED, KILLED_LATER, TIMED_OUT = "survived", "killed", "killed later", "timed out"


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: Path
    line: int
    scope: str
    """The function or class with the change, or an empty string."""

    operator: str
    before: str
    after: str
    number: int
    """Distinguishes changes that look the same."""

    code: str
    is_local: bool
    """Whether only the body of a function changes."""

    @property
    def id(self) -> str:
        """Identifies the change as long as its line and its function do not change."""
        place = f"{self.module} {self.scope} {self.operator} {self.number}"
        return hashlib.sha256(f"{place}\n{self.before}\n{self.after}".encode()).hexdigest()[:8]

    @property
    def module(self) -> str:
        """The path in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    def __str__(self) -> str:
        place = f"{self.module}:{self.line} {self.scope} {self.operator}"
        return f"{self.id} {place}\n- {self.before}\n+ {self.after}"


class DeleteStatement(Operator):
    """Replaces a statement of a function with `pass`."""

    @override
    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Yield the position of each simple statement that is not a text."""
        is_statement = node.type in STATEMENTS or (
            node.type == "keyword" and node.value in ("return", "raise", "continue", "break")
        )
        if is_statement and self._is_in_function(node):
            yield node.start_pos, node.end_pos

    @override
    def mutate(self, node: Any, index: int) -> Any:
        """Replace the statement."""
        return type(get_ast("pass\n").children[0].children[0])(
            f"{node.get_first_leaf().prefix}pass", node.start_pos
        )

    def _is_in_function(self, node: Any) -> bool:
        parent = node.parent
        while parent is not None and parent.type != "funcdef":
            parent = parent.parent
        return parent is not None and node.parent.type == "simple_stmt"

    @override
    @classmethod
    def examples(cls) -> tuple[()]:
        """Return none: Cosmic Ray's own tests use them."""
        return ()


def operators() -> Iterator[tuple[str, Operator]]:
    """Yield the changes that are worth a run."""
    yield "DeleteStatement", DeleteStatement()
    for name in operator_names():
        kind = get_operator(name)
        is_operator = "ReplaceBinary" in name or "ReplaceComparison" in name
        is_wanted = not is_operator or name.split("Operator_")[1] in (*COMPARISONS, *ARITHMETIC)
        if is_wanted and "String" not in name and not kind.arguments():
            yield name.removeprefix("core/"), kind()


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every change of a file that is valid Python and may change its behavior."""
    source = path.read_text("utf-8")
    original = split(source)
    seen = {original}
    alike: Counter[tuple[str, ...]] = Counter()
    for name, operator in operators():
        nodes = ast_nodes(get_ast(source))
        positions = [at for node in nodes for at, _ in operator.mutation_positions(node)]
        for occurrence, (line, _) in enumerate(positions):
            code = mutate_code(source, operator, occurrence) or source
            try:
                parts = split(code)
            except SyntaxError:
                continue
            if parts in seen:
                continue
            seen.add(parts)
            changed = {function for function, _ in parts[1] ^ original[1]}
            is_local = parts[0] == original[0] and len(changed) == 1
            scope = changed.pop() if is_local else scope_at(source, line)
            is_local = is_local and is_replaceable(source, code, scope)
            look = (scope, name, *difference(source, code))
            alike[look] += 1
            yield Mutant(path, line, *look, alike[look], code, is_local)


def split(source: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return what a module does outside of functions, and what each of its functions does.

    Annotations, docstrings and log lines are left out, as are the kinds of parameters, and
    whether a data class is frozen or has slots.
    """
    tree = ast.parse(source)
    functions: list[tuple[str, str]] = []

    def visit(parent: ast.Module | ast.ClassDef, prefix: str) -> None:
        for node in parent.body:
            if isinstance(node, ast.ClassDef):
                visit(node, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions.append((prefix + node.name, ast.dump(ast.Module(node.body))))
                node.body = []

    for node in ast.walk(tree):
        simplify(node)
    visit(tree, "")
    return ast.dump(tree), frozenset(functions)


def simplify(node: ast.AST) -> None:
    """Remove what changes no behavior."""
    for name in ("annotation", "returns"):
        if getattr(node, name, None) is not None:
            setattr(node, name, ast.Constant(None))
    for name in ("body", "orelse", "finalbody"):
        if isinstance(statements := getattr(node, name, None), list):
            setattr(node, name, [s if has_effect(s) else ast.Pass() for s in statements])
    match node:
        case ast.arguments():
            node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
            node.defaults += [default for default in node.kw_defaults if default is not None]
            node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        case ast.Call(ast.Name("dataclass")):
            node.keywords = [k for k in node.keywords if k.arg not in ("frozen", "slots")]
        case _:
            pass


def has_effect(statement: ast.stmt) -> bool:
    """Whether a statement is neither a text nor a log line."""
    match statement:
        case ast.Expr(ast.Constant(str())):
            return False
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("_LOGGER")))):
            return False
        case _:
            return True


def scope_at(source: str, position: tuple[int, int] | int) -> str:
    """Return the function or class at a line."""
    line = position if isinstance(position, int) else position[0]
    scopes = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return ".".join(node.name for node in scopes)


def difference(source: str, code: str) -> tuple[str, str]:
    """Return the first line that differs, before and after."""
    before, after = (
        [line.strip() for line in text.splitlines() if line.strip()] for text in (source, code)
    )
    return next((old, new) for old, new in zip(before, after, strict=False) if old != new)


# How a change is applied.


def find_code(code: CodeType, name: str) -> list[CodeType]:
    """Return the code of the functions with a qualified name."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    deeper = [found for other in inner for found in find_code(other, name)]
    return [other for other in inner if other.co_qualname == name] + deeper


def is_replaceable(source: str, code: str, function: str) -> bool:
    """Whether the code of a function can be replaced in the function object."""
    old = find_code(compile(source, "", "exec"), function)
    new = find_code(compile(code, "", "exec"), function)
    return len(old) == len(new) == 1 and old[0].co_freevars == new[0].co_freevars


def loaded_functions() -> dict[tuple[str, str], list[FunctionType]]:
    """Return the functions that are loaded, by file and qualified name."""
    functions: dict[tuple[str, str], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            code = thing.__code__
            functions.setdefault((code.co_filename, code.co_qualname), []).append(thing)
    return functions


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


# How tests run.


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
    """Run the tests against each change, a number of them at once."""
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
    """Run tests until one fails."""
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


# The command.


def files_in(names: Iterable[str]) -> Iterator[Path]:
    """Yield the files, and those in the folders."""
    for name in names:
        path = (ROOT / name).resolve()
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def suite_of(path: Path) -> list[list[str]]:
    """Return the tests of a file."""
    name = path.relative_to(ROOT).as_posix()
    return next((tests for prefix, tests in SUITES.items() if name.startswith(prefix)), [])


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
    """Print what is not a result."""
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
