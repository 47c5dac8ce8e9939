"""Messages of later editions: used if a server sends them, and never required."""

from dataclasses import dataclass
from typing import Self, override

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
class Init(Message):
    """Server: the setup was accepted."""

    TYPE = "init"

    conversation_id: str | None = None

    @override
    def to_fields(self) -> Fields:
        return {"conversationId": self.conversation_id}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(optional_text(fields, "conversationId"))


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
    """Server: what the user said."""

    TYPE = "onUserTranscript"


@dataclass(frozen=True, slots=True)
class AgentTranscript(_Words):
    """Server: what the agent says; before, during or after its audio."""

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
class AgentInterrupted(Message):
    """Server: the reply was cut off; `updated_message` has the spoken words."""

    TYPE = "onAgentInterrupted"

    updated_message: str | None = None

    @override
    def to_fields(self) -> Fields:
        return {"updatedMessage": self.updated_message}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(optional_text(fields, "updatedMessage"))


@dataclass(frozen=True, slots=True)
class AgentGreeting(Message):
    """Server: the audio that follows is a greeting, not an answer."""

    TYPE = "onAgentGreeting"

    message: str | None = None

    @override
    def to_fields(self) -> Fields:
        return {"message": self.message}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(optional_text(fields, "message"))


@dataclass(frozen=True, slots=True)
class AgentGreetingEnd(Message):
    """Server: the greeting has ended."""

    TYPE = "onAgentGreetingEnd"


@dataclass(frozen=True, slots=True)
class Hangup(Message):
    """Server: the conversation is over; ended by user, agent, error or system."""

    TYPE = "hangup"

    ended_by: str | None = None

    @override
    def to_fields(self) -> Fields:
        return {"endedBy": self.ended_by}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(optional_text(fields, "endedBy"))
