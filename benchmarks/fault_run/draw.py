"""Draws the turns of a run at random."""

import random
from collections.abc import Iterator
from typing import Final

from .outcomes import CODES
from .plans import (
    NOT_BASE64,
    Closed,
    Cut,
    ErrorSaid,
    Fault,
    HungUp,
    Nonsense,
    Plan,
    Point,
    Refused,
    Reply,
    TooLong,
    Whim,
)


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
