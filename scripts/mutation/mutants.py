"""Finds the changes of a file."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

from .behavior import scope_at, split
from .replacing import is_replaceable
from .suites import ROOT

COMPARISONS = ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt")
COMPARISONS += ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "In_NotIn", "NotIn_In")
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Mod_Mul", "FloorDiv_Mul")
"""One or two replacements of each operator. The same tests notice the others."""

STATEMENTS = ("expr_stmt", "atom_expr", "return_stmt", "raise_stmt", "del_stmt", "yield_expr")


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


def difference(source: str, code: str) -> tuple[str, str]:
    """Return the first line that differs, before and after."""
    before, after = (
        [line.strip() for line in text.splitlines() if line.strip()] for text in (source, code)
    )
    return next((old, new) for old, new in zip(before, after, strict=False) if old != new)
