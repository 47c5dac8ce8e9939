"""The rules of a conversation: who speaks when, and which reply answers which turn.

`TurnTaking` is a pure object. Inputs are method calls with the time of the event; each returns
the effects that the caller must carry out, in order. It never looks at a clock, a socket or an
event loop: `deadline` is when `time_passed` must be called next.

S and E are `voiceActivityStart` and `voiceActivityEnd`, N is `newAudioStream`, A `audioStream`
and AE `audioStreamEnd`. The rules are ours, the protocol's document does not have them:

1. *Opening.* A turn opens its connection while the user speaks and keeps all audio. If the
   connection is lost, another one is opened once and gets all of the audio again.
2. *Sending.* 40 ms frames in real time, a backlog four times as fast (`pacing.py`).
3. *End of the user's turn.* The agent's E after an S, or the end of the microphone's stream,
   depending on `EndOfTurn`. The user may go on for a moment.
4. *Silence* is sent from then on until the reply has been played, because servers find the end
   of a turn by hearing silence.
5. *The reply* is the newest stream after the end of the turn.
6. A reply is *complete* when no more audio will come, and *over* when it has had time to play.
7. A new turn interrupts a reply and replaces an open turn. A cancelled turn is flushed with
   silence until the server has heard its end.
8. *Limits* are in `Timings`.
9. *The end.* A session ends when it has been idle for long enough, or for good with a
   connection that nobody needs any more.
10. *Too many connections.* The owner of the sessions is asked to make room, once per turn.
11. *Unclaimed* turns and replies are dropped.
"""

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from .effects import (
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
    TurnClosed,
    TurnOver,
    WakeSender,
)
from .errors import AgentError, ErrorKind
from .events import (
    Disconnected,
    ErrorOccurred,
    ReplyFinished,
    ReplyInterrupted,
    ReplyStarted,
    SessionEnded,
    SessionEvent,
    SessionStarted,
    Status,
    StatusChanged,
    VoiceActivity,
)
from .messages import (
    AgentGreeting,
    AgentGreetingEnd,
    AgentInterrupted,
    AgentTranscript,
    AudioStreamEnd,
    ErrorMessage,
    Hangup,
    Init,
    Message,
    NewAudioStream,
    UserTranscript,
    VoiceActivityEnd,
    VoiceActivityStart,
)
from .microphone import SILENT_FRAME, Microphone
from .settings import AgentSettings, EndOfTurn, ServerTraits, Timings
from .turn_state import SAMPLE_BYTES, ReplyState, TurnState
from .words import join_words

_LOGGER = logging.getLogger(__name__)

MAX_REPLY_BYTES: Final = 32 * 1024 * 1024

_FORBIDS_REOPENING: Final = frozenset(
    {ErrorKind.TLS, ErrorKind.NOT_THIS_SERVER, ErrorKind.BAD_MESSAGE, ErrorKind.BAD_AUDIO}
)


class Phase(StrEnum):
    """Where a conversation is."""

    IDLE = "idle"
    """No turn."""

    FLUSHING = "flushing"
    """Silence ends a cancelled turn. The audio of a new turn waits."""

    LISTENING = "listening"
    """The user speaks, or is expected to."""

    MAYBE_OVER = "maybe_over"
    """The user has finished, but may still go on, or their words are awaited."""

    WAITING = "waiting"
    """The user has finished. The reply has not begun."""

    REPLYING = "replying"
    """Audio of the reply is arriving."""

    PLAYING_OUT = "playing_out"
    """The reply is complete and still plays."""


class Limit(StrEnum):
    """What a deadline is for."""

    ACCEPT = "accept"
    IDLE = "idle"
    FLUSH = "flush"
    SPEECH = "speech"
    NO_SPEECH = "no_speech"
    NO_END = "no_end"
    CLOSE = "close"
    NO_REPLY = "no_reply"
    EMPTY_REPLY = "empty_reply"
    TURN_CLAIM = "turn_claim"
    REPLY_COMPLETE = "reply_complete"
    REPLY_OVER = "reply_over"
    REPLY_CLAIM = "reply_claim"


class Link(StrEnum):
    """The state of the connection."""

    CLOSED = "closed"
    OPENING = "opening"
    MAKING_ROOM = "making_room"
    OPEN = "open"


