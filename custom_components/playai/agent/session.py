"""One conversation with an agent.

    session = Session(http, settings, on_event=print)
    turn = session.start_turn()
    turn.feed(mulaw)
    speech = await turn.wait_end()
    reply = await turn.wait_reply()
    async for pcm in reply.stream(): ...
    await session.close()

The rules are in `turn_taking/`. This module passes events to them, carries out their effects, and
owns the connection and the timer.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context

import aiohttp

from .audio import ReplyDecoder
from .connection import Connection
from .errors import AgentError, ErrorKind
from .events import SessionEvent, Status
from .messages import AgentInterrupted, AudioStream, AudioStreamEnd, UndecodableAudio
from .microphone import Microphone
from .pacing import Sender
from .reply import Reply
from .settings import AgentSettings, ServerTraits, Timings
from .turn import Turn
from .turn_taking import Link, TurnTaking
from .turn_taking.effects import (
    BeginStream,
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
    ReplyEffect,
    TurnClosed,
    TurnOver,
    WakeSender,
)
from .turn_taking.state import ReplyState, TurnState

__all__ = [
    "Session",
]

_LOGGER = logging.getLogger(__name__)


class Session:
    """One conversation: at most one connection, one turn at a time.

    Nothing is opened before the first turn. All calls belong to the thread of the event
    loop; the session's own tasks and callbacks run in an empty context.
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
    ) -> None:
        """Create a session.

        `traits` are shared by the sessions with one server. `on_event` is called as things
        happen, after the session has changed. `make_room` is called when the server has too
        many connections: it closes another one and returns True if a second try is worth it.
        """
        self._http = http
        self._settings = settings
        self._timings = timings or Timings()
        self._on_event = on_event
        self._make_room = make_room
        self._clock = asyncio.get_running_loop().time
        self._rules = TurnTaking(
            settings,
            traits if traits is not None else ServerTraits(),
            self._timings,
            can_make_room=make_room is not None,
        )
        self._sender = Sender(self._rules.next_frame, self._voice_sent)
        self._turns: dict[TurnState, Turn] = {}
        self._replies: dict[ReplyState, Reply] = {}
        self._incoming: Reply | None = None
        """The reply to which arriving audio belongs."""

        self._effects: deque[Effect] = deque()
        self._is_applying = False
        self._timer: asyncio.TimerHandle | None = None
        self._connecting: asyncio.Task[None] | None = None
        """Opens and uses connections until the rules need no other."""

        self._tasks: set[asyncio.Task[None]] = set()
        """The task above, and earlier ones that are still closing their connections."""

        self._must_reconnect = self._must_make_room = False
        self._close_error: AgentError | None = None
        self._has_listener_failed = False

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended and accepts no more turns."""
        return self._rules.is_closed

    @property
    def is_busy(self) -> bool:
        """Whether a turn is open or its reply has not finished."""
        return self._rules.turn is not None

    @property
    def status(self) -> Status:
        """What the session is doing now."""
        return self._rules.status

    def start_turn(self) -> Turn:
        """Begin a turn: it interrupts a reply and replaces an open turn (rule 7).

        Raises `RuntimeError` when the session is closed.
        """
        if self.is_closed:
            raise RuntimeError("the session is closed")
        effects = self._rules.start_turn(Microphone(), self._clock())
        state = self._rules.turn
        assert state is not None  # noqa: S101 (a turn was just started)
        turn = self._turns[state] = Turn(self, state)
        self._apply(effects)
        return turn

    async def close(self) -> None:
        """End the session and cancel its turn without an error. Takes about half a second."""
        self._apply(self._rules.end(self._clock()))
        if self._tasks:
            await asyncio.wait(self._tasks)

    # What turns and replies report, see `TurnOwner` and `ReplyOwner`.

    def turn_fed(self) -> None:
        """The microphone has a frame to send."""
        self._sender.wake()

    def turn_input_ended(self, turn: Turn) -> None:
        """The stream of the microphone has ended."""
        self._apply(self._rules.end_input(turn.state, self._clock()))

    def turn_awaited(self, turn: Turn) -> None:
        """Speech-to-text has returned."""
        self._apply(self._rules.expect_claim(turn.state, self._clock()))

    def turn_claimed(self, turn: Turn) -> None:
        """A caller waits for the reply."""
        self._apply(self._rules.claim(turn.state))

    def turn_cancelled(self, turn: Turn) -> None:
        """The turn was cancelled."""
        self._apply(self._rules.cancel(turn.state, self._clock()))

    def turn_failed(self, turn: Turn, error: AgentError) -> None:
        """The user's side has failed."""
        self._apply(self._rules.fail(turn.state, error, self._clock()))

    def listener_expected(self, reply: Reply) -> None:
        """A listener must come soon."""
        self._apply(self._rules.expect_listener(reply.state, self._clock()))

    def listener_came(self, reply: Reply) -> None:
        """A listener has come."""
        self._apply(self._rules.listener_came(reply.state, self._clock()))

    def audio_handed(self, reply: Reply, size: int, *, is_silence: bool) -> None:
        """Bytes were delivered to the listener."""
        now = self._clock()
        self._apply(self._rules.audio_handed(reply.state, size, now, is_silence=is_silence))

    def listener_left(self, reply: Reply) -> None:
        """The listener has left."""
        self._apply(self._rules.listener_left(reply.state, self._clock()))

    def reply_dropped(self, reply: Reply) -> None:
        """The reply was dropped by the caller."""
        self._apply(self._rules.drop(reply.state, self._clock()))

    # Effects and time.

    def _apply(self, effects: list[Effect]) -> None:
        """Carry out effects, and those that follow from them, in order; then set the timer."""
        self._effects += effects
        if self._is_applying:
            return
        self._is_applying = True
        try:
            while True:
                while self._effects:
                    self._carry_out(self._effects.popleft())
                deadline = self._rules.deadline
                if deadline is None or deadline > self._clock():
                    break
                self._effects += self._rules.time_passed(self._clock())
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
        self._apply(self._rules.time_passed(self._clock()))

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Connect():
                self._connect()
            case Disconnect():
                if self._connecting is not None and self._rules.link is not Link.CLOSED:
                    self._connecting.cancel()
            case CloseConnection(error):
                self._close_error = error
            case MakeRoom():
                self._must_make_room = True
            case WakeSender():
                self._sender.wake()
            case Emit(event):
                self._emit(event)
            case TurnClosed(state):
                self._turns[state].closed()
            case TurnOver(state):
                self._turns.pop(state).answered(None)
                if state.stream is not None:
                    self._replies.pop(state.stream, None)
            case DropStream():
                self._end_stream()
            case BeginStream(state):
                self._begin_stream(state)
            case _:
                self._carry_out_on_reply(effect)

    def _carry_out_on_reply(self, effect: ReplyEffect) -> None:
        reply = self._replies[effect.reply]
        match effect:
            case ReplyBegan(turn=turn):
                self._turns[turn].answered(reply)
            case FinishStream():
                self._decode_rest(reply)
            case DropQueue():
                reply.drop_queue()
            case ReplyChanged():
                reply.changed()

    def _emit(self, event: SessionEvent) -> None:
        """Call the listener in an empty context; log the first exception that it raises."""
        try:
            Context().run(self._on_event, event)
        except Exception:
            if not self._has_listener_failed:
                self._has_listener_failed = True
                _LOGGER.exception("The listener of a conversation's events failed")

    # The stream of a reply.

    def _begin_stream(self, state: ReplyState) -> None:
        self._end_stream()
        settings = self._settings
        self._incoming = self._replies.setdefault(state, Reply(self, state, self._timings))
        self._incoming.begin_stream(
            ReplyDecoder(
                settings.output_format,
                settings.output_sample_rate,
                settings.raw_encoding,
                state.rate or None,
            )
        )

    def _end_stream(self) -> None:
        if self._incoming is not None:
            self._incoming.end_stream()
            self._incoming = None

    async def _decode(self, message: AudioStream | UndecodableAudio) -> None:
        data = message.data if isinstance(message, AudioStream) else b""
        self._apply(self._rules.audio_arrived(len(data), self._clock()))
        reply = self._incoming
        if reply is None or (decoder := reply.decoder) is None:
            return
        if isinstance(message, UndecodableAudio):
            error = AgentError(ErrorKind.BAD_AUDIO, "audio that is not base64")
            self._apply(self._rules.decoding_failed(error, self._clock()))
            return
        try:
            for pcm in decoder.feed(data):
                if pcm:
                    self._decoded(reply, pcm, decoder.rate)
                # A message may hold a minute of audio: let other tasks run in between.
                await asyncio.sleep(0)
                if decoder is not reply.decoder:
                    return
        except AgentError as error:
            self._apply(self._rules.decoding_failed(error, self._clock()))

    def _decoded(self, reply: Reply, pcm: bytes, rate: int | None) -> None:
        if rate is not None and self._rules.takes_audio(reply.state):
            reply.push(pcm)
            self._apply(self._rules.audio_decoded(reply.state, len(pcm), rate, self._clock()))

    def _decode_rest(self, reply: Reply) -> None:
        """Decode the rest of a stream that has ended."""
        if reply is self._incoming:
            self._incoming = None
        try:
            for pcm, rate in reply.flush():
                self._decoded(reply, pcm, rate)
        except AgentError as error:
            _LOGGER.debug("The end of the reply could not be decoded: %s", error)

    def _decode_short_reply(self) -> None:
        """Decode a stream that ends before the decoder has returned any audio."""
        reply = self._incoming
        if reply is not None and not reply.state.has_begun:
            self._decode_rest(reply)

    # The connection.

    def _connect(self) -> None:
        if self._connecting is not None:
            self._must_reconnect = True
            return
        self._connecting = asyncio.get_running_loop().create_task(
            self._converse(), name="voice agent connection", context=Context()
        )
        self._tasks.add(self._connecting)
        self._connecting.add_done_callback(self._tasks.discard)

    async def _converse(self) -> None:
        """Open and use one connection after the other until no other is needed."""
        try:
            while await self._use_one_connection():
                _LOGGER.debug("Opening another connection for the turn")
        except Exception:
            _LOGGER.exception("A conversation was ended by a fault in the client library")
            self._connecting = None
            error = AgentError(ErrorKind.SERVER_FAULT, "internal error")
            self._apply(self._rules.connection_failed(error, self._clock()))

    async def _use_one_connection(self) -> bool:
        """Use one connection until it is lost; return whether to open another one."""
        connection: Connection | None = None
        try:
            timeout = self._rules.connect_seconds(self._clock())
            connection = await Connection.open(self._http, self._settings, timeout)
            self._close_error = None
            self._apply(self._rules.connection_opened(self._clock()))
            await self._use(connection)
        except AgentError as error:
            # Reported before the closing handshake, so that nobody waits for it.
            return await self._lost(error)
        finally:
            if connection is not None:
                await connection.close()
        return False

    async def _lost(self, error: AgentError) -> bool:
        """Report the loss of the connection; return whether to open another one."""
        self._must_reconnect = self._must_make_room = False
        self._decode_short_reply()
        self._apply(self._rules.connection_lost(error, self._clock()))
        if self._must_make_room and self._make_room is not None:
            has_room = await self._has_room(self._make_room)
            self._apply(self._rules.room_made(self._clock(), has_room=has_room))
        if not self._must_reconnect:
            self._connecting = None
        return self._must_reconnect

    async def _has_room(self, make_room: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await make_room()
        except Exception:
            _LOGGER.exception("Making room for a connection failed")
            return False

    async def _use(self, connection: Connection) -> None:
        """Send and receive until the connection is over, which raises `AgentError`."""
        receiving = asyncio.create_task(self._receive(connection))
        sending = asyncio.create_task(self._sender.run(connection))
        try:
            await asyncio.wait((receiving, sending), return_when=asyncio.FIRST_COMPLETED)
            # If the server has closed, sending fails first: read what was sent before that.
            await asyncio.wait((receiving,), timeout=self._timings.last_words)
            for task in (receiving, sending):
                if task.done():
                    await task
        finally:
            for task in (receiving, sending):
                task.cancel()
            await asyncio.gather(receiving, sending, return_exceptions=True)

    async def _receive(self, connection: Connection) -> None:
        while self._close_error is None:
            message = await connection.receive()
            if isinstance(message, AudioStream | UndecodableAudio):
                await self._decode(message)
                continue
            if isinstance(message, AudioStreamEnd | AgentInterrupted):
                self._decode_short_reply()
            self._apply(self._rules.receive(message, self._clock()))
        raise self._close_error

    def _voice_sent(self) -> None:
        self._apply(self._rules.frame_sent(self._clock()))
