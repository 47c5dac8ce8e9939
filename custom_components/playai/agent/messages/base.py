"""What all messages have in common."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..words import clean_text

__all__ = [
    "Fields",
    "MalformedAudioError",
    "MalformedMessageError",
    "Message",
    "UndecodableAudio",
    "Unknown",
    "optional_text",
    "typed",
]


class MalformedMessageError(ValueError):
    """The text is not a valid message. The reason never quotes the text."""


class MalformedAudioError(MalformedMessageError):
    """The message carries audio, but its data is not base64."""


type Fields = dict[str, Any]
"""The JSON object of a message without its `type`."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message without fields; those with fields override both methods."""

    TYPE: ClassVar[str]

    def to_fields(self) -> Fields:
        """Return the JSON fields beside `type`."""
        return {}

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:  # noqa: ARG003 (for those that have fields)
        """Read the JSON fields; raises `MalformedMessageError` when one is wrong."""
        return cls()


@dataclass(frozen=True, slots=True)
class UndecodableAudio(Message):
    """Server: an `audioStream` whose data is not base64."""


@dataclass(frozen=True, slots=True)
class Unknown(Message):
    """A message of an unknown type, which is ignored."""

    TYPE = ""

    type: str


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
