"""One conversation with an agent.

    session = Session(http, settings, on_event=print)
    turn = session.start_turn()
    turn.feed(mulaw)
    speech = await turn.wait_end()
    reply = await turn.wait_reply()
    async for pcm in reply.stream(): ...
    await session.close()

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
from .errors import AgentError
from .events import SessionEvent, Status
from .handles import Handles
from .home import MAX_TEXT_BYTES, AgentFeatures, HomeOffer, check_language
from .home_tasks import HomeTasks
from .incoming import IncomingStream
from .live_microphone import LiveMicrophone
from .microphone import Microphone
from .reply import Reply
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
from .turn_taking.state import TurnState

__all__ = [
    "Session",
]

_LOGGER = logging.getLogger(__name__)


class Session:
    """One conversation: at most one connection, one turn at a time.

    Nothing is opened before the first turn. All calls belong to the thread of the event
    loop; the session's own tasks and callbacks run in an empty context, and the calls of a home
    in a copy of their caller's.
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
        self._handles = Handles(self, timings, self._incoming, self._home_tasks)
        self._has_listener_failed = False
        self._microphone: LiveMicrophone | None = None
        self._on_turn: Callable[[Turn], None] = lambda _: None

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended and accepts no more turns."""
        return self._rules.is_closed

    @property
    def is_busy(self) -> bool:
        """Whether a turn is open, its reply has not finished, or it is a live call."""
        return self._rules.turn is not None or (self.is_live and not self.is_closed)

    @property
    def is_live(self) -> bool:
        """Whether it is a live call."""
        return self._microphone is not None

    @property
    def is_hearing(self) -> bool:
        """Whether the server hears the user speak."""
        return self._rules.is_hearing

    @property
    def status(self) -> Status:
        """What the session is doing now."""
        return self._rules.status

    @property
    def features(self) -> AgentFeatures | None:
        """What the agent can do over the home link; None without one, or before it is known."""
        return self._rules.features

    def update_home(self, home: HomeOffer) -> None:
        """Offer something else to the server, if it has changed."""
        self._engine.apply(self._rules.update_home(home))

    def start_turn(self) -> Turn:
        """Begin a turn: it interrupts a reply and replaces an open turn (rule 7).

        Raises `RuntimeError` when the session is closed.
        """
        self._check_open()
        return self._begin_turn(self._rules.start_turn(Microphone(), self._clock()))

    def begin_call(self, on_turn: Callable[[Turn], None]) -> None:
        """Begin a live call: listen to the user all the time, see `hear`.

        It needs `enable_vad`. `on_turn` is called with each turn that the server finds, also when
        the user interrupts a reply, and with a turn without a microphone when the agent speaks
        first. Raises `RuntimeError` when the session is closed, or has a call already.
        """
        self._check_open()
        if self.is_live:
            raise RuntimeError("the session has a live call")
        self._on_turn = on_turn
        self._microphone = LiveMicrophone()
        self._engine.apply(self._rules.begin_call(self._microphone, self._clock()))

    def hear(self, mulaw: bytes) -> None:
        """Let the agent hear more of a live call: 16 kHz mono µ-law, silence included.

        The server measures time with this audio: it must come in real time.
        """
        if self._microphone is not None and not self.is_closed:
            self._microphone.push(mulaw)
            self._connecting.sender.wake()

    def interrupt(self) -> None:
        """Drop the turn, or the rest of its reply, without a new turn."""
        self._engine.apply(self._rules.interrupt(self._clock()))

    def keep_awake(self) -> None:
        """Begin the idle time of a live call anew."""
        self._engine.apply(self._rules.keep_awake(self._clock()))

    def say(self, language: str | None = None) -> Turn:
        """Begin a turn without a microphone, whose reply is a text spoken by the agent.

        Call `Turn.push_text` and `Turn.end_text`, then `Turn.wait_reply`: it raises `AgentError` of
        kind `protocol` if the agent cannot speak texts, see `features`. Interrupts as `start_turn`
        does. Raises `RuntimeError` when the session is closed, and `ValueError` for a language that
        is not a tag.
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
        """End the session and cancel its turn without an error. Takes about half a second."""
        self._engine.apply(self._rules.end(self._clock()))
        await self._connecting.wait_closed()
        await self._home_tasks.wait_closed()

    # What turns and replies report, see `TurnOwner` and `ReplyOwner`.

    def turn_fed(self) -> None:
        """The microphone has a frame to send."""
        self._connecting.sender.wake()

    def turn_input_ended(self, turn: Turn) -> None:
        """The stream of the microphone has ended."""
        self._engine.apply(self._rules.end_input(turn.state, self._clock()))

    def turn_awaited(self, turn: Turn) -> None:
        """Speech-to-text has returned."""
        self._engine.apply(self._rules.expect_claim(turn.state, self._clock()))

    def turn_claimed(self, turn: Turn) -> None:
        """A caller waits for the reply."""
        has_handler = turn.handler is not None
        self._engine.apply(self._rules.claim(turn.state, self._clock(), has_handler=has_handler))

    def turn_answered_locally(self, turn: Turn, language: str | None) -> None:
        """The home answers the turn itself."""
        self._engine.apply(self._rules.answer_locally(turn.state, language, self._clock()))

    def text_pushed(self, turn: Turn, text: str) -> None:
        """There is a text for the agent to speak, or more of it."""
        self._engine.apply(self._rules.push_text(turn.state, text, self._clock()))

    def text_ended(self, turn: Turn) -> None:
        """The text is complete."""
        self._engine.apply(self._rules.end_text(turn.state, self._clock()))

    def turn_cancelled(self, turn: Turn) -> None:
        """The turn was cancelled."""
        self._engine.apply(self._rules.cancel(turn.state, self._clock()))

    def turn_failed(self, turn: Turn, error: AgentError) -> None:
        """The user's side has failed."""
        self._engine.apply(self._rules.fail(turn.state, error, self._clock()))

    def listener_expected(self, reply: Reply) -> None:
        """A listener must come soon."""
        self._engine.apply(self._rules.expect_listener(reply.state, self._clock()))

    def listener_came(self, reply: Reply) -> None:
        """A listener has come."""
        self._engine.apply(self._rules.listener_came(reply.state, self._clock()))

    def audio_handed(self, reply: Reply, size: int, *, is_silence: bool) -> None:
        """Bytes were delivered to the listener."""
        now = self._clock()
        self._engine.apply(self._rules.audio_handed(reply.state, size, now, is_silence=is_silence))

    def audio_heard(self, reply: Reply, seconds: float) -> None:
        """The listener reports how much was heard."""
        self._engine.apply(self._rules.audio_heard(reply.state, seconds, self._clock()))

    def listener_left(self, reply: Reply) -> None:
        """The listener has left."""
        self._engine.apply(self._rules.listener_left(reply.state, self._clock()))

    def reply_dropped(self, reply: Reply) -> None:
        """The reply was dropped by the caller."""
        self._engine.apply(self._rules.drop(reply.state, self._clock()))

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
                self._begin_turn_of_call(state)
            case DropStream():
                self._incoming.end()
            case BeginStream(state):
                self._handles.begin_stream(state)
            case ReplyBegan() | FinishStream() | DropQueue() | ReplyChanged():
                self._handles.carry_out_on_reply(effect)
            case _:
                self._handles.carry_out_on_turn(effect)

    def _begin_turn_of_call(self, state: TurnState) -> None:
        turn = self._handles.begin_turn(state)
        try:
            Context().run(self._on_turn, turn)
        except Exception:
            _LOGGER.exception("The listener of a live call failed")
            turn.cancel()

    def _emit(self, event: SessionEvent) -> None:
        """Call the listener in an empty context; log the first exception that it raises."""
        try:
            Context().run(self._on_event, event)
        except Exception:
            if not self._has_listener_failed:
                self._has_listener_failed = True
                _LOGGER.exception("The listener of a conversation's events failed")
