"""The effects that the caller of `TurnTaking` must carry out, in order."""

from dataclasses import dataclass

from ..errors import AgentError
from ..events import SessionEvent
from ..messages import Message
from .state import CallState, ReplyState, TurnState


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection."""


@dataclass(frozen=True, slots=True)
class MakeRoom:
    """Ask for room on the server, then call `room_made`."""


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close the connection and report it as lost with this error."""

    error: AgentError


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close the connection for good: the session is over."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message on the open connection, after those before it."""

    message: Message


@dataclass(frozen=True, slots=True)
class BeginCall:
    """Run a call of the server for the turn."""

    turn: TurnState
    call: CallState


@dataclass(frozen=True, slots=True)
class CancelCall:
    """Cancel a call that runs."""

    call: CallState


@dataclass(frozen=True, slots=True)
class WakeSender:
    """Ask `next_frame` again."""


@dataclass(frozen=True, slots=True)
class TurnBegan:
    """A turn has begun in a live call."""

    turn: TurnState


@dataclass(frozen=True, slots=True)
class TurnClosed:
    """Speech-to-text returns."""

    turn: TurnState


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The turn gets no reply, or no more of it."""

    turn: TurnState


@dataclass(frozen=True, slots=True)
class BeginStream:
    """Decode the audio that arrives from now on for this reply; drop the queued audio."""

    reply: ReplyState


@dataclass(frozen=True, slots=True)
class DropStream:
    """Ignore audio until the next stream begins."""


@dataclass(frozen=True, slots=True)
class ReplyBegan:
    """The first audio of the reply to a turn was decoded."""

    turn: TurnState
    reply: ReplyState


@dataclass(frozen=True, slots=True)
class ReplyWithdrawn:
    """The reply is not the answer to the turn: another one follows."""

    turn: TurnState
    reply: ReplyState


@dataclass(frozen=True, slots=True)
class DropQueue:
    """Drop the audio of a reply that was not delivered to the listener."""

    reply: ReplyState


@dataclass(frozen=True, slots=True)
class ReplyChanged:
    """Words or audio have arrived, or no more audio will: wake waiting tasks."""

    reply: ReplyState


@dataclass(frozen=True, slots=True)
class FinishStream:
    """Decode the rest of the stream: no more audio will arrive."""

    reply: ReplyState


@dataclass(frozen=True, slots=True)
class Emit:
    """Report an event to the owner of the session."""

    event: SessionEvent


type ReplyEffect = ReplyBegan | FinishStream | DropQueue | ReplyChanged
"""Effects on a reply that has a stream."""

type TurnEffect = TurnClosed | TurnOver | BeginCall | ReplyWithdrawn
"""Effects on a turn."""

type Effect = (
    Connect
    | MakeRoom
    | CloseConnection
    | Disconnect
    | Send
    | CancelCall
    | WakeSender
    | BeginStream
    | DropStream
    | Emit
    | TurnBegan
    | TurnEffect
    | ReplyEffect
)
