"""The messages of the home link, used only where the server has selected `SUBPROTOCOL`."""

from dataclasses import dataclass
from typing import Any, Final, Self, override

import orjson

from ..home import MAX_TEXT_BYTES, AgentFeatures, AnswerEnd, HomeOffer, Patience, Tool, ToolResult
from ..words import clean_text
from .base import Fields, MalformedMessageError, Message, optional_text, typed

__all__ = [
    "SUBPROTOCOL",
    "AgentMessage",
    "AnswerDelta",
    "AnswerEndMessage",
    "Ask",
    "Cancel",
    "Handled",
    "HomeLinkMessage",
    "HomeMessage",
    "Say",
    "ToolCall",
    "ToolResultMessage",
    "UserText",
]

SUBPROTOCOL: Final = "ha-playai.home.v1"

_MAX_ID: Final = 64
"""Characters of an id."""

_MAX_NAME: Final = 200
"""Characters of names and paths."""

_MAX_NAMES: Final = 200
"""Languages and features of an agent."""

_MAX_DEPTH: Final = 32
"""Levels of lists and objects in the arguments of a tool."""


@dataclass(frozen=True, slots=True)
class HomeLinkMessage(Message):
    """A message of the home link."""


@dataclass(frozen=True, slots=True)
class HomeMessage(HomeLinkMessage):
    """Client: what this home offers; sent after `setup`, and again when it changes."""

    TYPE = "home"

    offer: HomeOffer

    @override
    def to_fields(self) -> Fields:
        offer = self.offer
        return {
            "language": offer.language,
            "answers": offer.answers,
            "tools": [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                }
                for tool in offer.tools
            ],
            "prompt": offer.prompt,
            "phrases": list(offer.phrases),
            "patience": str(offer.patience),
        }

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        try:
            offer = HomeOffer(
                typed(fields, "language", str),
                typed(fields, "answers", bool, default=False),
                tuple(_tool(tool) for tool in typed(fields, "tools", list, default=[])),
                typed(fields, "prompt", str, default=""),
                _texts(fields, "phrases"),
                typed(fields, "patience", str, default=Patience.NORMAL),
            )
        except MalformedMessageError:
            raise
        except ValueError as error:
            raise MalformedMessageError(str(error)) from None
        return cls(offer)


@dataclass(frozen=True, slots=True)
class _Call(HomeLinkMessage):
    """A message about one call of the server, which has chosen the id."""

    id: str

    @override
    def to_fields(self) -> Fields:
        return {"id": self.id}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(_id(fields))


@dataclass(frozen=True, slots=True)
class AnswerDelta(_Call):
    """Client: the next words of the answer to an `ask`."""

    TYPE = "answerDelta"

    text: str

    @override
    def to_fields(self) -> Fields:
        return {"id": self.id, "text": self.text}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(_id(fields), _text(fields))


@dataclass(frozen=True, slots=True)
class AnswerEndMessage(_Call):
    """Client: the answer to an `ask` is complete."""

    TYPE = "answerEnd"

    end: AnswerEnd

    @override
    def to_fields(self) -> Fields:
        fields: Fields = {"id": self.id}
        if self.end.text is not None:
            fields["text"] = self.end.text
        if self.end.continue_conversation:
            fields["continueConversation"] = True
        if self.end.error is not None:
            fields["error"] = self.end.error
        return fields

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(
            _id(fields),
            AnswerEnd(
                _text(fields) if fields.get("text") is not None else None,
                typed(fields, "continueConversation", bool, default=False),
                optional_text(fields, "error"),
            ),
        )


@dataclass(frozen=True, slots=True)
class ToolResultMessage(_Call):
    """Client: the result of a `toolCall`."""

    TYPE = "toolResult"

    result: ToolResult

    @override
    def to_fields(self) -> Fields:
        return {"id": self.id, "data": self.result.data, "isError": self.result.is_error}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        is_error = typed(fields, "isError", bool, default=False)
        return cls(_id(fields), ToolResult(fields.get("data"), is_error))


@dataclass(frozen=True, slots=True)
class Say(HomeLinkMessage):
    """Client: speak this text with the agent's voice, as a reply of its own."""

    TYPE = "say"

    text: str
    language: str | None = None
    is_final: bool = True
    """Whether no more text of the same reply follows in another `say`."""

    @override
    def to_fields(self) -> Fields:
        fields: Fields = {"text": self.text}
        if self.language is not None:
            fields["language"] = self.language
        if not self.is_final:
            fields["isFinal"] = False
        return fields

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(
            _text(fields),
            optional_text(fields, "language"),
            typed(fields, "isFinal", bool, default=True),
        )


@dataclass(frozen=True, slots=True)
class UserText(HomeLinkMessage):
    """Client: a typed turn."""

    TYPE = "userText"

    text: str

    @override
    def to_fields(self) -> Fields:
        return {"text": self.text}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(_text(fields))


@dataclass(frozen=True, slots=True)
class Handled(HomeLinkMessage):
    """Client: drop this turn; the home has answered it, or nobody waits for the answer."""

    TYPE = "handled"


@dataclass(frozen=True, slots=True)
class AgentMessage(HomeLinkMessage):
    """Server: what this agent can do; sent after `init`."""

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
                (optional_text(fields, "name") or "")[:_MAX_NAME],
                _names(fields, "languages"),
                frozenset(_names(fields, "features")),
                health if is_path and len(health or "") <= _MAX_NAME else None,
            )
        )


@dataclass(frozen=True, slots=True)
class Ask(_Call):
    """Server: the user's turn is over, and the home is to answer it."""

    TYPE = "ask"

    text: str

    @override
    def to_fields(self) -> Fields:
        return {"id": self.id, "text": self.text}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(_id(fields), clean_text(_text(fields)))


@dataclass(frozen=True, slots=True)
class ToolCall(_Call):
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
        if _is_deep(arguments):
            raise MalformedMessageError("arguments are nested too deeply")
        if len(orjson.dumps(arguments)) > MAX_TEXT_BYTES:
            raise MalformedMessageError("arguments are too long")
        return cls(_id(fields), clean_text(typed(fields, "name", str))[:_MAX_NAME], arguments)


@dataclass(frozen=True, slots=True)
class Cancel(_Call):
    """Server: the user has interrupted; stop the answer or the tool."""

    TYPE = "cancel"


def _id(fields: Fields) -> str:
    value = typed(fields, "id", str)
    if not 0 < len(value) <= _MAX_ID or not value.isprintable():
        raise MalformedMessageError("id is empty, too long, or not printable")
    return value


def _text(fields: Fields) -> str:
    text = typed(fields, "text", str)
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise MalformedMessageError("text is too long")
    return text


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    values = typed(fields, name, list, default=[])
    if not all(isinstance(value, str) for value in values):
        raise MalformedMessageError(f"{name} is not a list of texts")
    return tuple(values)


def _names(fields: Fields, name: str) -> tuple[str, ...]:
    """Return the texts of a list, without those that are too long."""
    values = fields.get(name)
    texts = values[:_MAX_NAMES] if isinstance(values, list) else []
    return tuple(clean_text(t) for t in texts if isinstance(t, str) and len(t) <= _MAX_NAME)


def _tool(value: object) -> Tool:
    if not isinstance(value, dict):
        raise MalformedMessageError("a tool is not an object")
    return Tool(
        typed(value, "name", str),
        typed(value, "description", str, default=""),
        typed(value, "parameters", dict, default={}),
    )


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)
