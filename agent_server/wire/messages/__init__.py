"""The messages of the Agent WebSocket protocol, as its server sees them.

Each edition adds messages to those of the one before. A message is only sent to clients of its
own edition or a later one.
"""

import json
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from .errors import ErrorCode, ProtocolError


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


def read_fields(text: str) -> dict[str, Any]:
    """Return the fields of a client's message; raises `ProtocolError`."""
    try:
        fields = json.loads(text)
    except ValueError, RecursionError:
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "The message is not JSON.") from None
    if not isinstance(fields, dict):
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "The message is not a JSON object.")
    return fields
