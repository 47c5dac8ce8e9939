"""The common part of all messages."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

__all__ = [
    "Fields",
    "MalformedAudioError",
    "MalformedMessageError",
    "Message",
    "UndecodableAudio",
    "Unknown",
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
        """Return the JSON fields besides `type`."""
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
