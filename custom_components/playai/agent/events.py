"""What a session tells its owner while it happens."""

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
    "VoiceActivity",
]


class Status(StrEnum):
    """What a session is doing; the first that holds."""

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
    """The session is over and takes no more turns; its last event."""

    was_started: bool
    """Whether `SessionStarted` was told."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection could not be opened, or broke; the agent did not just hang up."""

    error: AgentError
    is_refusal: bool
    """Whether it failed before the setup was accepted."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The session does something else now."""

    status: Status


@dataclass(frozen=True, slots=True)
class VoiceActivity:
    """The server heard that the user starts or stops speaking."""

    active: bool


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The first audio of a reply was handed to a listener."""

    response_time: float
    """Seconds from the end of the user's turn to the first audio received."""


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """A reply was played to its end."""

    duration: float
    """Seconds of audio handed to the listener."""


@dataclass(frozen=True, slots=True)
class ReplyInterrupted:
    """A reply that a listener heard was cut off."""

    duration: float
    """Seconds of audio that had time to play."""


@dataclass(frozen=True, slots=True)
class ErrorOccurred:
    """Something failed; whether a turn failed with it stands in the turn."""

    error: AgentError


type SessionEvent = (
    SessionStarted
    | SessionEnded
    | Disconnected
    | StatusChanged
    | VoiceActivity
    | ReplyStarted
    | ReplyFinished
    | ReplyInterrupted
    | ErrorOccurred
)
