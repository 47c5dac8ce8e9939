"""The common part of a session of single turns and a live call: one conversation with an agent.

The rules are in `turn_taking/`. `engine.py` passes inputs to them, and this module their effects
to the others: `handles.py` has the turns and replies, `connecting.py` owns the connection, and
`home_tasks.py` the tasks that answer for the home.
"""

import logging
from collections.abc import Awaitable, Callable
from contextvars import Context

import aiohttp

from .connecting import Connecting
from .engine import Engine
from .events import SessionEvent, Status
from .handles import Handles
from .home import MAX_TEXT_BYTES, AgentFeatures, HomeOffer, check_language
from .home_tasks import HomeTasks
from .incoming import IncomingStream
from .settings import AgentSettings, ServerTraits, Timings
from .turn import Turn
from .turn_taking import TurnTaking
from .turn_taking.effects import (
    BeginStream,
    CancelCall,
    CloseConnection,
    Connect,
    Disconnect,
    DropQueue,
    DropStream,
    Effect,
    Emit,
    FinishStream,
    MakeRoom,
    ReplyBegan,
    ReplyChanged,
    Send,
    TurnBegan,
    WakeSender,
)

__all__ = [
    "BaseSession",
]

_LOGGER = logging.getLogger(__name__)


class BaseSession:
    """One conversation: at most one connection, one turn at a time.

    All calls belong to the thread of the event loop; the session's own tasks and callbacks run in
    an empty context, and the calls of a home in a copy of their caller's.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        settings: AgentSettings,
        *,
        traits: ServerTraits | None = None,
        timings: Timings | None = None,
        on_event: Callable[[SessionEvent], None] = lambda _: None,
        make_room: Callable[[], Awaitable[bool]] | None = None,
        home: HomeOffer | None = None,
    ) -> None:
        """Create a session.

        `traits` are shared by the sessions with one server. `on_event` is called as things
        happen, after the session has changed. `make_room` is called when the server has too
        many connections: it closes another one and returns True if a second try is worth it.
        `home` is offered to servers that know the home link.
        """
        timings = timings or Timings()
        self._on_event = on_event
        self._rules = TurnTaking(
            settings,
            traits if traits is not None else ServerTraits(),
            timings,
            can_make_room=make_room is not None,
            offer=home,
        )
        self._engine = engine = Engine(self._rules, self._carry_out)
        self._clock = engine.clock
        self._incoming = IncomingStream(engine, settings)
        self._connecting = Connecting(
            engine, http, settings, timings, self._incoming, make_room=make_room
        )
        self._home_tasks = HomeTasks(engine, self._connecting.outbox)
        self._handles = Handles(engine, timings, self._incoming, self._home_tasks)
        self._has_listener_failed = False

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended and accepts no more turns."""
        return self._rules.is_closed

    @property
    def is_busy(self) -> bool:
        """Whether a turn is open, or its reply has not finished."""
        return self._rules.turn is not None

    @property
    def status(self) -> Status:
        """The current status of the session."""
        return self._rules.status

    @property
    def features(self) -> AgentFeatures | None:
        """The agent's features over the home link; None without one, or before they are known."""
        return self._rules.features

    def update_home(self, home: HomeOffer) -> None:
        """Offer something else to the server, if it has changed."""
        self._engine.apply(self._rules.update_home(home))

    def say(self, language: str | None = None) -> Turn:
        """Begin a turn without a microphone, whose reply is a text spoken by the agent.

        Call `Turn.push_text` and `Turn.end_text`, then `Turn.wait_reply`: it raises `AgentError` of
        kind `protocol` if the agent cannot speak texts, see `features`. It interrupts a reply
        and replaces an open turn (rule 7). Raises `RuntimeError` when the session is closed, and
        `ValueError` for a language that is not a tag.
        """
        self._check_open()
        if language is not None:
            check_language(language)
        return self._begin_turn(self._rules.start_text(None, self._clock(), language=language))

    def send_text(self, text: str) -> Turn:
        """Begin a typed turn, which the agent's own brain answers; otherwise like `say`.

        Raises `ValueError` for a text that is empty or too long.
        """
        if not text.strip() or len(text.encode(errors="replace")) > MAX_TEXT_BYTES:
            raise ValueError("the text is empty or too long")
        self._check_open()
        return self._begin_turn(self._rules.start_text(text, self._clock()))

    def _check_open(self) -> None:
        if self.is_closed:
            raise RuntimeError("the session is closed")

    def _begin_turn(self, effects: list[Effect]) -> Turn:
        state = self._rules.turn
        assert state is not None  # noqa: S101 (a turn was just started)
        turn = self._handles.begin_turn(state)
        self._engine.apply(effects)
        return turn

    async def close(self) -> None:
        """End the session and cancel its turn without an error.

        Takes about half a second, and a second more if a call of the home does not end.
        """
        self._engine.apply(self._rules.end(self._clock()))
        await self._connecting.wait_closed()
        await self._home_tasks.wait_closed()

    # Effects.

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Connect():
                self._connecting.connect()
            case Disconnect():
                self._connecting.disconnect()
            case CloseConnection(error):
                self._connecting.close_with(error)
            case MakeRoom():
                self._connecting.make_room()
            case Send(message):
                self._connecting.outbox.put(message)
            case WakeSender():
                self._connecting.sender.wake()
            case CancelCall(call):
                self._home_tasks.cancel(call)
            case Emit(event):
                self._emit(event)
            case TurnBegan(state):
                self._turn_began(self._handles.begin_turn(state))
            case DropStream():
                self._incoming.end()
            case BeginStream(state):
                self._handles.begin_stream(state)
            case ReplyBegan() | FinishStream() | DropQueue() | ReplyChanged():
                self._handles.carry_out_on_reply(effect)
            case _:
                self._handles.carry_out_on_turn(effect)

    def _turn_began(self, turn: Turn) -> None:
        """A turn that the caller did not start has begun: only in a live call."""
        raise NotImplementedError

    def _emit(self, event: SessionEvent) -> None:
        """Call the listener in an empty context; log the first exception that it raises."""
        try:
            Context().run(self._on_event, event)
        except Exception:
            if not self._has_listener_failed:
                self._has_listener_failed = True
                _LOGGER.exception("The listener of a conversation's events failed")
