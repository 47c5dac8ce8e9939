"""Everything that other code uses of the library is declared as public."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "custom_components" / "playai" / "agent"
USERS = (
    *("custom_components/playai", "scripts", "benchmarks"),
    *("tests/harness", "tests/integration", "tests/e2e"),
)


def files() -> list[Path]:
    """The code outside the library that may import it."""
    paths = [path for folder in USERS for path in (ROOT / folder).rglob("*.py")]
    return [path for path in paths if LIBRARY not in path.parents]


def imports(path: Path) -> Iterator[tuple[Path, str]]:
    """The names that a file imports from the library, each with the module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".")
            if node.level:
                module = path.parents[node.level - 1].joinpath(*parts)
            else:
                module = ROOT.joinpath(*parts)
            if LIBRARY in (module, *module.parents):
                for alias in node.names:
                    yield module, alias.name


def declared(module: Path) -> list[str]:
    """The `__all__` of a module."""
    source = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    for node in ast.parse(source.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def test_library_is_typed() -> None:
    assert (LIBRARY / "py.typed").exists()


def test_every_name_in_use_is_public() -> None:
    used = {(module, name) for path in files() for module, name in imports(path)}
    assert len(used) > 30
    hidden = [
        f"{module.relative_to(LIBRARY.parent)}: {name}"
        for module, name in sorted(used)
        if name not in declared(module) and not (module / f"{name}.py").exists()
    ]
    assert hidden == []


@pytest.mark.parametrize("module", sorted(LIBRARY.rglob("*.py")), ids=str)
def test_every_public_name_exists(module: Path) -> None:
    defined: set[str] = set()
    for node in ast.parse(module.read_text("utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                defined.add(name)
            case ast.AsyncFunctionDef(name=name):
                defined.add(name)
            case ast.ImportFrom(names=names):
                defined |= {alias.asname or alias.name for alias in names}
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.TypeAlias(name=ast.Name(id=name)):
                defined.add(name)
    assert (
        set(declared(module.parent if module.stem == "__init__" else module.with_suffix("")))
        <= defined
    )
