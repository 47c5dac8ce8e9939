"""Compares the behavior of a module before and after a change."""

import ast


def split(source: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return the behavior of a module outside of functions, and that of each of its functions.

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
    """Remove code without an effect on behavior."""
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
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            node.decorator_list = [d for d in node.decorator_list if not is_override(d)]
        case ast.Call(ast.Name("dataclass")):
            node.keywords = [k for k in node.keywords if k.arg not in ("frozen", "slots")]
        case _:
            pass


def is_override(decorator: ast.expr) -> bool:
    """Whether a decorator is only for the type checker."""
    return isinstance(decorator, ast.Name) and decorator.id == "override"


def has_effect(statement: ast.stmt) -> bool:
    """Whether a statement is neither a text, nor an annotation alone, nor a log line."""
    match statement:
        case ast.Expr(ast.Constant(str())) | ast.AnnAssign(value=None):
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
