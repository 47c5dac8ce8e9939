"""A conversation of single turns: the caller starts each of them.

    session = Session(http, settings, on_event=print)
    turn = session.start_turn()
    turn.feed(mulaw)
    speech = await turn.wait_end()
    reply = await turn.wait_reply()
    async for pcm in reply.stream(): ...
    await session.close()

`live_call.py` has the other kind, in which the server finds the turns.
"""

from .base_session import BaseSession
from .microphone import Microphone
from .turn import Turn

__all__ = [
    "Session",
]


class Session(BaseSession):
    """Opens its connection with the first turn; the microphone is read during turns only."""

    def start_turn(self) -> Turn:
        """Begin a turn: it interrupts a reply and replaces an open turn (rule 7).

        Raises `RuntimeError` when the session is closed.
        """
        self._check_open()
        return self._begin_turn(self._rules.start_turn(Microphone(), self._clock()))
