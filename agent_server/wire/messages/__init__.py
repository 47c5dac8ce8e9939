"""The messages of the Agent WebSocket protocol, as its server sees them.

Each edition adds messages to those of the one before. A message is only sent to clients of its
own edition or a later one.
"""

import json
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from .errors import ErrorCode, ProtocolError

_LARGE: Final = 65_536
"""Characters of a message that may have any structure."""

_MOST_STRUCTURE: Final = 64
"""Lists, objects and items of a larger message that is only audio."""


class Edition(IntEnum):
    """The edition of the protocol that a client understands."""

    DOCUMENT = 0
    """The protocol's published document, and nothing else."""

    LATER = 1
    """The document and its later editions."""

    HOME = 2
    """The later editions and the home link, which the client has offered."""


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """A message to a client."""

    type: str
    fields: dict[str, Any] = field(default_factory=dict)
    edition: Edition = Edition.DOCUMENT
    """The first edition that has it."""


def encode(message: ServerMessage) -> str:
    """Return the JSON text of a message."""
    return json.dumps({"type": message.type, **message.fields}, separators=(",", ":"))


def is_slow_to_parse(text: str) -> bool:
    """Return whether a large message has more JSON structure than one with audio.

    Two megabytes of empty lists take 0.15 s, in which the server does nothing else.
    """
    return len(text) > _LARGE and sum(map(text.count, "{[,")) > _MOST_STRUCTURE


def read_fields(text: str) -> dict[str, Any]:
    """Return the fields of a client's message; raises `ProtocolError`."""
    try:
        fields = json.loads(text)
    except ValueError, RecursionError:
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "The message is not JSON.") from None
    if not isinstance(fields, dict):
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "The message is not a JSON object.")
    return fields