class TurnTaking:
    """One conversation: at most one turn at a time, over one connection at a time."""

    def __init__(
        self, settings: AgentSettings, traits: ServerTraits, timings: Timings, *, can_make_room: bool
    ) -> None:
        self.turn: TurnState | None = None
        self.link = Link.CLOSED
        self.is_closed = False
        self._settings = settings
        self._traits = traits
        self._timings = timings
        self._can_make_room = can_make_room
        self._effects: list[Effect] = []
        self._deadlines: dict[Limit, float] = {}
        self._status = Status.IDLE
        self._was_started = False
        self._voice_active = False
        self._unanswered_until = 0.0
        self._has_reopened = self._has_made_room = False
        self._connect_until = 0.0
        self._noted_error: tuple[AgentError, float] | None = None
        self._room_wanted: tuple[AgentError, TurnState | None] | None = None
        # Of the connection:
        self._opened_at = 0.0
        self._has_streamed = self._in_greeting = False
        self._is_receiving = False
        self._handlers: dict[Limit, Callable[[float], None]] = {
            Limit.ACCEPT: lambda _: self._accepted(),
            Limit.IDLE: self._end,
            Limit.FLUSH: lambda _: None,
            Limit.SPEECH: self._end_input,
            Limit.NO_SPEECH: self._no_speech,
            Limit.NO_END: self._no_end,
            Limit.CLOSE: self._close_turn,
            Limit.NO_REPLY: self._no_reply,
            Limit.EMPTY_REPLY: self._no_reply,
            Limit.TURN_CLAIM: self._cancel,
            Limit.REPLY_COMPLETE: self._check_complete,
            Limit.REPLY_OVER: self._check_over,
            Limit.REPLY_CLAIM: self._drop_reply,
        }

    # What can be asked at any time.

    @property
    def deadline(self) -> float | None:
        """When `time_passed` must be called next, None while nothing is due."""
        return min(self._deadlines.values(), default=None)

    @property
    def phase(self) -> Phase:
        """Where the conversation is."""
        turn = self.turn
        if turn is not None and turn.reply is not None:
            return Phase.PLAYING_OUT if turn.reply.is_complete else Phase.REPLYING
        if self.is_flushing:
            return Phase.FLUSHING
        if turn is None:
            return Phase.IDLE
        if turn.is_open:
            return Phase.LISTENING if turn.ended_at is None else Phase.MAYBE_OVER
        return Phase.WAITING

    @property
    def is_flushing(self) -> bool:
        """Whether a cancelled turn is being ended with silence."""
        return Limit.FLUSH in self._deadlines

    @property
    def status(self) -> Status:
        """What the conversation shows."""
        turn = self.turn
        if turn is None:
            return Status.IDLE
        if turn.reply is not None and turn.reply.was_heard:
            return Status.SPEAKING
        if not turn.is_open:
            return Status.THINKING
        return Status.LISTENING if self.link is Link.OPEN else Status.CONNECTING

    @property
    def is_receiving(self) -> bool:
        """Whether the audio that arrives belongs to a reply."""
        return self._is_receiving

    def next_frame(self) -> tuple[bytes | None, bool]:
        """Return the frame to send now, and whether it is the user's voice (rules 2, 4 and 7)."""
        if self.is_flushing:
            return SILENT_FRAME, False
        if self.turn is None:
            return None, False
        microphone = self.turn.microphone
        frame = microphone.next_frame()
        if frame is not None:
            return frame, True
        return (SILENT_FRAME if microphone.ended else None), False

    # Inputs: what the user's side does.

    def start_turn(self, microphone: Microphone, now: float) -> list[Effect]:
        """Begin a turn; it interrupts a reply and replaces an open turn (rule 7)."""
        previous = self.turn
        if previous is not None:
            if previous.reply is not None:
                self._drop_reply(now)
            elif previous.is_unclaimed:
                self._cancel(now)  # Nobody waits for its reply, so it is no error (rule 11).
            else:
                self._fail_turn(AgentError(ErrorKind.REPLACED, "a new turn began"), now)
        self._stop(Limit.IDLE)
        self._has_reopened = self._has_made_room = False
        settings, traits = self._settings, self._traits
        self.turn = TurnState(
            microphone,
            agent_ends=settings.end_of_turn is EndOfTurn.AGENT
            and settings.enable_vad
            and traits.sends_voice_activity is not False,
            awaits_transcript=settings.wait_for_words,
            owes_stale_reply=now < self._unanswered_until,
        )
        self._unanswered_until = 0.0
        self._drop_stream()
        self._start(Limit.SPEECH, now + self._timings.speech + self._timings.connect)
        self._effects.append(WakeSender())
        if self.link is Link.CLOSED:
            self.link = Link.OPENING
            self._connect_until = now + self._timings.connect
            self._effects.append(Connect())
        else:
            self._noted_error = None
        return self._take()

    def end_input(self, turn: TurnState, now: float) -> list[Effect]:
        """The stream of the microphone has ended."""
        if turn is self.turn:
            self._end_input(now)
        return self._take()

    def cancel(self, turn: TurnState, now: float) -> list[Effect]:
        """Give a turn up without an error; its reply is dropped (rules 7 and 11)."""
        if turn is self.turn:
            self._cancel(now)
        return self._take()

    def expect_claim(self, turn: TurnState, now: float) -> list[Effect]:
        """Speech-to-text has returned; the next stage must claim the turn (rule 11)."""
        if turn is self.turn and not turn.is_claimed:
            self._start(Limit.TURN_CLAIM, now + self._timings.claim)
        return self._take()

    def claim(self, turn: TurnState) -> list[Effect]:
        """Somebody waits for the reply of a turn."""
        turn.is_claimed = True
        if turn is self.turn:
            self._stop(Limit.TURN_CLAIM)
        return self._take()

    def end(self, now: float) -> list[Effect]:
        """End the session (rule 9)."""
        self._end(now)
        return self._take()

    # Inputs: what the listener's side does.

    def expect_listener(self, reply: ReplyState, now: float) -> list[Effect]:
        """The conversation stage has returned; somebody must listen (rule 11)."""
        if self._is_current(reply) and not reply.is_claimed:
            self._start(Limit.REPLY_CLAIM, now + self._timings.claim)
        return self._take()

    def listener_came(self, reply: ReplyState, now: float) -> list[Effect]:
        """Somebody listens to a reply."""
        reply.is_claimed = reply.has_listener = True
        reply.handed_at = reply.played_until = now
        if self._is_current(reply):
            self._stop(Limit.REPLY_CLAIM)
        return self._take()

    def audio_handed(
        self, reply: ReplyState, size: int, now: float, *, is_silence: bool = False
    ) -> list[Effect]:
        """Bytes were handed to the listener."""
        is_first = not reply.was_heard
        seconds = reply.seconds(size)
        if not is_silence:
            reply.queued_bytes -= size
        reply.handed_at = now
        reply.handed_seconds += seconds
        reply.played_until = max(reply.played_until, now) + seconds
        if is_first and not self.is_closed:
            self._emit(ReplyStarted(reply.response_time))
        return self._take()

    def listener_left(self, reply: ReplyState, now: float) -> list[Effect]:
        """The listener has heard everything, or does not want the rest."""
        reply.has_listener = False
        if self._is_current(reply):
            if not reply.is_complete or reply.queued_bytes:
                self._drop_reply(now)
            else:
                self._check_over(now)
        return self._take()

    def drop(self, reply: ReplyState, now: float) -> list[Effect]:
        """Nobody wants a reply."""
        if self._is_current(reply):
            self._drop_reply(now)
        return self._take()

    # Inputs: what the connection does.

    def frame_sent(self, now: float) -> list[Effect]:
        """A frame of the user's voice was sent."""
        turn = self.turn
        if turn is None:
            return self._take()
        if not turn.agent_ends:
            # A long backlog is sent after the end: only then can the answer begin.
            if Limit.NO_REPLY in self._deadlines and not turn.has_stream:
                self._start(Limit.NO_REPLY, now + self._timings.first_audio)
        elif turn.is_open:
            if not turn.heard_speech and Limit.NO_SPEECH not in self._deadlines:
                self._start(Limit.NO_SPEECH, now + self._timings.no_speech)
            self._watch_for_end(now)
        return self._take()

    def connection_opened(self, now: float) -> list[Effect]:
        """The connection is open and the setup was sent."""
        self.link = Link.OPEN
        self._opened_at = now
        self._noted_error = None
        self._start(Limit.ACCEPT, now + self._timings.accept)
        return self._take()

    def connect_seconds(self, now: float) -> float:
        """Return how long opening a connection may take (rule 8)."""
        return self._connect_until - now

    def connection_lost(self, error: AgentError, now: float) -> list[Effect]:
        """There is no connection; a turn may want another one (rules 1 and 10)."""
        if self.is_closed:
            return self._take()
        error = self._reason(error, now)
        if self.link is Link.OPEN:
            self._connect_until = now + self._timings.connect
        self._disconnected(now)
        if self._must_make_room(error):
            self.link, self._room_wanted = Link.MAKING_ROOM, (error, self.turn)
            self._effects.append(MakeRoom())
        elif self._may_reopen(error, now):
            self._has_reopened = True
            self._reopen()
        else:
            self._give_up(error, now)
        return self._take()

    def give_up(self, error: AgentError, now: float) -> list[Effect]:
        """There is no connection, and there must be no other one."""
        if not self.is_closed:
            self._disconnected(now)
            self._give_up(error, now)
        return self._take()

    def room_made(self, has_room: bool, now: float) -> list[Effect]:
        """The owner of the sessions has made room for a connection, or not (rule 10)."""
        wanted, self._room_wanted = self._room_wanted, None
        if self.is_closed or wanted is None:
            return self._take()
        error, turn = wanted
        if turn is self.turn:
            self._has_made_room = has_room
        # Another turn may have begun meanwhile: it is tried in any case.
        if self.turn is None or (turn is self.turn and not has_room):
            self._give_up(error, now)
        else:
            self._reopen()
        return self._take()

    def receive(self, message: Message, now: float) -> list[Effect]:
        """The server has sent a message other than audio."""
        if self.is_closed:
            return self._take()
        if not isinstance(message, ErrorMessage):
            self._accepted()
        match message:
            case Init():
                self._note_edition()
            case VoiceActivityStart():
                self._speech_started(now)
            case VoiceActivityEnd():
                self._speech_ended(now)
            case NewAudioStream():
                self._stream_started(now)
            case AudioStreamEnd() | AgentInterrupted():
                self._stream_ended(message, now)
            case UserTranscript(text):
                self._user_words(text, now)
            case AgentTranscript(text):
                self._agent_words(text)
            case AgentGreeting():
                self._in_greeting = True
            case AgentGreetingEnd():
                self._in_greeting = False
            case Hangup(ended_by):
                reason = f"hung up by {ended_by or 'the server'}"
                self._effects.append(CloseConnection(AgentError(ErrorKind.AGENT_HUNG_UP, reason)))
            case ErrorMessage(code, text, is_fatal):
                self._error_received(AgentError.from_code(code, text, is_fatal), now)
        return self._take()

    def audio_arrived(self, size: int, now: float) -> list[Effect]:
        """Bytes of a reply have arrived, not decoded yet."""
        if self.is_closed:
            return self._take()
        self._accepted()
        turn = self.turn
        if turn is not None:
            is_bare = not self._is_receiving and not self._has_streamed and turn.reply is None
            if is_bare and self._takes_bare_audio(turn) and self._begins_reply(turn, False, now):
                self._begin_stream(turn)  # A server that does not announce its streams (rule 5).
            if self._is_receiving:
                turn.stream_bytes += size
        return self._take()

    def audio_decoded(self, reply: ReplyState, size: int, rate: int, now: float) -> list[Effect]:
        """Bytes of PCM were decoded and queued for the listener.

        Call it for the rest of a stream, too; `takes_audio` says whether to queue them.
        """
        turn = self.turn
        if turn is None or turn.stream is not reply:
            return self._take()
        if not reply.has_begun:
            reply.rate = rate
            reply.response_time = 0.0 if turn.ended_at is None else now - turn.ended_at
            reply.transcript = turn.agent_words
            self._stop(Limit.NO_REPLY, Limit.EMPTY_REPLY)
            self._effects.append(ReplyBegan(turn))
        reply.queued_bytes += size
        reply.received_bytes += size
        reply.received_until = max(reply.received_until, now) + reply.seconds(size)
        self._effects.append(ReplyChanged(reply))
        if reply.is_complete:
            self._check_over(now)
        elif reply.received_bytes >= self._max_reply_bytes(reply):
            self._complete_reply(None, now)
        elif reply.is_marked or Limit.REPLY_COMPLETE not in self._deadlines:
            self._watch_quiet(reply, now)
        return self._take()

    def takes_audio(self, reply: ReplyState) -> bool:
        """Whether decoded audio of a reply is still wanted."""
        return self.turn is not None and self.turn.stream is reply and not reply.is_over

    def decoding_failed(self, error: AgentError, now: float) -> list[Effect]:
        """The audio that arrives cannot be decoded."""
        self._drop_stream()
        self._fail_turn(error, now)
        return self._take()

    def time_passed(self, now: float) -> list[Effect]:
        """Handle every deadline that is due, the earliest first."""
        while due := [(when, limit) for limit, when in self._deadlines.items() if when <= now]:
            _, limit = min(due)
            del self._deadlines[limit]
            self._handlers[limit](now)
        return self._take()

    # The user's turn (rule 3).

    def _end_input(self, now: float) -> None:
        turn = self.turn
        if turn is None or turn.microphone.ended:
            return
        turn.microphone.end()
        self._effects.append(WakeSender())
        if not turn.is_open:
            return
        if turn.agent_ends:
            self._watch_for_end(now)
        else:
            turn.ended_at = now
            self._close_or_await_transcript(turn, now)

    def _watch_for_end(self, now: float) -> None:
        """Give the server time to find the end once it has all of the audio."""
        turn = self.turn
        if (
            turn is not None
            and turn.microphone.drained
            and turn.ended_at is None
            and Limit.NO_END not in self._deadlines
        ):
            self._start(Limit.NO_END, now + self._timings.no_end)

    def _speech_started(self, now: float) -> None:
        self._traits.sends_voice_activity = True
        self._set_voice_active(active=True)
        turn = self.turn
        if turn is None or self.is_flushing:
            return
        turn.heard_speech = turn.is_speaking = True
        self._stop(Limit.NO_SPEECH)
        if turn.is_open and turn.agent_ends and not turn.has_stream:
            turn.ended_at = None
            self._stop(Limit.CLOSE)
            self._watch_for_end(now)

    def _speech_ended(self, now: float) -> None:
        self._traits.sends_voice_activity = True
        had_start = self._voice_active
        self._set_voice_active(active=False)
        turn = self.turn
        if self.is_flushing:
            self._flushed()
        elif turn is not None and turn.is_speaking:
            turn.is_speaking = False
            turn.has_heard_end = True
            if turn.is_open and turn.agent_ends:
                self._stop(Limit.NO_END)
                turn.ended_at = now
                self._close_or_await_transcript(turn, now, self._timings.may_go_on)
        elif turn is not None and not had_start:
            turn.has_stray_end = True

    def _user_words(self, text: str, now: float) -> None:
        turn = self.turn
        if turn is None or self.is_flushing or not turn.is_open:
            return
        if turn.owes_stale_reply and not turn.heard_speech:
            return
        turn.text = join_words(turn.text, text)
        heard_end = turn.has_heard_end or turn.has_stray_end
        if turn.text and heard_end and turn.agent_ends and turn.ended_at is None:
            turn.ended_at = now
        if turn.text and turn.ended_at is not None:
            self._close_turn(now)

    def _close_or_await_transcript(self, turn: TurnState, now: float, seconds: float = 0) -> None:
        if turn.text:
            self._close_turn(now)
        elif turn.awaits_transcript:
            if Limit.CLOSE not in self._deadlines:
                self._start(Limit.CLOSE, now + self._timings.transcript)
        elif seconds:
            self._start(Limit.CLOSE, now + seconds)
        else:
            self._close_turn(now)

    def _close_turn(self, now: float) -> None:
        """Let speech-to-text return."""
        turn = self.turn
        if turn is None or not turn.is_open:
            return
        self._stop_listening(turn)
        if turn.reply is None and turn.ended_at is not None:
            self._start(Limit.NO_REPLY, turn.ended_at + self._timings.first_audio)

    def _stop_listening(self, turn: TurnState) -> None:
        if not turn.is_open:
            return
        turn.is_open = False
        turn.microphone.end()
        self._stop(Limit.CLOSE, Limit.NO_SPEECH, Limit.NO_END, Limit.SPEECH)
        self._effects += [TurnClosed(turn), WakeSender()]

    def _no_speech(self, now: float) -> None:
        """No speech has begun in time (rule 8)."""
        turn = self.turn
        if turn is not None and not turn.heard_speech and not turn.text:
            self._note_missing_activity(turn)
            self._finish_silent(turn, now)

    def _no_end(self, now: float) -> None:
        """No end of speech came in time after the end of the stream (rule 3)."""
        turn = self.turn
        if turn is None:
            return
        if turn.heard_speech or turn.has_stray_end:
            turn.ended_at = now
            self._close_or_await_transcript(turn, now)
        elif self._traits.sends_voice_activity:
            self._finish_silent(turn, now)  # A server that reports speech heard none.
        else:
            self._note_missing_activity(turn)
            turn.ended_at = now
            self._close_or_await_transcript(turn, now)

    def _finish_silent(self, turn: TurnState, now: float) -> None:
        _LOGGER.debug("A turn ends: nobody spoke")
        turn.is_silent = turn.nobody_spoke = True
        self._finish_turn(turn, None, now)

    def _note_missing_activity(self, turn: TurnState) -> None:
        """Note that a server sent no voice activity where it should have."""
        if turn.agent_ends and self._traits.sends_voice_activity is None:
            self._traits.sends_voice_activity = False
            _LOGGER.warning(
                "The server sends no voice activity: from now on the end of the microphone's "
                "stream ends the user's turn"
            )

    # The reply (rules 5 and 6).

    def _stream_started(self, now: float) -> None:
        is_greeting = self._is_greeting(now)
        self._has_streamed = True
        self._drop_stream()
        turn = self.turn
        if turn is None:
            self._unanswered_until = 0.0
        elif turn.reply is not None:
            if not turn.reply.is_complete:
                self._begin_stream(turn)
                self._restart_reply(turn.reply, now)
        elif self._belongs_to_cancelled(turn):
            turn.owes_stale_reply = False
        elif self._begins_reply(turn, is_greeting, now):
            self._begin_stream(turn)

    def _belongs_to_cancelled(self, turn: TurnState) -> bool:
        """Whether what the server sends now is still about a cancelled turn.

        Nothing of the new turn was sent then: its audio waits for the end of the old one.
        """
        return turn.owes_stale_reply and not turn.microphone.was_read

    def _is_greeting(self, now: float) -> bool:
        """Whether the stream that begins answers nothing (rule 3)."""
        if self._in_greeting:
            return True
        if self._has_streamed or self.turn is None or self.link is not Link.OPEN:
            return False
        if now - self._opened_at > self._timings.greeting:
            return False
        if self._traits.greets is None:
            return self.turn.ended_at is None
        return self._traits.greets and not self.turn.heard_end

    def _begins_reply(self, turn: TurnState, is_greeting: bool, now: float) -> bool:
        """Whether the stream that begins is the reply to this turn (rules 3 and 5)."""
        if is_greeting:
            return False
        if turn.owes_stale_reply and not turn.heard_end:
            turn.owes_stale_reply = False
            return False
        if turn.is_open and turn.ended_at is None:
            heard_end = turn.has_heard_end or turn.has_stray_end
            may_answer = heard_end or turn.text or turn.microphone.drained
            if turn.agent_ends and not may_answer:
                return False
            self._note_missing_activity(turn)
            turn.ended_at = now
        turn.has_stream = True
        turn.stream_bytes = 0
        self._stop(Limit.EMPTY_REPLY)
        if turn.is_open:
            self._close_or_await_transcript(turn, now)
        return True

    @staticmethod
    def _takes_bare_audio(turn: TurnState) -> bool:
        """Whether audio without a preceding N would be the reply (rule 5)."""
        return turn.ended_at is not None or (turn.agent_ends and turn.microphone.drained)

    def _begin_stream(self, turn: TurnState) -> None:
        turn.stream = turn.stream or ReplyState()
        self._is_receiving = True
        self._effects.append(BeginStream(turn.stream))

    def _drop_stream(self) -> None:
        if self._is_receiving:
            self._is_receiving = False
            self._effects.append(DropStream())

    def _stream_ended(self, message: AudioStreamEnd | AgentInterrupted, now: float) -> None:
        if isinstance(message, AudioStreamEnd):
            self._traits.marks_stream_end = True
        turn = self.turn
        if turn is None or not self._is_receiving:
            return
        reply = turn.reply
        if reply is None:
            self._start(Limit.EMPTY_REPLY, now + self._timings.stream_end_grace)
            return
        if isinstance(message, AgentInterrupted):
            self._restart_reply(reply, now)
        if not reply.is_complete:
            reply.is_marked = True
            self._start(Limit.REPLY_COMPLETE, now + self._timings.stream_end_grace)

    def _agent_words(self, text: str) -> None:
        turn = self.turn
        if turn is None or self._in_greeting:
            return
        if turn.reply is None:
            if turn.ended_at is not None:
                turn.agent_words = join_words(turn.agent_words, text)
        elif not turn.reply.is_complete:
            turn.reply.transcript = join_words(turn.reply.transcript, text)
            self._effects.append(ReplyChanged(turn.reply))

    def _max_reply_bytes(self, reply: ReplyState) -> float:
        return min(MAX_REPLY_BYTES, self._timings.reply * reply.rate * SAMPLE_BYTES)

    def _restart_reply(self, reply: ReplyState, now: float) -> None:
        """Drop what was not handed on: a new stream continues the reply (rule 5)."""
        reply.queued_bytes = 0
        reply.received_until = max(now, reply.played_until)
        self._effects.append(DropQueue(reply))
        self._watch_quiet(reply, now)

    def _quiet_end(self, reply: ReplyState) -> float:
        """Return when the reply is complete if no more audio comes (rule 6)."""
        marks_end = self._traits.marks_stream_end
        return reply.received_until + (self._timings.stall if marks_end else self._timings.quiet)

    def _watch_quiet(self, reply: ReplyState, now: float) -> None:
        reply.is_marked = False
        self._start(Limit.REPLY_COMPLETE, self._quiet_end(reply))

    def _check_complete(self, now: float) -> None:
        turn = self.turn
        reply = None if turn is None else turn.reply
        if reply is None:
            return
        if reply.is_marked:
            self._complete_reply(None, now)
        elif now >= self._quiet_end(reply):
            # The end mark may be missing just this once: a later one sets the trait again.
            self._traits.marks_stream_end = False
            self._complete_reply(None, now)
        else:
            self._watch_quiet(reply, now)

    def _complete_reply(self, error: AgentError | None, now: float) -> None:
        """Take no more audio; what came is played."""
        reply = None if self.turn is None else self.turn.reply
        if reply is None or reply.is_complete:
            return
        reply.error = error
        reply.is_complete = True
        self._stop(Limit.REPLY_COMPLETE)
        if self._is_receiving:
            self._is_receiving = False
            self._effects.append(FinishStream(reply))
            self._start(Limit.REPLY_OVER, now)  # Checked when the rest has been decoded.
        else:
            self._check_over(now)
        self._effects.append(ReplyChanged(reply))

    def _check_over(self, now: float) -> None:
        """End a complete reply when what was handed on, or could have been, has played."""
        reply = None if self.turn is None else self.turn.reply
        if reply is None or not reply.is_complete:
            return
        end = reply.played_until
        if reply.queued_bytes or not reply.is_claimed:
            end = max(end, reply.received_until)
        is_slow = reply.queued_bytes and reply.has_listener and now < end + self._timings.claim
        if now < end:
            self._start(Limit.REPLY_OVER, end)
        elif is_slow:  # A slow listener is not cut off.
            self._start(Limit.REPLY_OVER, now + self._timings.claim)
        else:
            self._finish_reply(reply, now)

    def _drop_reply(self, now: float) -> None:
        """End a reply at once: a new turn began, nobody listens, or the session ends."""
        reply = None if self.turn is None else self.turn.reply
        if reply is None:
            return
        reply.was_interrupted = reply.is_complete = True
        reply.queued_bytes = 0
        self._effects += [DropQueue(reply), ReplyChanged(reply)]
        self._finish_reply(reply, now)

    def _finish_reply(self, reply: ReplyState, now: float) -> None:
        reply.is_over = True
        self._stop(Limit.REPLY_COMPLETE, Limit.REPLY_OVER, Limit.REPLY_CLAIM)
        if reply.was_heard:
            seconds = reply.played_seconds(now)
            self._emit(
                ReplyInterrupted(seconds) if reply.was_interrupted else ReplyFinished(seconds)
            )
        if self.turn is not None:
            self._finish_turn(self.turn, None, now)

    def _no_reply(self, now: float) -> None:
        turn = self.turn
        if turn is None:
            return
        if turn.stream_bytes:
            error = AgentError(ErrorKind.BAD_AUDIO, "nothing in the reply could be decoded")
        elif turn.has_stream:
            error = AgentError(ErrorKind.EMPTY_REPLY, "the reply has no audio")
        else:
            error = AgentError(ErrorKind.NO_REPLY, "no reply in time")
        self._fail_turn(error, now)

    # The end of a turn (rules 7 and 11).

    def _cancel(self, now: float) -> None:
        turn = self.turn
        if turn is None:
            return
        if turn.reply is not None:
            self._drop_reply(now)
            return
        _LOGGER.debug("A turn was given up")
        turn.is_silent = True
        turn.is_unanswered = not turn.has_stream
        self._finish_turn(turn, None, now)

    def _fail_turn(self, error: AgentError, now: float) -> None:
        """Fail the turn, if there is one; a reply that has begun breaks off."""
        turn = self.turn
        if turn is None:
            return
        if turn.reply is not None:
            # When a complete reply still plays, the end of the connection is no error.
            if error.code is not None or not turn.reply.is_complete:
                self._report(error)
            self._complete_reply(error, now)
            return
        self._report(error)
        turn.error = error
        # A server that still hears the user may answer in spite of its error.
        is_heard = self._traits.sends_voice_activity is True and not turn.heard_end
        may_answer = error.kind is ErrorKind.REPLACED or is_heard
        turn.is_unanswered = may_answer and not turn.has_stream
        self._finish_turn(turn, error, now)

    def _finish_turn(self, turn: TurnState, error: AgentError | None, now: float) -> None:
        self._stop_listening(turn)
        turn.is_over = True
        self._stop(Limit.NO_REPLY, Limit.EMPTY_REPLY, Limit.TURN_CLAIM)
        self._drop_stream()
        self.turn = None
        self._effects += [TurnOver(turn), WakeSender()]
        if self.link is Link.OPEN:
            if turn.is_unanswered and turn.microphone.was_read:
                self._unanswered_until = now + self._timings.stale_reply
            seconds = self._flush_seconds(turn, now)
            if seconds > 0:
                self._start(Limit.FLUSH, now + seconds)
        if not self.is_closed:
            # Without a connection there is nothing to keep, unless a new turn begins now.
            has_link = self.link is not Link.CLOSED
            self._start(Limit.IDLE, now + (self._settings.idle_timeout if has_link else 0))

    def _flush_seconds(self, turn: TurnState, now: float) -> float:
        """Return how long silence must be sent so that the server ends a cancelled turn."""
        if turn.heard_end or turn.nobody_spoke or turn.has_stream or not turn.microphone.was_read:
            return 0
        return self._timings.flush - (0 if turn.ended_at is None else now - turn.ended_at)

    def _flushed(self) -> None:
        self._stop(Limit.FLUSH)
        self._effects.append(WakeSender())

    # The connection (rules 1, 9 and 10).

    def _reason(self, error: AgentError, now: float) -> AgentError:
        """Return the error message that a close belongs to, if there was one just before."""
        if self._noted_error is not None:
            noted, when = self._noted_error
            if now - when <= self._timings.blame:
                return noted
        return error

    def _disconnected(self, now: float) -> None:
        self._stop(Limit.ACCEPT, Limit.FLUSH)
        self._has_streamed = self._in_greeting = False
        self._unanswered_until = 0.0
        reply = None if self.turn is None else self.turn.reply
        if reply is not None and reply.is_marked:
            self._complete_reply(None, now)  # All of it came, so the loss is no error.
        self._set_voice_active(active=False)

    def _can_try_again(self) -> bool:
        return self.turn is not None and self.turn.reply is None

    def _must_make_room(self, error: AgentError) -> bool:
        return (
            error.kind is ErrorKind.TOO_MANY_CONNECTIONS
            and self._can_make_room
            and not self._has_made_room
            and self._can_try_again()
        )

    def _may_reopen(self, error: AgentError, now: float) -> bool:
        turn = self.turn
        if turn is None or turn.reply is not None or self._has_reopened:
            return False
        if error.kind is ErrorKind.TOO_MANY_CONNECTIONS or now >= self._connect_until:
            return False
        hung_up = error.kind is ErrorKind.AGENT_HUNG_UP and turn.heard_speech
        is_refusal = error.code is not None and error.kind is not ErrorKind.AGENT_FAILED
        is_final = error.is_fatal or is_refusal or error.kind in _FORBIDS_REOPENING
        has_more = turn.is_open or not turn.microphone.drained
        return has_more and not hung_up and not is_final

    def _reopen(self) -> None:
        """Begin the turn again on a new connection, with everything the user said (rule 1)."""
        turn = self.turn
        if turn is None:
            return
        self._drop_stream()
        turn.microphone.rewind()
        turn.heard_speech = turn.is_speaking = turn.has_heard_end = turn.has_stray_end = False
        turn.owes_stale_reply = turn.has_stream = False
        turn.stream = None
        turn.agent_words = ""
        turn.stream_bytes = 0
        self._stop(Limit.NO_SPEECH, Limit.NO_END, Limit.EMPTY_REPLY)
        if turn.is_open:
            turn.text = ""
            if turn.agent_ends:
                turn.ended_at = None
                self._stop(Limit.CLOSE)
        self.link = Link.OPENING
        self._effects.append(Connect())

    def _give_up(self, error: AgentError, now: float) -> None:
        """Open no other connection. An idle session ends quietly (rule 9)."""
        self.link = Link.CLOSED
        turn = self.turn
        is_hangup = error.kind is ErrorKind.AGENT_HUNG_UP
        if turn is not None and turn.reply is not None and is_hangup:
            self._complete_reply(None, now)
        else:
            self._fail_turn(error, now)
        self._drop_stream()
        if not is_hangup or not self._was_started:
            self._emit(Disconnected(error, is_refusal=not self._was_started))
        if self.turn is None:
            self._end(now)
        # Otherwise a complete reply still plays, and the session ends with it.

    def _accepted(self) -> None:
        self._stop(Limit.ACCEPT)
        if not self._was_started:
            self._was_started = True
            self._emit(SessionStarted())

    def _note_edition(self) -> None:
        """Expect of a server that sends `init` what else later editions send.

        Without this, silence in the first turn would look like a server that sends no voice
        activity, and a first reply that pauses would be cut off.
        """
        traits = self._traits
        if self._settings.enable_vad and traits.sends_voice_activity is None:
            traits.sends_voice_activity = True
        if traits.marks_stream_end is None:
            traits.marks_stream_end = True

    def _error_received(self, error: AgentError, now: float) -> None:
        self._noted_error = error, now  # A close that follows belongs to it.
        turn = self.turn
        if error.is_fatal:
            self._effects.append(CloseConnection(error))
        elif error.kind is ErrorKind.PROTOCOL:
            _LOGGER.error("The server rejects what we sent: %s (%s)", error.message, error.code)
            self._report(error)
        elif (
            turn is None
            or self._belongs_to_cancelled(turn)
            or (error.kind is ErrorKind.AGENT_FAILED and turn.ended_at is None)
        ):
            self._report(error)
        else:
            self._fail_turn(error, now)

    def _end(self, now: float) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self._stop(Limit.IDLE, Limit.ACCEPT)
        self._cancel(now)
        self._deadlines.clear()
        self._set_voice_active(active=False)
        self._note_status()
        self._emit(SessionEnded(self._was_started))
        self._effects.append(Disconnect())

    # Small parts.

    def _is_current(self, reply: ReplyState) -> bool:
        return self.turn is not None and self.turn.stream is reply and not reply.is_over

    def _start(self, limit: Limit, when: float) -> None:
        self._deadlines[limit] = when

    def _stop(self, *limits: Limit) -> None:
        for limit in limits:
            self._deadlines.pop(limit, None)

    def _set_voice_active(self, *, active: bool) -> None:
        if active is not self._voice_active:
            self._voice_active = active
            self._emit(VoiceActivity(active))

    def _report(self, error: AgentError) -> None:
        """Report an error once, however many ways it comes up."""
        if not error.was_reported:
            error.was_reported = True
            self._emit(ErrorOccurred(error))

    def _emit(self, event: SessionEvent) -> None:
        self._effects.append(Emit(event))

    def _take(self) -> list[Effect]:
        """Return the effects of this input, and the change of status that it made."""
        if not self.is_closed:
            self._note_status()
        effects, self._effects = self._effects, []
        return effects

    def _note_status(self) -> None:
        if (status := self.status) is not self._status:
            self._status = status
            self._emit(StatusChanged(status))
