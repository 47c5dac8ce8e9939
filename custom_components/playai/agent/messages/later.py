"""Messages of later editions: used if a server sends them, and never required."""

from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import ClassVar, Self, override

from ..words import clean_text
from .base import Fields, Message
from .fields import optional_text, typed

__all__ = [
    "AgentGreeting",
    "AgentGreetingEnd",
    "AgentInterrupted",
    "AgentTranscript",
    "AudioStreamEnd",
    "AudioStreamStart",
    "Hangup",
    "Init",
    "UserTranscript",
]


@dataclass(frozen=True, slots=True)
class _OptionalText(Message):
    """A message with one field, a text that a server may leave out."""

    FIELD: ClassVar[str]

    @override
    def to_fields(self) -> Fields:
        (field,) = fields_of(self)
        return {self.FIELD: getattr(self, field.name)}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        (field,) = fields_of(cls)
        return cls(**{field.name: optional_text(fields, cls.FIELD)})


@dataclass(frozen=True, slots=True)
class Init(_OptionalText):
    """Server: the setup was accepted."""

    TYPE = "init"
    FIELD = "conversationId"

    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Words(Message):
    """A message that carries words."""

    message: str

    @override
    def to_fields(self) -> Fields:
        return {"message": self.message}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(clean_text(typed(fields, "message", str)))


@dataclass(frozen=True, slots=True)
class UserTranscript(_Words):
    """Server: the user's words."""

    TYPE = "onUserTranscript"


@dataclass(frozen=True, slots=True)
class AgentTranscript(_Words):
    """Server: the agent's words; before, during or after their audio."""

    TYPE = "onAgentTranscript"


@dataclass(frozen=True, slots=True)
class AudioStreamStart(Message):
    """Server: a reply's audio begins."""

    TYPE = "audioStreamStart"


@dataclass(frozen=True, slots=True)
class AudioStreamEnd(Message):
    """Server: a reply's audio is complete."""

    TYPE = "audioStreamEnd"


@dataclass(frozen=True, slots=True)
class AgentInterrupted(_OptionalText):
    """Server: the reply was cut off; `updated_message` has the spoken words."""

    TYPE = "onAgentInterrupted"
    FIELD = "updatedMessage"

    updated_message: str | None = None


@dataclass(frozen=True, slots=True)
class AgentGreeting(_OptionalText):
    """Server: the audio that follows is a greeting, not an answer."""

    TYPE = "onAgentGreeting"
    FIELD = "message"

    message: str | None = None


@dataclass(frozen=True, slots=True)
class AgentGreetingEnd(Message):
    """Server: the greeting has ended."""

    TYPE = "onAgentGreetingEnd"


@dataclass(frozen=True, slots=True)
class Hangup(_OptionalText):
    """Server: the conversation is over; ended by user, agent, error or system."""

    TYPE = "hangup"
    FIELD = "endedBy"

    ended_by: str | None = None
