"""The events of a conversation, in the order in which a client sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Fault(Enum):
    """The part that failed."""

    SPEECH_TO_TEXT = auto()
    """Speech-to-text, or the detection of turns."""

    BRAIN = auto()
    TEXT_TO_SPEECH = auto()
    TURN = auto()
    """Anything else."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The user has started to speak."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The user has stopped speaking."""

    silence: float = field(default=0.0, compare=False)
    """Seconds since the last speech."""


@dataclass(frozen=True, slots=True)
class UserSaid:
    """The words of the user's turn."""

    text: str
    final: bool = True
    """Whether the turn is over; otherwise the words may still change."""


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """The user's turn had no words that need an answer: it was a noise, for example."""


@dataclass(frozen=True, slots=True)
class GreetingStarted:
    """The next reply is the greeting."""

    text: str


@dataclass(frozen=True, slots=True)
class GreetingEnded:
    """The greeting has ended, was interrupted or has failed."""


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """The agent says this sentence next."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The audio of a reply follows."""


@dataclass(frozen=True, slots=True)
class ReplyAudio:
    """The next audio of the reply, encoded in the format of the conversation."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """No more audio of the reply follows."""

    is_cut_off: bool = False
    """Whether it was longer than a reply may be."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user has interrupted the reply."""

    heard: str
    """The words that the user has heard."""


@dataclass(frozen=True, slots=True)
class HomeAsked:
    """The home is asked for the answer to the user's turn."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool of the home is called."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallCancelled:
    """The answer of the home, or the result of its tool, is no longer needed."""

    id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A turn has failed; the conversation continues."""

    fault: Fault
    error: Exception
    is_expected: bool
    """Whether an engine reported the failure; any other is a bug."""


type Event = (
    SpeechStarted
    | SpeechEnded
    | UserSaid
    | NothingSaid
    | GreetingStarted
    | GreetingEnded
    | AgentSaid
    | ReplyStarted
    | ReplyAudio
    | ReplyEnded
    | Interrupted
    | HomeAsked
    | ToolCalled
    | CallCancelled
    | Failed
)
