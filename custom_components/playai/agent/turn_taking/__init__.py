"""The rules of a conversation: who speaks when, and which reply answers which turn.

`TurnTaking` is a pure object. Inputs are method calls with the time of the event; each returns
the effects that the caller must carry out, in order. It never looks at a clock, a socket or an
event loop: `deadline` is when `time_passed` must be called next.

S and E are `voiceActivityStart` and `voiceActivityEnd`, N is `newAudioStream`, A `audioStream`
and AE `audioStreamEnd`. The protocol's document does not define these rules:

1. *Opening.* A turn opens its connection while the user speaks and keeps all audio. If the
   connection is lost, another one is opened once and gets all of the audio again
   (`connecting.py`).
2. *Sending.* 40 ms frames in real time, a backlog four times as fast (`pacing.py`).
3. *End of the user's turn.* The agent's E after an S, or the end of the microphone's stream,
   depending on `EndOfTurn`. The user may continue for a moment (`listening.py`).
4. *Silence* is sent from then on until the reply has been played, because servers find the end
   of a turn by hearing silence (`next_frame`).
5. *The reply* is the newest stream after the end of the turn (`streams.py`).
6. A reply is *complete* when no more audio will come, and *over* when it has had time to play
   (`playout.py`).
7. A new turn interrupts a reply and replaces an open turn. A cancelled turn is flushed with
   silence until the server has heard its end.
8. *Limits* are in `Timings`.
9. *The end.* A session ends when it has been idle for long enough, or with a connection that
   nobody needs any more (`connecting.py`).
10. *Too many connections.* The owner of the sessions is asked to make room, once per turn
    (`connecting.py`).
11. *Unclaimed* turns and replies are dropped (`playout.py`).
"""

from collections.abc import Callable
from typing import Final

