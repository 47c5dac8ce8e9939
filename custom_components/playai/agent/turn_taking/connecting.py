"""When a connection is opened, reopened and abandoned (rules 1, 9 and 10)."""

import logging

from ..errors import AgentError, ErrorKind
from ..events import Disconnected, SessionEnded, SessionStarted
from ..messages import HomeMessage
from .conversation import Conversation
from .effects import CloseConnection, Connect, Disconnect, MakeRoom
from .phases import Limit, Link
from .playout import Playout
from .state import TurnState
from .streams import Streams

_LOGGER = logging.getLogger(__name__)


class Connecting:
    """The rules of the connection."""

    def __init__(
        self,
        conversation: Conversation,
        playout: Playout,
        streams: Streams,
        *,
        can_make_room: bool,
    ) -> None:
        self.connect_until = 0.0
        """When opening a connection must have succeeded (rule 8)."""

        self._conversation = conversation
        self._playout = playout
        self._streams = streams
        self._can_make_room = can_make_room
        self._was_started = self._is_accepted = False
        self._recorded: set[ErrorKind] = set()
        """Kinds of errors that failed no turn, reported since the last turn began."""

        self._has_made_room = False
        self._reopened: TurnState | None = None
        """The turn that was begun again: another failure ends it."""

        self._noted_error: tuple[AgentError, float] | None = None
        self._room_wanted: tuple[AgentError, TurnState | None] | None = None

    def turn_started(self, now: float) -> None:
        """A turn needs a connection."""
        self._has_made_room = False
        self.report_again()
        if self._conversation.link is Link.CLOSED:
            self.connect_until = now + self._conversation.timings.connect
            self._connect()
        else:
            self._noted_error = None

    def report_again(self) -> None:
        """A turn begins: it may report every kind of error again."""
        self._recorded.clear()

    def opened(self, now: float, *, has_home: bool) -> None:
        """A connection is open and the setup was sent."""
        conversation = self._conversation
        conversation.link = Link.OPEN
        conversation.has_home = has_home and conversation.offer is not None
        conversation.is_held = False
        self._noted_error = None
        self._streams.connection_opened(now)
        conversation.start(Limit.ACCEPT, now + conversation.timings.accept)
        if conversation.offer is not None:
            conversation.send(HomeMessage(conversation.offer))
            if not conversation.has_home:
                conversation.traits.features = None

    def accepted(self) -> None:
        """The server has accepted the setup."""
        self._conversation.stop(Limit.ACCEPT)
        self._is_accepted = True
        if not self._was_started:
            self._was_started = True
            self._conversation.emit(SessionStarted())

    def error_received(self, error: AgentError, now: float) -> None:
        """The server has sent an error message."""
        self._noted_error = error, now  # A close that follows belongs to it.
        conversation = self._conversation
        turn = conversation.turn
        is_fault = error.kind is ErrorKind.SERVER_FAULT
        if error.is_fatal or (is_fault and self._may_replace(turn, now)):
            conversation.add(CloseConnection(error))
        elif error.kind is ErrorKind.PROTOCOL:
            _LOGGER.debug("The server rejects a message: %s (%s)", error.message, error.code)
            self._record(error)
        elif (
            turn is None
            or turn.belongs_to_cancelled
            or (error.kind is ErrorKind.AGENT_FAILED and turn.ended_at is None)
            or (turn.reply is not None and turn.reply.is_complete)
        ):
            self._record(error)
        else:
            self._playout.fail(error, now)

    def lost(self, error: AgentError, now: float) -> None:
        """There is no connection; the turn may want another one."""
        error = self._reason(error, now)
        conversation = self._conversation
        if conversation.link is Link.OPEN:
            self.connect_until = now + conversation.timings.connect
        self._disconnected(now)
        if self._must_make_room(error):
            conversation.link, self._room_wanted = Link.MAKING_ROOM, (error, conversation.turn)
            conversation.add(MakeRoom())
        elif self._may_reopen(error, now):
            self._reopened = conversation.turn
            self._reopen()
        else:
            self._give_up(error, now)

    def room_made(self, now: float, *, has_room: bool) -> None:
        """The owner of the sessions has made room for a connection, or could not."""
        wanted, self._room_wanted = self._room_wanted, None
        if wanted is None:
            return
        error, turn = wanted
        current = self._conversation.turn
        if turn is current:
            self._has_made_room = has_room
        is_unneeded = current is None and self._conversation.microphone is None
        # Another turn may have begun meanwhile: it is tried in any case.
        if is_unneeded or (turn is current and not has_room):
            self._give_up(error, now)
        else:
            self._reopen()

    def failed(self, error: AgentError, now: float) -> None:
        """The connection is lost, and no other one may be opened."""
        self._disconnected(now)
        self._give_up(error, now)

    def end(self, now: float) -> None:
        """End the session."""
        conversation = self._conversation
        if conversation.is_closed:
            return
        conversation.is_closed = True
        self._playout.cancel(now)
        conversation.deadlines.clear()
        conversation.set_voice_active(active=False)
        conversation.note_status()
        conversation.emit(SessionEnded(self._was_started))
        conversation.add(Disconnect())

    def _record(self, error: AgentError) -> None:
        """Report an error that fails no turn, once per kind until the next turn."""
        if error.kind not in self._recorded:
            self._recorded.add(error.kind)
            self._conversation.report(error)

    def _may_replace(self, turn: TurnState | None, now: float) -> bool:
        """Whether a connection may be closed because of a fault of the server.

        While the user speaks, a second connection gets all of the audio, once. Without a turn,
        nothing is lost.
        """
        conversation = self._conversation
        if turn is None:
            return now >= conversation.unanswered_until and not conversation.is_flushing
        return turn.ended_at is None and not (turn is self._reopened or turn.belongs_to_cancelled)

    def _reason(self, error: AgentError, now: float) -> AgentError:
        """Return the error that the server sent just before it closed; `error` if it sent none."""
        if self._noted_error is not None and error.kind is not ErrorKind.BAD_MESSAGE:
            noted, when = self._noted_error
            if now - when <= self._conversation.timings.error_grace:
                return noted
        return error

    def _disconnected(self, now: float) -> None:
        conversation = self._conversation
        conversation.stop(Limit.ACCEPT, Limit.FLUSH, Limit.FEATURES)
        conversation.has_home = False
        conversation.has_dropped_reply = conversation.lacks_words = False
        self._streams.connection_closed()
        turn, reply = conversation.turn, conversation.reply
        if turn is not None and reply is not None and reply.is_marked and not turn.home_until:
            self._playout.complete(None, now)  # All audio has arrived, so the loss is no error.
        conversation.set_voice_active(active=False)

    def _must_make_room(self, error: AgentError) -> bool:
        return (
            error.kind is ErrorKind.TOO_MANY_CONNECTIONS
            and self._can_make_room
            and not self._has_made_room
            and self._needs_room
        )

    @property
    def _needs_room(self) -> bool:
        """Whether a turn can be tried again, or a live call was refused at its beginning."""
        turn = self._conversation.turn
        if turn is None:
            return self._conversation.microphone is not None and not self._is_accepted
        return turn.reply is None and not turn.had_effects

    def _may_reopen(self, error: AgentError, now: float) -> bool:
        turn = self._conversation.turn
        if turn is None or turn.reply is not None or turn is self._reopened:
            return False
        if not error.policy.may_reopen or now >= self.connect_until:
            return False
        hung_up = error.kind is ErrorKind.AGENT_HUNG_UP and turn.heard_speech
        # A fatal error is the answer if the user waits for one.
        is_answer = error.is_fatal and turn.ended_at is not None
        return turn.may_be_sent_again and not hung_up and not is_answer

    def _connect(self) -> None:
        self._is_accepted = False
        self._conversation.link = Link.OPENING
        self._conversation.add(Connect())

    def _reopen(self) -> None:
        """Begin the turn or call again on a new connection, with everything the user said."""
        conversation = self._conversation
        turn = conversation.turn
        conversation.drop_stream()
        conversation.stop(Limit.NO_SPEECH, Limit.EMPTY_REPLY)
        if turn is not None:
            turn.restart()
            is_empty = turn.microphone.drained and not turn.microphone.was_read
            if not is_empty:  # Otherwise no frame is sent that would start the limit again.
                conversation.stop(Limit.NO_END)
            if turn.is_open and turn.agent_ends:
                conversation.stop(Limit.CLOSE_TURN)
        elif conversation.microphone is not None:
            conversation.microphone.rewind()
        self._connect()

    def _give_up(self, error: AgentError, now: float) -> None:
        """Open no other connection. An idle session ends without an error."""
        conversation = self._conversation
        conversation.link = Link.CLOSED
        is_refusal = not self._is_accepted
        is_hangup = error.kind is ErrorKind.AGENT_HUNG_UP
        # A server fault without a turn: the idle session has expired.
        is_expired = error.kind is ErrorKind.SERVER_FAULT and conversation.turn is None
        if conversation.reply is not None and is_hangup:
            self._playout.complete(None, now)
        else:
            self._playout.fail(error, now)
        if is_refusal or not (is_hangup or is_expired):
            conversation.emit(Disconnected(error, is_refusal=is_refusal))
        if conversation.turn is None:
            self.end(now)
        # Otherwise a complete reply still plays, and the session ends with it.
