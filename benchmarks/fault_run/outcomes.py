"""The ways in which a planned turn may end, according to the rules of turn-taking."""

from typing import Final

from .plans import (
    NOT_BASE64,
    Closed,
    Cut,
    ErrorSaid,
    HungUp,
    Nonsense,
    Plan,
    Point,
    Refused,
    Reply,
    TooLong,
    Whim,
)

ANSWERED, PARTIAL, GONE, SILENT, UNHEARD = "answered", "partial answer", "gone", "silent", "unheard"

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


def allowed_outcomes(plan: Plan) -> set[str]:
    """Return the outcomes that are correct for a turn."""
    return (_allowed_by_whim(plan.whim) if plan.whim else _allowed(plan)) | plan.neighbours


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
