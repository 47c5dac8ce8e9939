"""When a reply is complete, when it is over, and how a turn ends (rules 6, 7 and 11)."""

import logging
from typing import Final

from ..errors import AgentError, ErrorKind
from ..events import ReplyFinished, ReplyInterrupted, ReplyStarted
from .conversation import Conversation
from .effects import DropQueue, FinishStream, ReplyBegan, ReplyChanged
from .heard import report
from .phases import Limit
from .state import SAMPLE_BYTES, ReplyState, TurnState

_LOGGER = logging.getLogger(__name__)

MAX_REPLY_BYTES: Final = 32 * 1024 * 1024


class Playout:
    """The rules of the reply from its first audio to its end."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    # The server's side of a reply.

    def decoded(self, turn: TurnState, reply: ReplyState, size: int, rate: int, now: float) -> None:
        """Bytes of PCM of a reply were decoded."""
        conversation = self._conversation
        if not reply.has_begun:
            reply.rate = rate
            reply.response_time = 0.0 if turn.ended_at is None else now - turn.ended_at
            reply.transcript = turn.agent_words
            conversation.stop(Limit.NO_REPLY, Limit.EMPTY_REPLY)
            conversation.start(Limit.REPLY_LENGTH, now + conversation.timings.reply)
            conversation.add(ReplyBegan(turn, reply))
        reply.queued_bytes += size
        reply.received_bytes += size
        reply.received_until = max(reply.received_until, now) + reply.seconds(size)
        conversation.add(ReplyChanged(reply))
        longest = conversation.timings.reply * reply.rate * SAMPLE_BYTES
        if reply.is_complete:
            self.check_over(now)
        elif reply.received_bytes >= min(MAX_REPLY_BYTES, longest):
            self.complete(None, now)
        elif reply.is_marked or Limit.REPLY_COMPLETE not in conversation.deadlines:
            self._watch_quiet(reply, now)

    def restart(self, reply: ReplyState, now: float) -> None:
        """Drop queued audio: a new stream continues the reply (rule 5)."""
        reply.queued_bytes = 0
        reply.received_until = max(now, reply.played_until)
        self._conversation.add(DropQueue(reply))
        self._watch_quiet(reply, now)

    def mark_end(self, reply: ReplyState, now: float) -> None:
        """The server says that all audio was sent: complete soon, unless a stream begins."""
        if not reply.is_complete:
            reply.is_marked = True
            grace = self._conversation.timings.stream_end_grace
            self._conversation.start(Limit.REPLY_COMPLETE, now + grace)

    def check_complete(self, now: float) -> None:
        """Complete the reply if no more audio is to be expected."""
        reply = self._conversation.reply
        turn = self._conversation.turn
        if reply is None or turn is None:
            return
        if turn.home_until > now:
            # The home still works on the answer: a pause is not the end.
            self._conversation.start(Limit.REPLY_COMPLETE, turn.home_until)
        elif reply.is_marked:
            self.complete(None, now)
        elif now >= self._quiet_end(reply):
            # The end mark may be missing just this once: a later one sets the trait again.
            self._conversation.traits.marks_stream_end = False
            self.complete(None, now)
        else:
            self._watch_quiet(reply, now)

    def complete(self, error: AgentError | None, now: float) -> None:
        """Accept no more audio; the audio that has arrived is played."""
        conversation = self._conversation
        reply = conversation.reply
        if reply is None or reply.is_complete:
            return
        reply.error = error
        reply.is_complete = True
        if conversation.turn is not None:
            conversation.drop_calls(conversation.turn)
        conversation.stop(Limit.REPLY_COMPLETE, Limit.REPLY_LENGTH)
        if conversation.is_receiving:
            conversation.is_receiving = False
            conversation.add(FinishStream(reply), ReplyChanged(reply))
            conversation.start(Limit.REPLY_OVER, now)  # Checked when the rest has been decoded.
        else:
            conversation.add(ReplyChanged(reply))
            self.check_over(now)

    def too_long(self, now: float) -> None:
        """End a reply whose audio trickles in for longer than a reply may last."""
        self.complete(None, now)

    def _quiet_end(self, reply: ReplyState) -> float:
        """Return when the reply is complete if no more audio comes."""
        timings = self._conversation.timings
        turn = self._conversation.turn
        if turn is not None and turn.progress_at:
            # The server still has to speak the last words of the home.
            return max(reply.received_until, turn.progress_at) + timings.stall
        marks_end = self._conversation.traits.marks_stream_end
        return reply.received_until + (timings.stall if marks_end else timings.quiet)

    def home_finished(self, now: float) -> None:
        """The home has finished its work on the answer; the server may still have to speak it."""
        reply = self._conversation.reply
        if reply is None or reply.is_complete:
            return
        if reply.is_marked:
            # The mark was the end of one part of the answer.
            stall = self._conversation.timings.stall
            self._conversation.start(Limit.REPLY_COMPLETE, now + stall)
        else:
            self._watch_quiet(reply, now)

    def _watch_quiet(self, reply: ReplyState, now: float) -> None:
        reply.is_marked = False
        self._conversation.start(Limit.REPLY_COMPLETE, self._quiet_end(reply))

    # The listener's side of a reply.

    def handed(self, reply: ReplyState, size: int, now: float, *, is_silence: bool) -> None:
        """Bytes were handed to the listener."""
        is_first = not reply.was_heard
        seconds = reply.seconds(size)
        if is_silence:
            reply.silent_seconds += seconds
        else:
            reply.queued_bytes -= size
        reply.handed_at = now
        reply.handed_seconds += seconds
        reply.played_until = max(reply.played_until, now) + seconds
        if is_first:
            self._conversation.emit(ReplyStarted(reply.response_time))

    def listener_left(self, reply: ReplyState, now: float) -> None:
        """The listener has heard everything, or does not want the rest."""
        if not reply.is_complete or reply.queued_bytes:
            self.drop(now)
        else:
            self.check_over(now)

    def check_over(self, now: float) -> None:
        """End a complete reply when the audio that was passed on, or could have been, has played.

        A listener may still come to a short reply that has had time to play.
        """
        conversation = self._conversation
        reply = conversation.reply
        if reply is None or not reply.is_complete:
            return
        claim = conversation.timings.claim
        end = reply.played_until
        if not reply.is_claimed:
            end = max(end, reply.received_until + claim)
        elif reply.queued_bytes:
            end = max(end, reply.received_until)
        if now < end:
            conversation.start(Limit.REPLY_OVER, end)
        elif reply.queued_bytes and reply.has_listener and now < end + claim:
            conversation.start(Limit.REPLY_OVER, now + claim)  # A slow listener is not cut off.
        else:
            self._finish(reply, now)

    def drop(self, now: float) -> None:
        """End the reply at once: a new turn began, nobody listens, or the session ends."""
        reply = self._conversation.reply
        if reply is None:
            return
        reply.was_interrupted = reply.is_complete = True
        self._conversation.has_dropped_reply = True
        reply.queued_bytes = 0
        self._conversation.add(DropQueue(reply), ReplyChanged(reply))
        self._finish(reply, now)

    def _finish(self, reply: ReplyState, now: float) -> None:
        conversation = self._conversation
        reply.is_over = True
        if reply.was_interrupted:
            report(conversation, reply, now, is_stopped=True)
        conversation.stop(
            Limit.REPLY_COMPLETE, Limit.REPLY_OVER, Limit.REPLY_CLAIM, Limit.REPLY_LENGTH
        )
        if reply.was_heard:
            seconds = reply.played_seconds(now)
            event = ReplyInterrupted if reply.was_interrupted else ReplyFinished
            conversation.emit(event(seconds))
        if conversation.turn is not None:
            conversation.finish_turn(conversation.turn, now)

    # The end of a turn without a whole reply.

    def cancel(self, now: float) -> None:
        """Cancel the turn without an error; its reply is dropped."""
        turn = self._conversation.turn
        if turn is None:
            return
        if turn.reply is not None:
            self.drop(now)
            return
        _LOGGER.debug("A turn was cancelled")
        turn.is_silent = True
        turn.is_unanswered = not turn.has_stream
        self._conversation.finish_turn(turn, now)

    def unclaimed(self, now: float) -> None:
        """Cancel the turn: nobody has asked for its reply in time (rule 11)."""
        turn = self._conversation.turn
        if turn is not None:
            turn.was_unclaimed = turn.reply is None
            self.cancel(now)

    def fail(self, error: AgentError, now: float) -> None:
        """Fail the turn, if there is one; a reply that has begun breaks off."""
        conversation = self._conversation
        turn = conversation.turn
        if turn is None:
            return
        if turn.reply is not None:
            # When a complete reply still plays, the end of the connection is no error.
            if error.code is not None or not turn.reply.is_complete:
                conversation.report(error)
            self.complete(error, now)
            return
        conversation.report(error)
        turn.error = error
        # A server that still hears the user may answer in spite of its error.
        is_heard = conversation.traits.sends_voice_activity is True and not turn.heard_end
        may_answer = error.kind is ErrorKind.REPLACED or is_heard
        turn.is_unanswered = may_answer and not turn.has_stream
        conversation.finish_turn(turn, now)

    def empty_reply(self, now: float) -> None:
        """A stream without audio has ended."""
        turn = self._conversation.turn
        if turn is not None and turn.home_until <= now:
            self.no_reply(now)

    def no_reply(self, now: float) -> None:
        """The reply has not begun in time."""
        turn = self._conversation.turn
        if turn is None:
            return
        if turn.stream_bytes:
            error = AgentError(ErrorKind.BAD_AUDIO, "nothing in the reply could be decoded")
        elif turn.has_stream:
            error = AgentError(ErrorKind.EMPTY_REPLY, "the reply has no audio")
        else:
            error = AgentError(ErrorKind.NO_REPLY, "no reply in time")
        self.fail(error, now)
