"""Changes code in small ways, one at a time, and runs the tests against each change.

The changes are those of Cosmic Ray, and the deletion of a statement. Cosmic Ray starts a new
interpreter for each change; this program forks one that has loaded the slow libraries already,
and leaves the files of the checkout alone.
"""

import ast
import importlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
CORE = "custom_components/playai/agent/turn_taking"
PRELOADED = ("aiohttp", "av", "hypothesis.stateful", "numpy", "orjson", "pytest_asyncio")

TESTS = {
    CORE: ["tests/agent/turn_taking", "tests/agent/test_turn_taking.py"],
    "custom_components/playai/agent": ["tests/agent"],
    "agent_server": ["tests/agent_server"],
}
"""Which tests run for which code; the first prefix that fits."""

COMPARISONS = ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt")
COMPARISONS += ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "In_NotIn", "NotIn_In")
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Mod_Mul", "FloorDiv_Mul")
"""One or two replacements of each operator. The others die of the same tests."""

SECONDS_PER_RUN = 120
PYTEST = ["-x", "-q", "--assert=plain", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
PYTEST += ["-p", "no:unraisableexception", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: Path
    line: int
    name: str
    code: str


class DeleteStatement(Operator):
    """Replaces a statement of a function with `pass`."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Yield the position of each simple statement that is not a text."""
        if node.type in ("expr_stmt", "atom_expr", "return_stmt") and self._is_statement(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Replace the statement."""
        return type(get_ast("pass\n").children[0].children[0])(
            f"{node.get_first_leaf().prefix}pass", node.start_pos
        )

    def _is_statement(self, node: Any) -> bool:
        parent = node.parent
        while parent is not None and parent.type != "funcdef":
            parent = parent.parent
        return parent is not None and node.parent.type == "simple_stmt"

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
        if is_wanted and not kind.arguments():
            yield name.removeprefix("core/"), kind()


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every change of a file that is valid Python and may change its behavior."""
    source = path.read_text("utf-8")
    seen = {ast.dump(without_signatures(ast.parse(source)))}
    for name, operator in operators():
        nodes = ast_nodes(get_ast(source))
        positions = [at for node in nodes for at, _ in operator.mutation_positions(node)]
        for occurrence, (line, _) in enumerate(positions):
            code = mutate_code(source, operator, occurrence)
            try:
                tree = ast.dump(without_signatures(ast.parse(code or source)))
            except SyntaxError:
                continue
            if tree not in seen:
                seen.add(tree)
                yield Mutant(path, line, name, code or source)


def without_signatures(tree: ast.Module) -> ast.Module:
    """Remove what changes no behavior: annotations, and the kinds of parameters."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                setattr(node, name, ast.Constant(None))
        if isinstance(node, ast.arguments):
            node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
            node.defaults += [default for default in node.kw_defaults if default is not None]
            node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
    return tree


def start_tests(mutant: Mutant | None, tests: list[str]) -> int:
    """Start the tests in a forked interpreter; return its process id."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        if mutant is not None:
            load_instead(mutant)
        os._exit(int(pytest.main([*PYTEST, *tests])))
    return child


def survivors(mutants: list[Mutant], tests: list[str] | None) -> Iterator[Mutant]:
    """Run the tests against each change, as many at once as there are processors."""
    waiting = deque(mutants)
    running: dict[int, tuple[Mutant, float]] = {}
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            mutant = waiting.popleft()
            child = start_tests(mutant, tests or tests_for(mutant.path))
            running[child] = mutant, time.monotonic() + SECONDS_PER_RUN
        for child, (mutant, deadline) in list(running.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            if done or time.monotonic() > deadline:
                del running[child]
                if not done:  # Tests that hang have noticed the change.
                    os.killpg(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                elif status == 0:
                    yield mutant
        time.sleep(0.01)


def load_instead(mutant: Mutant) -> None:
    """Let the import system load the changed code."""
    original = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        if Path(loader.path).resolve() == mutant.path:
            return compile(mutant.code, loader.path, "exec")
        return original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]


def tests_for(path: Path) -> list[str]:
    """Return the tests of a file."""
    name = path.relative_to(ROOT).as_posix()
    return next(tests for prefix, tests in TESTS.items() if name.startswith(prefix))


def show(mutant: Mutant) -> None:
    """Print a change that no test noticed."""
    before = mutant.path.read_text("utf-8").splitlines()
    after = mutant.code.splitlines()
    print(f"\n{mutant.path.relative_to(ROOT)}:{mutant.line} {mutant.name}")
    for old, new in zip(before, after, strict=False):
        if old != new:
            print(f"- {old.strip()}\n+ {new.strip()}", flush=True)
            break


def main() -> int:
    """Run all changes and print the survivors; return 1 if any."""
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    chosen = arguments[split + 1 :]
    paths = [ROOT / name for name in arguments[:split] or [CORE]]
    files = [f for path in paths for f in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    for name in PRELOADED:
        importlib.import_module(name)
    for tests in {tuple(chosen or tests_for(path)) for path in files}:
        if os.waitpid(start_tests(None, list(tests)), 0)[1] != 0:
            print(f"The tests fail without any change: {' '.join(tests)}")
            return 2
    todo = [mutant for path in files for mutant in mutants(path.resolve())]
    print(f"{len(todo)} mutants", flush=True)
    survived = 0
    for mutant in survivors(todo, chosen):
        survived += 1
        show(mutant)
    killed = len(todo) - survived
    print(f"\n{killed} of {len(todo)} mutants killed ({100 * killed / max(1, len(todo)):.1f} %)")
    return 1 if survived else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
