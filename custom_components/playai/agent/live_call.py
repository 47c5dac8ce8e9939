"""A live call: the agent hears the microphone all the time, and its server finds the turns in it.

    call = LiveCall(http, settings, on_turn=answer)
    call.begin()
    call.hear(mulaw)  # again and again, in real time
    await call.close()

The additional rules are in `turn_taking/live.py`.
"""

import logging
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import replace
from typing import override

import aiohttp

from .base_session import BaseSession
from .events import SessionEvent
from .home import HomeOffer
from .live_microphone import LiveMicrophone
from .settings import AgentSettings, ServerTraits, Timings
from .turn import Turn
from .turn_taking.effects import WakeSender

__all__ = [
    "LiveCall",
]

_LOGGER = logging.getLogger(__name__)


class LiveCall(BaseSession):
    """Connected from `begin` until it ends; long silence ends it, too (rule 14)."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        settings: AgentSettings,
        *,
        on_turn: Callable[[Turn], None],
        traits: ServerTraits | None = None,
        timings: Timings | None = None,
        on_event: Callable[[SessionEvent], None] = lambda _: None,
        make_room: Callable[[], Awaitable[bool]] | None = None,
        home: HomeOffer | None = None,
    ) -> None:
        """Create a call; it needs `enable_vad`.

        `on_turn` is called with each turn that the server finds, also when the user interrupts a
        reply, and with a turn without a microphone when the agent speaks first. The other
        parameters are those of a session. A server that knows the home link sends the words of
        each turn while the user speaks, see `UserSaid`.
        """
        super().__init__(
            http,
            settings,
            traits=traits,
            timings=timings,
            on_event=on_event,
            make_room=make_room,
            home=None if home is None else _with_partial_words(home),
        )
        self._on_turn = on_turn
        self._microphone: LiveMicrophone | None = None

    @property
    @override
    def is_busy(self) -> bool:
        """Whether it has not ended: the user may speak at any time."""
        return not self.is_closed

    @override
    def update_home(self, home: HomeOffer) -> None:
        super().update_home(_with_partial_words(home))

    @property
    def is_hearing(self) -> bool:
        """Whether the server hears the user speak."""
        return self._rules.is_hearing

    def begin(self) -> None:
        """Connect, and listen to the user from now on.

        Raises `RuntimeError` when the call has ended, or has begun already.
        """
        self._check_open()
        if self._microphone is not None:
            raise RuntimeError("the call has begun")
        self._microphone = LiveMicrophone()
        self._engine.apply(self._rules.begin_call(self._microphone, self._clock()))

    def hear(self, mulaw: bytes) -> None:
        """Let the agent hear more: 16 kHz mono µ-law, silence included.

        The server measures time with this audio: it must come in real time. Ignored before the
        call begins and after it has ended.
        """
        if self._microphone is not None and not self.is_closed:
            self._microphone.push(mulaw)
            self._engine.apply([WakeSender()])

    def hear_agent(self, *, hears_agent: bool) -> None:
        """Report whether the microphone hears the agent, because nothing removes its echo.

        A server that can remove it does so, with the position of the player, see `Reply.heard`.
        """
        self._engine.apply(self._rules.hear_agent(hears_agent=hears_agent))

    def hold(self, *, is_held: bool) -> None:
        """Report that the user holds a button to talk, or has released it.

        While it is held, no pause ends the turn; its release does. Nothing is sent to a server
        without `Feature.HOLD`.
        """
        if self._microphone is not None and not self.is_closed:
            self._microphone.hold(is_held=is_held)
            self._engine.apply([WakeSender()])

    def interrupt(self) -> None:
        """Drop the turn, or the rest of its reply, without a new turn."""
        self._engine.apply(self._rules.interrupt(self._clock()))

    def keep_awake(self) -> None:
        """Restart the idle time."""
        self._engine.apply(self._rules.keep_awake(self._clock()))

    @override
    def _turn_began(self, turn: Turn) -> None:
        try:
            Context().run(self._on_turn, turn)
        except Exception:
            _LOGGER.exception("The listener of a live call failed")
            turn.cancel()


def _with_partial_words(home: HomeOffer) -> HomeOffer:
    return replace(home, partial_transcripts=True)
