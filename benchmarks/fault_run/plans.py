"""The planned turns: speech, fault, and the time of the fault."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Point(StrEnum):
    """When a fault occurs."""

    SETUP = "at setup"
    LISTENING = "while listening"
    WAITING = "while waiting"
    REPLY = "in the reply"
    IDLE = "while idle"


STATUSES: Final = {
    401: "not_this_server",
    404: "not_this_server",
    429: "too_many_connections",
    503: "cannot_connect",
}

LIMIT: Final = 25.0
NO_REPLY_LIMIT: Final = 45.0
STALL_LIMIT: Final = 40.0
CONNECT_LIMIT: Final = 35.0
"""Maximum seconds from the start of a turn to the end of its audio. The rules allow 30 s for a
missing reply, 15 s for one that stalls and 10 s for connecting; the rest is for a busy machine."""


@dataclass(frozen=True)
class ErrorSaid:
    """An `error` message."""

    code: int | None
    is_fatal: bool | None = None
    closes: bool = False
    """Whether the server closes the connection after it."""

    def __str__(self) -> str:
        return f"error {self.code}" + (", closed" if self.closes else "")


@dataclass(frozen=True)
class Closed:
    """A closing handshake."""

    code: int

    def __str__(self) -> str:
        return f"close {self.code}"


@dataclass(frozen=True)
class Cut:
    """The TCP connection is aborted."""

    def __str__(self) -> str:
        return "connection cut"


@dataclass(frozen=True)
class HungUp:
    """A `hangup` message."""

    def __str__(self) -> str:
        return "hangup"


@dataclass(frozen=True)
class Nonsense:
    """Something that is not a message of the protocol; the server then continues."""

    text: str | bytes
    name: str

    def __str__(self) -> str:
        return self.name


NOT_BASE64: Final = Nonsense('{"type": "audioStream", "data": "%%%"}', "no base64")


@dataclass(frozen=True)
class TooLong:
    """A message that exceeds the limits."""

    def __str__(self) -> str:
        return "message of 5 MB"


@dataclass(frozen=True)
class Reply:
    """An unusual reply."""

    how: str
    """`none`, `empty`, `no audio`, `stalls` or `pauses`."""

    def __str__(self) -> str:
        return {"none": "no reply", "no audio": "bad audio"}.get(self.how, f"reply: {self.how}")


@dataclass(frozen=True)
class Refused:
    """New connections are refused during the turn, for this and for other turns."""

    how: int | str
    """An HTTP status, `closed` (nobody listens) or `hangs` (no answer to the upgrade)."""

    def __str__(self) -> str:
        named = {"closed": "connection refused", "hangs": "handshake hangs"}
        return f"HTTP {self.how}" if isinstance(self.how, int) else named[self.how]

    @property
    def kind(self) -> str:
        """The expected kind of error."""
        return STATUSES[self.how] if isinstance(self.how, int) else "cannot_connect"


@dataclass(frozen=True)
class Whim:
    """Something that the satellite does; the server works."""

    how: str
    """`leaves`, `does not listen`, `stops listening`, `interrupts`, `asks again` or `is silent`."""

    def __str__(self) -> str:
        return f"satellite {self.how}"


type Fault = ErrorSaid | Closed | Cut | HungUp | Nonsense | TooLong | Reply | Refused


@dataclass(eq=False)
class Plan:
    """One turn."""

    number: int
    byte: int
    """The µ-law byte that the question consists of, unique among the current turns."""

    satellite: int
    conversation_id: str
    fault: Fault | None = None
    whim: Whim | None = None
    point: Point = Point.SETUP
    times: int = 1
    """The number of connections of this turn that have the fault."""

    delay: float = 0.0
    """Seconds from the point to the fault."""

    speech_seconds: float = 0.4
    speed: float = 4.0
    """Speed of the satellite's microphone; 1 is real time."""

    ends_stream: bool = False
    """Whether the satellite's microphone is closed after the speech."""

    has_words: bool = True
    """Whether the server sends transcripts."""

    thinks_seconds: float = 0.0
    """Before the reply."""

    wants: str = "wav"
    reply_seconds: float = 0.3
    neighbours: set[str] = field(default_factory=set)
    """Errors of simultaneous turns that this turn may end with."""

    attempts: int = 0
    """The number of connections on which the server has received the question."""

    may_continue: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the satellite starts its next turn."""

    @property
    def level(self) -> int:
        """The level of the answer's samples."""
        return 1000 + 100 * self.byte

    @property
    def question(self) -> str:
        """The transcript of the user."""
        return f"question number {self.number}"

    @property
    def answer(self) -> str:
        """The transcript of the agent."""
        return f"answer number {self.number}"

    @property
    def name(self) -> str:
        """The name of the fault, for the table."""
        if self.fault is None:
            return "none" if self.whim is None else str(self.whim)
        is_pointless = isinstance(self.fault, Reply | Refused)
        return str(self.fault) if is_pointless else f"{self.fault} {self.point.value}"

    @property
    def limit(self) -> float:
        """Seconds within which the turn must end."""
        if self.fault == Reply("none"):
            return NO_REPLY_LIMIT
        if self.fault == Reply("stalls"):
            return STALL_LIMIT
        if self.fault == Refused("hangs") or "cannot_connect" in self.neighbours:
            return CONNECT_LIMIT
        return LIMIT
