"""The messages of a home, used only where the server has selected `SUBPROTOCOL`.

`agent.py` has the messages of the server.
"""

from dataclasses import dataclass
from typing import Final, Self, override

from ..home import AnswerEnd, HomeOffer, ToolResult
from .base import Fields, MalformedMessageError, Message
from .fields import id_of, optional_text, text_of, texts_of, tool_of, typed

__all__ = [
    "SUBPROTOCOL",
    "AnswerDelta",
    "AnswerEndMessage",
    "CallMessage",
    "Handled",
    "Hold",
    "HomeLinkMessage",
    "HomeMessage",
    "Played",
    "Say",
    "ToolResultMessage",
    "UserText",
]

SUBPROTOCOL: Final = "ha-playai.home.v1"


@dataclass(frozen=True, slots=True)
class HomeLinkMessage(Message):
    """A message of the home link."""


@dataclass(frozen=True, slots=True)
class HomeMessage(HomeLinkMessage):
    """Client: the offer of this home; sent after `setup`, and again when it changes."""

    TYPE = "home"

    offer: HomeOffer

    @override
    def to_fields(self) -> Fields:
        offer = self.offer
        fields: Fields = {
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
        }
        if offer.patience is not None:
            fields["patience"] = str(offer.patience)
        if offer.partial_transcripts:
            fields["partialTranscripts"] = True
        if offer.hears_agent:
            fields["hearsAgent"] = True
        return fields

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        try:
            offer = HomeOffer(
                typed(fields, "language", str),
                typed(fields, "answers", bool, default=False),
                tuple(tool_of(tool) for tool in typed(fields, "tools", list, default=[])),
                typed(fields, "prompt", str, default=""),
                texts_of(fields, "phrases"),
                None if fields.get("patience") is None else typed(fields, "patience", str),
                typed(fields, "partialTranscripts", bool, default=False),
                typed(fields, "hearsAgent", bool, default=False),
            )
        except MalformedMessageError:
            raise
        except ValueError as error:
            raise MalformedMessageError(str(error)) from None
        return cls(offer)


@dataclass(frozen=True, slots=True)
class CallMessage(HomeLinkMessage):
    """A message about one call of the server, which has chosen the id."""

    id: str

    @override
    def to_fields(self) -> Fields:
        return {"id": self.id}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(id_of(fields))


@dataclass(frozen=True, slots=True)
class AnswerDelta(CallMessage):
    """Client: the next words of the answer to an `ask`."""

    TYPE = "answerDelta"

    text: str

    @override
    def to_fields(self) -> Fields:
        return {"id": self.id, "text": self.text}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(id_of(fields), text_of(fields))


@dataclass(frozen=True, slots=True)
class AnswerEndMessage(CallMessage):
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
            id_of(fields),
            AnswerEnd(
                text_of(fields) if fields.get("text") is not None else None,
                typed(fields, "continueConversation", bool, default=False),
                optional_text(fields, "error"),
            ),
        )


@dataclass(frozen=True, slots=True)
class ToolResultMessage(CallMessage):
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
        return cls(id_of(fields), ToolResult(fields.get("data"), is_error))


@dataclass(frozen=True, slots=True)
class Say(HomeLinkMessage):
    """Client: speak this text with the agent's voice, as a separate reply."""

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
            text_of(fields),
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
        return cls(text_of(fields))


@dataclass(frozen=True, slots=True)
class Played(HomeLinkMessage):
    """Client: how much of a stream the user has heard."""

    TYPE = "played"

    stream: int
    """The number of its `newAudioStream` in the connection, from 1."""

    ms: int
    is_stopped: bool = False
    """Whether nothing more of it is played."""

    @override
    def to_fields(self) -> Fields:
        fields: Fields = {"stream": self.stream, "ms": self.ms}
        if self.is_stopped:
            fields["isStopped"] = True
        return fields

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        stream, ms = typed(fields, "stream", int), typed(fields, "ms", int)
        if stream < 1 or ms < 0:
            raise MalformedMessageError("a number is too small")
        return cls(stream, ms, typed(fields, "isStopped", bool, default=False))


@dataclass(frozen=True, slots=True)
class Hold(HomeLinkMessage):
    """Client: the user holds a button to talk, or has released it: the turn is over."""

    TYPE = "hold"

    is_held: bool

    @override
    def to_fields(self) -> Fields:
        return {"on": self.is_held}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(typed(fields, "on", bool))


@dataclass(frozen=True, slots=True)
class Handled(HomeLinkMessage):
    """Client: drop this turn; the home has answered it, or nobody waits for the answer."""

    TYPE = "handled"
