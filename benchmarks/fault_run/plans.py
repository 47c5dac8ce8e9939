"""Plans of turns: what happens, which fault occurs, and how the turn may end."""

import asyncio
import random
from collections.abc import Iterator
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


CODES: Final = {
    1001: "invalid_key",
    1002: "unknown_agent",
    1003: "invalid_key",
    1005: "no_credits",
    2001: "protocol",
    2002: "invalid_key",
    2003: "key_not_allowed",
    3001: "agent_failed",
    3002: "agent_failed",
    3003: "agent_failed",
    3004: "agent_failed",
    4400: "protocol",
    4401: "invalid_key",
    4429: "too_many_connections",
    4500: "server_fault",
    5001: "server_fault",
    7777: "server_fault",  # An unknown code.
    None: "server_fault",
}
"""The kind of error for each code, see docs/errors.md."""

CLOSING: Final = {
    "invalid_key",
    "key_not_allowed",
    "unknown_agent",
    "no_credits",
    "too_many_connections",
}
"""The kinds that end a session unless the server says that the error is not fatal."""

STATUSES: Final = {
    401: "not_this_server",
    404: "not_this_server",
    429: "too_many_connections",
    503: "cannot_connect",
}

ANSWERED, PARTIAL, GONE, SILENT, UNHEARD = "answered", "partial answer", "gone", "silent", "unheard"

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

    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)
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

    @property
    def allowed(self) -> set[str]:
        """The allowed outcomes."""
        return (_allowed_by_whim(self.whim) if self.whim else _allowed(self)) | self.neighbours


def _allowed_by_whim(whim: Whim) -> set[str]:
    return {
        "leaves": {GONE},
        "does not listen": {UNHEARD},
        "stops listening": {PARTIAL},
        "interrupts": {PARTIAL, ANSWERED},
        "asks again": {"replaced", PARTIAL, ANSWERED},
        "is silent": {SILENT},
    }[whim.how]


def _allowed(plan: Plan) -> set[str]:
    """Return the outcomes allowed by rules 1, 5, 6, 8 and 10 and the table of errors."""
    fault, point = plan.fault, plan.point
    if fault == NOT_BASE64 and point is Point.REPLY:
        return {PARTIAL, "bad_audio"}
    if fault is None or isinstance(fault, Nonsense) or point is Point.IDLE:
        return {ANSWERED}
    match fault:
        case ErrorSaid():
            return _allowed_by_error(fault, point)
        case Reply(how):
            return {_BY_REPLY[how]}
        case Refused():
            return {fault.kind}
        case TooLong():
            return {PARTIAL if point is Point.REPLY else "bad_message"}
        case _:
            return _allowed_by_end(fault, point, plan.times)


_BY_REPLY: Final = {
    "none": "no_reply",
    "empty": "empty_reply",
    "no audio": "bad_audio",
    "stalls": PARTIAL,
    "pauses": ANSWERED,
}


def _allowed_by_end(fault: Closed | Cut | HungUp, point: Point, times: int) -> set[str]:
    kind = "agent_hung_up" if fault in (HungUp(), Closed(1000)) else "connection_lost"
    if point is Point.REPLY:
        # Data in transit may be lost when the connection is cut.
        return {PARTIAL, kind} if isinstance(fault, Cut) else {PARTIAL}
    if fault == Closed(4429):
        return {ANSWERED, "too_many_connections"}  # Rule 10.
    if point is Point.LISTENING and kind == "agent_hung_up":
        return {kind}
    if point is Point.WAITING:
        return {ANSWERED, kind}
    return {ANSWERED} if times == 1 else {kind}


def _allowed_by_error(fault: ErrorSaid, point: Point) -> set[str]:
    kind = CODES[fault.code]
    ends = kind in CLOSING if fault.is_fatal is None else fault.is_fatal
    goes_on = not ends and not fault.closes
    if kind == "protocol" and goes_on:
        return {ANSWERED}
    if point is Point.REPLY:
        return {PARTIAL}
    if kind == "too_many_connections":
        return {ANSWERED, kind}  # Rule 10: tried once more if another session can be closed.
    if kind == "agent_failed" and point is not Point.WAITING and not ends:
        return {ANSWERED} if goes_on else {ANSWERED, kind}
    if kind in ("agent_failed", "server_fault") and point is not Point.WAITING:
        return {ANSWERED, kind}  # Rule 1: tried once more while the user speaks.
    return {kind}


