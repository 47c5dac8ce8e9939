"""The messages of a server that uses a home, see `home.py`."""

from dataclasses import dataclass
from typing import Any, Self, override

import orjson

from ..home import MAX_TEXT_BYTES, AgentFeatures
from ..words import clean_text
from .base import Fields, MalformedMessageError
from .fields import MAX_NAME, id_of, is_deep, names_of, optional_text, text_of, typed
from .home import CallMessage, HomeLinkMessage

__all__ = [
    "AgentMessage",
    "Ask",
    "Cancel",
    "PartialTranscript",
    "ToolCall",
]


@dataclass(frozen=True, slots=True)
class AgentMessage(HomeLinkMessage):
    """Server: the abilities of this agent; sent after `init`."""

    TYPE = "agent"

    agent: AgentFeatures

    @override
    def to_fields(self) -> Fields:
        agent = self.agent
        fields: Fields = {
            "name": agent.name,
            "languages": list(agent.languages),
            "features": sorted(agent.features),
        }
        if agent.health is not None:
            fields["health"] = agent.health
        return fields

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        health = optional_text(fields, "health")
        is_path = health is not None and health.startswith("/") and not health.startswith("//")
        return cls(
            AgentFeatures(
                (optional_text(fields, "name") or "")[:MAX_NAME],
                names_of(fields, "languages"),
                frozenset(names_of(fields, "features")),
                health if is_path and len(health or "") <= MAX_NAME else None,
            )
        )


@dataclass(frozen=True, slots=True)
class Ask(CallMessage):
    """Server: the user's turn is over, and the home is to answer it."""

    TYPE = "ask"

    text: str

    @override
    def to_fields(self) -> Fields:
        return {"id": self.id, "text": self.text}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(id_of(fields), clean_text(text_of(fields)))


@dataclass(frozen=True, slots=True)
class PartialTranscript(HomeLinkMessage):
    """Server: the user's words so far; they may still change."""

    TYPE = "partialTranscript"

    text: str

    @override
    def to_fields(self) -> Fields:
        return {"text": self.text}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(clean_text(text_of(fields)))


@dataclass(frozen=True, slots=True)
class ToolCall(CallMessage):
    """Server: run a tool of the home."""

    TYPE = "toolCall"

    name: str
    arguments: dict[str, Any]

    @override
    def to_fields(self) -> Fields:
        return {"id": self.id, "name": self.name, "arguments": self.arguments}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        arguments = typed(fields, "arguments", dict, default={})
        if is_deep(arguments):
            raise MalformedMessageError("arguments are nested too deeply")
        if len(orjson.dumps(arguments)) > MAX_TEXT_BYTES:
            raise MalformedMessageError("arguments are too long")
        return cls(id_of(fields), clean_text(typed(fields, "name", str))[:MAX_NAME], arguments)


@dataclass(frozen=True, slots=True)
class Cancel(CallMessage):
    """Server: the user has interrupted; stop the answer or the tool."""

    TYPE = "cancel"
