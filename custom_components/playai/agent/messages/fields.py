"""Reads the JSON fields of messages.

Wrong fields raise `MalformedMessageError`, except in `optional_text` and `names_of`.
"""

from typing import Final

from ..home import MAX_TEXT_BYTES, Tool
from ..words import clean_text
from .base import Fields, MalformedMessageError

__all__ = [
    "MAX_NAME",
    "id_of",
    "is_deep",
    "names_of",
    "optional_text",
    "text_of",
    "texts_of",
    "tool_of",
    "typed",
]

MAX_NAME: Final = 200
"""Characters of names and paths."""

_MAX_ID: Final = 256
"""Characters of an id."""

_MAX_NAMES: Final = 200
"""Languages and features of an agent."""

_MAX_DEPTH: Final = 32
"""Levels of lists and objects in the arguments of a tool."""


def typed[T](fields: Fields, name: str, kind: type[T], default: T | None = None) -> T:
    """Return a field of this type; raises `MalformedMessageError` for any other."""
    value = fields.get(name, default)
    # In Python a bool is an int; in JSON it is not.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise MalformedMessageError(f"{name} is not a {kind.__name__}")
    return value


def optional_text(fields: Fields, name: str) -> str | None:
    """Return a field if it is a text."""
    value = fields.get(name)
    return clean_text(value) if isinstance(value, str) else None


def id_of(fields: Fields) -> str:
    """Return the id of a call."""
    value = typed(fields, "id", str)
    if not 0 < len(value) <= _MAX_ID or not value.isprintable():
        raise MalformedMessageError("id is empty, too long, or not printable")
    return value


def text_of(fields: Fields) -> str:
    """Return the text of a message."""
    text = typed(fields, "text", str)
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise MalformedMessageError("text is too long")
    return text


def texts_of(fields: Fields, name: str) -> tuple[str, ...]:
    """Return a list of texts."""
    values = typed(fields, name, list, default=[])
    if not all(isinstance(value, str) for value in values):
        raise MalformedMessageError(f"{name} is not a list of texts")
    return tuple(values)


def names_of(fields: Fields, name: str) -> tuple[str, ...]:
    """Return the texts of a list, without those that are too long."""
    values = fields.get(name)
    texts = values[:_MAX_NAMES] if isinstance(values, list) else []
    return tuple(clean_text(t) for t in texts if isinstance(t, str) and len(t) <= MAX_NAME)


def tool_of(value: object) -> Tool:
    """Return a tool."""
    if not isinstance(value, dict):
        raise MalformedMessageError("a tool is not an object")
    return Tool(
        typed(value, "name", str),
        typed(value, "description", str, default=""),
        typed(value, "parameters", dict, default={}),
    )


def is_deep(value: object) -> bool:
    """Return whether lists and objects are nested too deeply."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)
