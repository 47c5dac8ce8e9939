"""The models that can be chosen by their name alone; see catalogue.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from . import DIGEST_LENGTHS, Model, ModelFile

_PATH: Final = Path(__file__).with_name("catalogue.toml")


def find(kind: str, name: str) -> Model | None:
    """Return a model of a kind of engine; None if it is not known."""
    entry = _read()[kind].get(name)
    if entry is None:
        return None
    return Model(
        kind,
        name,
        tuple(
            ModelFile(file, entry["url"] + file, _digest(fields), fields["size"])
            for file, fields in entry["files"].items()
        ),
    )


def names(kind: str) -> list[str]:
    """Return the names of all models of a kind of engine."""
    return list(_read()[kind])


@cache
def _read() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_PATH.read_text(encoding="utf-8"))


def _digest(fields: Mapping[str, Any]) -> str:
    (kind,) = DIGEST_LENGTHS.keys() & fields.keys()
    return f"{kind}:{fields[kind]}"