def _deck() -> list[Fault]:
    """Return all kinds of faults, slow ones once."""
    return [
        *(ErrorSaid(code) for code in CODES),
        *(ErrorSaid(code, is_fatal=True) for code in (2001, 3001, 3003, 4400, 4500, 7777)),
        *(ErrorSaid(code, is_fatal=False) for code in (1001, 1005, 2003, 4429)),
        *(ErrorSaid(code, closes=True) for code in (1002, 2001, 2002, 3002, 4400, 4401, 5001)),
        *(Refused(how) for how in (401, 404, 429, 503, "closed", "hangs")),
        *(Closed(code) for code in (1000, 1001, 1008, 1011, 4000, 4401, 4429)),
        *(Cut() for _ in range(9)),
        *(HungUp() for _ in range(2)),
        Nonsense("this is no JSON", "no JSON"),
        Nonsense("[1, 2]", "no object"),
        Nonsense(b"\0\1\2", "binary frame"),
        Nonsense('{"type": "soap", "data": {}}', "unknown type"),
        NOT_BASE64,
        TooLong(),
        *(Reply(how) for how in ("none", "empty", "no audio", "stalls", "pauses")),
    ]


POINTS: Final = (Point.SETUP, Point.LISTENING, Point.WAITING, Point.REPLY)
WHIMS: Final = (
    *(Whim(how) for how in ("leaves", "interrupts", "asks again", "stops listening") * 2),
    Whim("does not listen"),
    Whim("is silent"),
)
TURNS: Final = ("fault",) * 5 + ("whim",) * 2 + ("good",) * 18
"""Of each 25 turns."""

FIRST_TURNS: Final = 3
"""Turns without a fault, in which the traits of the server are detected."""

_USELESS_BYTES: Final = (0x7F, 0xFF)  # Silence.


class Draw:
    """Draws turns; the same ones for the same seed."""

    def __init__(self, turns: int, seed: int, satellites: int) -> None:
        self.until = turns
        """The number of turns that may be drawn so far."""

        self._random = random.Random(seed)  # noqa: S311 (no secret)
        self._turns = turns
        self._drawn = 0
        self._bytes = [byte for byte in range(256) if byte not in _USELESS_BYTES]
        self._faults = self._shuffled(_deck())
        self._whims = self._shuffled(list(WHIMS))
        self._points = self._shuffled(list(POINTS))
        self._kinds = self._shuffled(list(TURNS))
        self._idle = self._shuffled([True, False, False])
        self._conversations = [0] * satellites

    def next(self, satellite: int) -> Plan | None:
        """Return a satellite's next turn, or None if none is available."""
        if self._drawn >= self.until:
            return None
        number, chance = self._drawn, self._random
        self._drawn += 1
        plan = Plan(
            number,
            self._bytes[number % len(self._bytes)],
            satellite,
            "",
            delay=chance.uniform(0, 0.15),
            speech_seconds=chance.uniform(0.3, 0.6),
            speed=chance.choice((1.0, 4.0, 4.0, 4.0)),
            ends_stream=chance.choice((True, False, False, False)),
            has_words=chance.choice((True, True, True, False)),
            reply_seconds=chance.randrange(3, 8) / 10,
        )
        kind = next(self._kinds)
        is_last = number >= self._turns - len(self._conversations)
        if number < FIRST_TURNS or is_last:
            pass
        elif kind == "fault":
            self._add_fault(plan)
        elif kind == "whim":
            plan.whim = next(self._whims)
            if plan.whim.how in ("interrupts", "stops listening"):
                plan.reply_seconds = 3.0
            if plan.whim.how == "asks again":
                plan.thinks_seconds = 1.0
            plan.delay = chance.uniform(0, 1.2)
        else:
            plan.wants = chance.choice(("wav", "wav", "wav", "flac", "mp3"))
            plan.has_words = plan.has_words or plan.wants == "mp3"
        begins_anew = plan.point is Point.SETUP and plan.fault is not None
        if begins_anew or chance.random() < 0.15:  # noqa: PLR2004 (now and then)
            self._conversations[satellite] += 1
        plan.conversation_id = f"satellite-{satellite}-{self._conversations[satellite]}"
        return plan

    def _add_fault(self, plan: Plan) -> None:
        plan.fault = next(self._faults)
        plan.point = next(self._points)
        plan.times = self._random.choice((1, 1, 2))
        match plan.fault:
            case Refused():
                plan.point, plan.times = Point.SETUP, 2
            case Cut() if next(self._idle):
                plan.point = Point.IDLE
            case Reply():
                plan.point = Point.REPLY
        if plan.point is Point.REPLY:
            plan.reply_seconds = 1.0

    def _shuffled[T](self, deck: list[T]) -> Iterator[T]:
        while True:
            self._random.shuffle(deck)
            yield from list(deck)
