"""Carries out the effects of the rules, and wakes the rules at their deadlines."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context

from .turn_taking import TurnTaking
from .turn_taking.effects import Effect


class Engine:
    """The rules of one conversation with a clock and a timer.

    All inputs of the rules go through `apply`: `engine.apply(engine.rules.end(engine.clock()))`.
    """

    def __init__(self, rules: TurnTaking, carry_out: Callable[[Effect], None]) -> None:
        self.rules = rules
        self.clock = asyncio.get_running_loop().time
        self._carry_out = carry_out
        self._effects: deque[Effect] = deque()
        self._is_applying = False
        self._timer: asyncio.TimerHandle | None = None

    def apply(self, effects: list[Effect]) -> None:
        """Carry out effects, and those that follow from them, in order; then set the timer."""
        self._effects += effects
        if self._is_applying:
            return
        self._is_applying = True
        try:
            while True:
                while self._effects:
                    self._carry_out(self._effects.popleft())
                deadline = self.rules.deadline
                if deadline is None or deadline > self.clock():
                    break
                self._effects += self.rules.time_passed(self.clock())
        finally:
            self._is_applying = False
        self._set_timer(deadline)

    def _set_timer(self, deadline: float | None) -> None:
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(deadline, self._time_passed, context=Context())

    def _time_passed(self) -> None:
        self._timer = None
        self.apply(self.rules.time_passed(self.clock()))