from ..errors import AgentError, ErrorKind
from ..events import Status
from ..messages import (
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
from ..microphone import SILENT_FRAME, Microphone
from ..settings import AgentSettings, EndOfTurn, ServerTraits, Timings
from .connecting import Connecting
from .conversation import Conversation, Limit, Link, Phase
from .effects import CloseConnection, Effect, WakeSender
from .listening import Listening
from .playout import Playout
from .state import ReplyState, TurnState
from .streams import Streams

_LONGEST_NAME: Final = 40

__all__ = ["Limit", "Link", "Phase", "TurnTaking"]


class TurnTaking:
    """One conversation: at most one turn at a time, over one connection at a time."""

    def __init__(
        self,
        settings: AgentSettings,
        traits: ServerTraits,
        timings: Timings,
        *,
        can_make_room: bool,
    ) -> None:
        self._conversation = conversation = Conversation(settings, traits, timings)
        self._playout = playout = Playout(conversation)
        self._listening = listening = Listening(conversation)
        self._streams = streams = Streams(conversation, listening, playout)
        self._connecting = connecting = Connecting(
            conversation, playout, streams, can_make_room=can_make_room
        )
        self._handlers: dict[Limit, Callable[[float], None]] = {
            Limit.ACCEPT: lambda _: connecting.accepted(),
            Limit.IDLE: connecting.end,
            Limit.FLUSH: lambda _: conversation.flushed(),
            Limit.SPEECH: listening.end_input,
            Limit.NO_SPEECH: listening.no_speech,
            Limit.NO_END: listening.no_end,
            Limit.CLOSE_TURN: listening.close,
            Limit.NO_REPLY: playout.no_reply,
            Limit.EMPTY_REPLY: playout.no_reply,
            Limit.TURN_CLAIM: playout.cancel,
            Limit.REPLY_COMPLETE: playout.check_complete,
            Limit.REPLY_OVER: playout.check_over,
            Limit.REPLY_CLAIM: playout.drop,
            Limit.REPLY_LENGTH: playout.too_long,
        }

    # Queries.

    @property
    def turn(self) -> TurnState | None:
        """The turn that is open, or whose reply is not over."""
        return self._conversation.turn

    @property
    def link(self) -> Link:
        """The state of the connection."""
        return self._conversation.link

    @property
    def phase(self) -> Phase:
        """Where the conversation is."""
        return self._conversation.phase

    @property
    def status(self) -> Status:
        """The status of the conversation, for its owner."""
        return self._conversation.status

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended."""
        return self._conversation.is_closed

    @property
    def deadline(self) -> float | None:
        """When `time_passed` must be called next, None while no limit runs."""
        return min(self._conversation.deadlines.values(), default=None)

    @property
    def limits(self) -> dict[Limit, float]:
        """The limits that run, and when each of them is reached."""
        return dict(self._conversation.deadlines)

    def connect_seconds(self, now: float) -> float:
        """Return how long opening a connection may take (rule 8)."""
        return self._connecting.connect_until - now

    def takes_audio(self, reply: ReplyState) -> bool:
        """Whether decoded audio of a reply is still wanted."""
        return self.turn is not None and self.turn.stream is reply

    def next_frame(self) -> tuple[bytes | None, bool]:
        """Return the frame to send now, and whether it is the user's voice (rules 2, 4 and 7)."""
        if self._conversation.is_flushing:
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
        conversation = self._conversation
        previous = conversation.turn
        if previous is not None:
            if previous.reply is not None or previous.is_unclaimed:
                self._playout.cancel(now)  # Nobody waits for its reply: no error (rule 11).
            else:
                self._playout.fail(AgentError(ErrorKind.REPLACED, "a new turn began"), now)
        settings, traits, timings = self._settings_now()
        conversation.stop(Limit.IDLE)
        conversation.turn = TurnState(
            microphone,
            agent_ends=settings.end_of_turn is EndOfTurn.AGENT
            and settings.enable_vad
            and traits.sends_voice_activity is not False,
            awaits_transcript=settings.wait_for_words,
            owes_stale_reply=now < conversation.unanswered_until,
        )
        conversation.unanswered_until = 0.0
        conversation.start(Limit.SPEECH, now + timings.speech + timings.connect)
        conversation.add(WakeSender())
        self._connecting.turn_started(now)
        return conversation.take_effects()

    def _settings_now(self) -> tuple[AgentSettings, ServerTraits, Timings]:
        conversation = self._conversation
        return conversation.settings, conversation.traits, conversation.timings

    def end_input(self, turn: TurnState, now: float) -> list[Effect]:
        """The stream of the microphone has ended."""
        if turn is self.turn:
            self._listening.end_input(now)
        return self._conversation.take_effects()

    def cancel(self, turn: TurnState, now: float) -> list[Effect]:
        """Cancel a turn without an error; its reply is dropped (rules 7 and 11)."""
        if turn is self.turn:
            self._playout.cancel(now)
        return self._conversation.take_effects()

    def fail(self, turn: TurnState, error: AgentError, now: float) -> list[Effect]:
        """The user's side has failed: the turn ends with this error."""
        if turn is self.turn:
            self._playout.fail(error, now)
        return self._conversation.take_effects()

    def expect_claim(self, turn: TurnState, now: float) -> list[Effect]:
        """Speech-to-text has returned; the next stage must claim the turn (rule 11)."""
        if turn is self.turn and not turn.is_claimed:
            self._conversation.start(Limit.TURN_CLAIM, now + self._conversation.timings.claim)
        return self._conversation.take_effects()

    def claim(self, turn: TurnState) -> list[Effect]:
        """A caller waits for the reply to a turn."""
        turn.is_claimed = True
        if turn is self.turn:
            self._conversation.stop(Limit.TURN_CLAIM)
        return self._conversation.take_effects()

    def end(self, now: float) -> list[Effect]:
        """End the session (rule 9)."""
        self._connecting.end(now)
        return self._conversation.take_effects()

    # Inputs: what the listener's side does.

    def expect_listener(self, reply: ReplyState, now: float) -> list[Effect]:
        """The conversation stage has returned; a listener must come (rule 11)."""
        if reply is self._conversation.reply and not reply.is_claimed:
            self._conversation.start(Limit.REPLY_CLAIM, now + self._conversation.timings.claim)
        return self._conversation.take_effects()

    def listener_came(self, reply: ReplyState, now: float) -> list[Effect]:
        """A listener has come to a reply."""
        reply.is_claimed = reply.has_listener = True
        reply.handed_at = reply.played_until = now
        if reply is self._conversation.reply:
            self._conversation.stop(Limit.REPLY_CLAIM)
        return self._conversation.take_effects()

    def audio_handed(
        self, reply: ReplyState, size: int, now: float, *, is_silence: bool = False
    ) -> list[Effect]:
        """Bytes were delivered to the listener; `is_silence` if they are not of the reply."""
        if reply is self._conversation.reply:
            self._playout.handed(reply, size, now, is_silence=is_silence)
        return self._conversation.take_effects()

    def listener_left(self, reply: ReplyState, now: float) -> list[Effect]:
        """The listener has heard everything, or does not want the rest."""
        reply.has_listener = False
        if reply is self._conversation.reply:
            self._playout.listener_left(reply, now)
        return self._conversation.take_effects()

    def drop(self, reply: ReplyState, now: float) -> list[Effect]:
        """The caller has dropped a reply."""
        if reply is self._conversation.reply:
            self._playout.drop(now)
        return self._conversation.take_effects()

    # Inputs: what the connection does.

    def frame_sent(self, now: float) -> list[Effect]:
        """A frame of the user's voice was sent."""
        self._listening.frame_sent(now)
        return self._conversation.take_effects()

    def connection_opened(self, now: float) -> list[Effect]:
        """A connection is open and the setup was sent."""
        self._connecting.opened(now)
        return self._conversation.take_effects()

    def connection_lost(self, error: AgentError, now: float) -> list[Effect]:
        """There is no connection; a turn may want another one (rules 1 and 10)."""
        if not self.is_closed:
            self._connecting.lost(error, now)
        return self._conversation.take_effects()

    def connection_failed(self, error: AgentError, now: float) -> list[Effect]:
        """There is no connection, and there must be no other one."""
        if not self.is_closed:
            self._connecting.failed(error, now)
        return self._conversation.take_effects()

    def room_made(self, now: float, *, has_room: bool) -> list[Effect]:
        """The owner of the sessions has made room for a connection, or could not (rule 10)."""
        if not self.is_closed:
            self._connecting.room_made(now, has_room=has_room)
        return self._conversation.take_effects()

    def receive(self, message: Message, now: float) -> list[Effect]:
        """The server has sent a message other than audio."""
        if not self.is_closed:
            if not isinstance(message, ErrorMessage):
                self._connecting.accepted()
            self._receive(message, now)
        return self._conversation.take_effects()

    def _receive(self, message: Message, now: float) -> None:
        match message:
            case Init():
                self._note_edition()
            case VoiceActivityStart():
                self._listening.speech_started(now)
            case VoiceActivityEnd():
                self._listening.speech_ended(now)
            case NewAudioStream():
                self._streams.started(now)
            case AudioStreamEnd() | AgentInterrupted():
                self._streams.ended(message, now)
            case UserTranscript(text):
                self._listening.words(text, now)
            case AgentTranscript(text):
                self._streams.agent_words(text)
            case AgentGreeting():
                self._streams.in_greeting = True
            case AgentGreetingEnd():
                self._streams.in_greeting = False
            case Hangup(ended_by):
                who = (ended_by or "the server")[:_LONGEST_NAME]
                error = AgentError(ErrorKind.AGENT_HUNG_UP, f"hung up by {who}")
                self._conversation.add(CloseConnection(error))
            case ErrorMessage(code, text, is_fatal):
                error = AgentError.from_code(code, text, is_fatal)
                self._connecting.error_received(error, now)

    def _note_edition(self) -> None:
        """Expect of a server that sends `init` what else later editions send.

        Without this, silence in the first turn would look like a server that sends no voice
        activity, and a first reply that pauses would be cut off.
        """
        settings, traits, _ = self._settings_now()
        if settings.enable_vad and traits.sends_voice_activity is None:
            traits.sends_voice_activity = True
        if traits.marks_stream_end is None:
            traits.marks_stream_end = True

    def audio_arrived(self, size: int, now: float) -> list[Effect]:
        """Bytes of a stream have arrived, not decoded yet."""
        if not self.is_closed:
            self._connecting.accepted()
            self._streams.audio_arrived(size, now)
        return self._conversation.take_effects()

    def audio_decoded(self, reply: ReplyState, size: int, rate: int, now: float) -> list[Effect]:
        """Bytes of PCM were decoded and queued for the listener, see `takes_audio`."""
        if self.turn is not None and self.turn.stream is reply:
            self._playout.decoded(self.turn, reply, size, rate, now)
        return self._conversation.take_effects()

    def decoding_failed(self, error: AgentError, now: float) -> list[Effect]:
        """The audio that arrives cannot be decoded."""
        self._conversation.drop_stream()
        self._playout.fail(error, now)
        return self._conversation.take_effects()

    def time_passed(self, now: float) -> list[Effect]:
        """Handle every deadline that is due, the earliest first."""
        deadlines = self._conversation.deadlines
        while due := [(when, limit) for limit, when in deadlines.items() if when <= now]:
            _, limit = min(due)
            del deadlines[limit]
            self._handlers[limit](now)
        return self._conversation.take_effects()
