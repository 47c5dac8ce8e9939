"""The state of one conversation that all rules share: its turn, its deadlines, its effects."""

from ..errors import AgentError
from ..events import ErrorOccurred, SessionEvent, Status, StatusChanged, VoiceActivity
from ..home import HomeOffer
from ..live_microphone import LiveMicrophone
from ..messages import Handled, Message
from ..settings import AgentSettings, ServerTraits, Timings
from .effects import CancelCall, DropStream, Effect, Emit, Send, TurnClosed, TurnOver, WakeSender
from .phases import Limit, Link, Phase
from .state import ReplyState, TurnState


class Conversation:
    """The state of a conversation, its deadlines, and the effects of the current input."""

    def __init__(
        self,
        settings: AgentSettings,
        traits: ServerTraits,
        timings: Timings,
        offer: HomeOffer | None,
    ) -> None:
        self.offer = offer
        self.hears_agent = False
        """Whether the microphone hears the agent, whatever else the home offers."""

        self.has_home = False
        """Whether the server of the open connection speaks the home link."""

        self.is_held = False
        """Whether this server has heard that the user holds a button to talk."""

        self.settings = settings
        self.traits = traits
        self.timings = timings
        self.link = Link.CLOSED
        self.turn: TurnState | None = None
        self.microphone: LiveMicrophone | None = None
        """Open all the time in a live call; None if each turn has its own."""

        self.is_closed = False
        self.is_receiving = False
        """Whether the audio that arrives belongs to the reply."""

        self.has_dropped_reply = False
        """Whether the server may still send a dropped reply, or believe that it is being played."""

        self.streams = 0
        """Streams of the server that have begun."""

        self.earlier_streams = 0
        """Streams of earlier connections."""

        self.flushes_speech = False
        """Whether the server may have heard speech of the cancelled turn that is being flushed."""

        self.lacks_words = False
        """Whether the server may still send the words of the last turn."""

        self.voice_active = False
        self.unanswered_until = 0.0
        """Until when the reply to a cancelled turn may still arrive."""

        self.deadlines: dict[Limit, float] = {}
        self._effects: list[Effect] = []
        self._status = Status.IDLE

    @property
    def reply(self) -> ReplyState | None:
        """The reply to the turn, once any of its audio was decoded."""
        return None if self.turn is None else self.turn.reply

    @property
    def is_flushing(self) -> bool:
        """Whether a cancelled turn is being ended with silence."""
        return Limit.FLUSH in self.deadlines

    @property
    def phase(self) -> Phase:
        """Where the conversation is."""
        if self.reply is not None:
            return Phase.PLAYING_OUT if self.reply.is_complete else Phase.REPLYING
        if self.is_flushing:
            return Phase.FLUSHING
        if self.turn is None:
            return Phase.IDLE
        if self.turn.is_open:
            return Phase.LISTENING if self.turn.ended_at is None else Phase.MAYBE_OVER
        return Phase.WAITING

    @property
    def status(self) -> Status:
        """The status of the conversation, for its owner."""
        if self.turn is None:
            return Status.IDLE if self.microphone is None or self.is_closed else self._opened
        if self.reply is not None and self.reply.was_heard:
            return Status.SPEAKING
        if not self.turn.is_open:
            return Status.THINKING
        return self._opened

    @property
    def _opened(self) -> Status:
        return Status.LISTENING if self.link is Link.OPEN else Status.CONNECTING

    def start(self, limit: Limit, when: float) -> None:
        """Set a deadline, in place of an earlier one for the same limit."""
        self.deadlines[limit] = when

    def stop(self, *limits: Limit) -> None:
        """Remove deadlines."""
        for limit in limits:
            self.deadlines.pop(limit, None)

    def add(self, *effects: Effect) -> None:
        """Add effects to those of the current input."""
        self._effects += effects

    def emit(self, event: SessionEvent) -> None:
        """Report an event."""
        self.add(Emit(event))

    def report(self, error: AgentError) -> None:
        """Report an error, unless it was reported before."""
        if not error.was_reported:
            error.was_reported = True
            self.emit(ErrorOccurred(error))

    def send(self, message: Message) -> None:
        """Send a message of the home link, if there is one."""
        if self.has_home:
            self.add(Send(message))

    def set_voice_active(self, *, active: bool) -> None:
        """Note whether the server hears the user speak."""
        if active is not self.voice_active:
            self.voice_active = active
            self.emit(VoiceActivity(active))

    def note_status(self) -> None:
        """Report the status if it has changed."""
        if (status := self.status) is not self._status:
            self._status = status
            self.emit(StatusChanged(status))

    def take_effects(self) -> list[Effect]:
        """Return the effects of the current input, in order."""
        if not self.is_closed:
            self.note_status()
        effects, self._effects = self._effects, []
        return effects

    def drop_stream(self) -> None:
        """Ignore audio until the next stream begins."""
        if self.is_receiving:
            self.is_receiving = False
            self.add(DropStream())

    def flushed(self, *, has_heard_end: bool = False) -> None:
        """Stop flushing: the server has heard the end of the cancelled turn, or should have."""
        self.stop(Limit.FLUSH)
        self.add(WakeSender())
        if self.flushes_speech:
            self.send(Handled())  # Otherwise it would be about the turn before that one.
        if self.has_home and has_heard_end:
            self.unanswered_until = 0.0  # The server drops the turn.
            if self.turn is not None:
                self.turn.owes_stale_reply = False

    def stop_listening(self, turn: TurnState) -> None:
        """Close the microphone of a turn, so that speech-to-text returns."""
        if turn.is_open:
            turn.is_open = False
            turn.microphone.end()
            self.stop(Limit.CLOSE_TURN, Limit.NO_SPEECH, Limit.NO_END, Limit.SPEECH)
            self.add(TurnClosed(turn), WakeSender())

    def finish_turn(self, turn: TurnState, now: float) -> None:
        """End a turn, which gets no reply or no more of it."""
        self.stop_listening(turn)
        turn.is_over = True
        if turn.has_microphone:
            self.lacks_words = turn.is_wordless and self.link is Link.OPEN
        self.stop(Limit.NO_REPLY, Limit.EMPTY_REPLY, Limit.TURN_CLAIM, Limit.FEATURES)
        self.drop_calls(turn)
        if turn.reply is None and self._may_be_answered(turn):
            self.mark_handled(turn)
        self.drop_stream()
        self.turn = None
        self.add(TurnOver(turn), WakeSender())
        if self.link is Link.OPEN:
            if turn.is_unanswered and turn.microphone.was_read:
                self.unanswered_until = now + self.timings.stale_reply
            if (seconds := self._flush_seconds(turn, now)) > 0:
                self.start(Limit.FLUSH, now + seconds)
                self.flushes_speech = turn.heard_speech or not self.traits.sends_voice_activity
        if not self.is_closed:
            # Without a connection there is nothing to keep, unless a new turn begins now.
            idle = 0 if self.link is Link.CLOSED else self.settings.idle_timeout
            self.start(Limit.IDLE, now + idle)

    def drop_calls(self, turn: TurnState) -> None:
        """Cancel the calls of the server: nobody needs their results anymore."""
        self.stop(Limit.HOME_CALL)
        if turn.has_open_text:
            self.mark_handled(turn)  # Otherwise the next text would continue this one.
        if turn.calls:
            self.add(*(CancelCall(call) for call in turn.calls.values() if call.is_running))
            turn.calls.clear()
            self.mark_handled(turn)

    def mark_handled(self, turn: TurnState) -> None:
        """Let the server drop a turn, once."""
        if not turn.is_handled:
            turn.is_handled = True
            self.send(Handled())
        if self.has_home:
            turn.is_unanswered = False

    @staticmethod
    def _may_be_answered(turn: TurnState) -> bool:
        """Whether the server may still answer a turn that is over."""
        if not turn.has_microphone:
            return turn.has_sent_text
        return turn.ended_at is not None and not turn.nobody_spoke and turn.microphone.was_read

    def _flush_seconds(self, turn: TurnState, now: float) -> float:
        """Return how long silence must be sent so that the server ends a cancelled turn."""
        if turn.heard_end or turn.nobody_spoke or turn.has_stream or not turn.microphone.was_read:
            return 0
        return self.timings.flush - (0 if turn.ended_at is None else now - turn.ended_at)
