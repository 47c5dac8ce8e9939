"""The numbers that the charts show, in files that the benchmarks write with `--save`.

A file has the numbers of one run, its date and its machine.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "results"


@dataclass(frozen=True, kw_only=True)
class Result:
    """The fields of all results."""

    title: str
    when: str
    """The date and the machine, as in the line above the table."""

    command: str


@dataclass(frozen=True, kw_only=True)
class Steps(Result):
    """When each step of something ended, for some systems; the last one is its end."""

    unit: str
    systems: Mapping[str, Sequence[tuple[str, float]]]


@dataclass(frozen=True, kw_only=True)
class Curves(Result):
    """Values that depend on a number."""

    x: str
    y: str
    curves: Mapping[str, Sequence[tuple[float, float]]]


_KINDS: Final[dict[str, type[Steps | Curves]]] = {"steps": Steps, "curves": Curves}


def save(name: str, result: Steps | Curves, folder: Path = FOLDER) -> None:
    """Write a result; `scripts/bench charts` draws it."""
    kind = next(kind for kind, cls in _KINDS.items() if type(result) is cls)
    text = json.dumps({"kind": kind, **asdict(result)}, ensure_ascii=False, indent=2)
    (folder / f"{name}.json").write_text(f"{text}\n", "utf-8")


def load(path: Path) -> Steps | Curves:
    """Read a result."""
    fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return _KINDS[fields.pop("kind")](**fields)
