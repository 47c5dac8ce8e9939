"""The events that a session emits to its owner."""

from dataclasses import dataclass
from enum import StrEnum

from .errors import AgentError

__all__ = [
    "Disconnected",
    "ErrorOccurred",
    "ReplyFinished",
    "ReplyInterrupted",
    "ReplyStarted",
    "SessionEnded",
    "SessionEvent",
    "SessionStarted",
    "Status",
    "StatusChanged",
    "UserSaid",
    "VoiceActivity",
]


class Status(StrEnum):
    """The state of a session; the first that applies."""

    SPEAKING = "speaking"
    THINKING = "thinking"
    LISTENING = "listening"
    CONNECTING = "connecting"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The server accepted the setup."""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session has ended and accepts no more turns; its last event."""

    was_started: bool
    """Whether `SessionStarted` was emitted."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection could not be opened, or was lost other than by a hang-up."""

    error: AgentError
    is_refusal: bool
    """Whether it failed before the setup was accepted."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The state of the session has changed."""

    status: Status


@dataclass(frozen=True, slots=True)
class VoiceActivity:
    """The server has detected that the user starts or stops speaking."""

    active: bool


@dataclass(frozen=True, slots=True)
class UserSaid:
    """The words of the user's turn: all of them so far."""

    text: str
    final: bool
    """Whether the server has sent the transcript; otherwise the words may still change.

    A turn that was a noise has no final words. Those of a slow server come after `Turn.wait_end`
    has returned.
    """


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The first audio of a reply was delivered to a listener."""

    response_time: float
    """Seconds from the end of the user's turn to the first audio received."""


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """A reply was played to its end."""

    duration: float
    """Seconds of audio delivered to the listener."""


@dataclass(frozen=True, slots=True)
class ReplyInterrupted:
    """A reply was cut off after a listener had heard some of it."""

    duration: float
    """Seconds of audio that had time to play."""


@dataclass(frozen=True, slots=True)
class ErrorOccurred:
    """Something failed; a turn that failed because of it raises the same error."""

    error: AgentError


type SessionEvent = (
    SessionStarted
    | SessionEnded
    | Disconnected
    | StatusChanged
    | VoiceActivity
    | UserSaid
    | ReplyStarted
    | ReplyFinished
    | ReplyInterrupted
    | ErrorOccurred
)
