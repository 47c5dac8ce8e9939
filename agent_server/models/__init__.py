"""Models from the internet: downloaded once, verified, and kept in the state folder."""

from dataclasses import dataclass
from typing import Final

from ..errors import EngineError

DIGEST_LENGTHS: Final = {"sha256": 64, "md5": 32}
"""Hexadecimal digits of each kind of digest."""


class ModelError(EngineError):
    """A file of a model is missing or damaged, and cannot be downloaded."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model."""

    name: str
    url: str
    digest: str
    """Its kind and its hexadecimal digits, such as `sha256:58af…`."""

    size: int | None = None
    """Bytes; None if they are not known."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that consists of files."""

    kind: str
    """The engine that uses it."""

    name: str
    files: tuple[ModelFile, ...]
