"""Which stream of audio is the reply to which turn (rule 5)."""

from ..messages import AgentInterrupted, AudioStreamEnd
from .conversation import Conversation
from .effects import BeginStream, ReplyChanged
from .listening import Listening
from .phases import Limit, Link
from .playout import Playout
from .state import ReplyState, TurnState


class Streams:
    """The rules of the streams of one connection."""

    def __init__(self, conversation: Conversation, listening: Listening, playout: Playout) -> None:
        self._in_greeting = self._is_greeting_sent = self._has_greeted = False
        self._conversation = conversation
        self._listening = listening
        self._playout = playout
        self._opened_at = 0.0
        self._has_streamed = False

    def connection_opened(self, now: float) -> None:
        """A connection is open."""
        self._opened_at = now
        self._conversation.earlier_streams = self._conversation.streams

    def connection_closed(self) -> None:
        """The connection is closed."""
        self._has_streamed = False
        self.mark_greeting(begins=False)

    def mark_greeting(self, *, begins: bool) -> None:
        """The server says that a greeting begins or ends."""
        self._in_greeting = begins
        self._is_greeting_sent = self._has_greeted = False

    def started(self, now: float) -> None:
        """N: a stream begins."""
        conversation = self._conversation
        self._end_greeting_stream()
        self._leave_greeting()
        self._is_greeting_sent = self._in_greeting
        is_greeting = self._is_greeting(now)
        self._has_streamed = True
        conversation.drop_stream()
        conversation.streams += 1
        turn = conversation.turn
        if turn is None:
            conversation.unanswered_until = 0.0
        elif turn.reply is not None:
            if not turn.reply.is_complete:
                self._begin(turn)
                self._playout.restart(turn.reply, now)
        elif turn.belongs_to_cancelled:
            turn.owes_stale_reply = False
        elif not is_greeting and self._is_reply(turn, now):
            self._begin(turn)

    def audio_arrived(self, size: int, now: float) -> None:
        """A: bytes of a stream have arrived; `size` is 0 if they are not base64."""
        conversation = self._conversation
        turn = conversation.turn
        if turn is None or not size:
            return
        is_bare = not conversation.is_receiving and not self._has_streamed and turn.reply is None
        if is_bare and self._takes_bare_audio(turn) and self._is_reply(turn, now):
            self._begin(turn)  # A server that does not announce its streams.
        if conversation.is_receiving:
            turn.stream_bytes += size

    def ended(self, message: AudioStreamEnd | AgentInterrupted, now: float) -> None:
        """AE: all audio of a stream was sent; or it was cut off."""
        conversation = self._conversation
        if isinstance(message, AudioStreamEnd):
            conversation.traits.marks_stream_end = True
        self._end_greeting_stream()
        turn = conversation.turn
        if turn is None or not conversation.is_receiving:
            return
        if turn.reply is None:
            # The reply is empty, unless a new stream begins.
            conversation.start(Limit.EMPTY_REPLY, now + conversation.timings.stream_end_grace)
            return
        if isinstance(message, AgentInterrupted):
            self._playout.restart(turn.reply, now)
        self._playout.mark_end(turn.reply, now)

    def agent_words(self, text: str) -> None:
        """The server has sent a transcript of the agent's words."""
        turn = self._conversation.turn
        self._leave_greeting()
        if turn is None or self._in_greeting:
            return
        if turn.reply is None:
            if self._may_be_answered(turn):
                turn.agent_words.add(text)
        elif not turn.reply.is_complete:
            turn.reply.transcript.add(text)
            self._conversation.add(ReplyChanged(turn.reply))

    def _begin(self, turn: TurnState) -> None:
        turn.stream = turn.stream or ReplyState()
        if self._has_streamed:
            turn.stream.begin_stream(self._conversation.streams)
        self._conversation.is_receiving = True
        self._conversation.add(BeginStream(turn.stream))

    def _end_greeting_stream(self) -> None:
        self._has_greeted |= self._is_greeting_sent
        self._is_greeting_sent = False

    def _leave_greeting(self) -> None:
        """End a greeting after a stream and a question: the mark of its end may be missing."""
        turn = self._conversation.turn
        has_question = turn is not None and (turn.heard_end or bool(turn.words.text))
        if self._has_greeted and has_question:
            self.mark_greeting(begins=False)

    def _is_greeting(self, now: float) -> bool:
        """Whether the stream that begins answers nothing (rule 3)."""
        conversation = self._conversation
        turn = conversation.turn
        if turn is not None and turn.is_unprompted:
            return False
        if self._in_greeting:
            return True
        if self._has_streamed or turn is None or conversation.link is not Link.OPEN:
            return False
        if now - self._opened_at > conversation.timings.greeting:
            return False
        if conversation.traits.greets is None:
            return turn.ended_at is None
        has_ended = turn.ended_at is not None or turn.microphone.ended
        if turn.agent_ends and not conversation.traits.sends_voice_activity and not has_ended:
            return True  # So far nothing says that there is a question to answer.
        return conversation.traits.greets and not turn.heard_end

    def _is_reply(self, turn: TurnState, now: float) -> bool:
        """Whether the stream that begins is the reply to this turn; if so, close the turn."""
        if not self._listening.answer_begins(turn, now):
            return False
        turn.has_stream = True
        turn.stream_bytes = 0
        self._conversation.stop(Limit.EMPTY_REPLY)
        if self._conversation.microphone is not None:
            self._listening.close(now)  # From now on, speech interrupts the reply (rule 14).
        elif turn.is_open:
            self._listening.close_or_await_words(turn, now)
        return True

    @staticmethod
    def _takes_bare_audio(turn: TurnState) -> bool:
        """Whether audio without a preceding N would be the reply."""
        return turn.ended_at is not None or turn.microphone.drained

    @staticmethod
    def _may_be_answered(turn: TurnState) -> bool:
        """Whether the agent's words can belong to the answer to this turn."""
        has_ended = turn.ended_at is not None or turn.heard_end or turn.microphone.ended
        return has_ended or bool(turn.words.text)
