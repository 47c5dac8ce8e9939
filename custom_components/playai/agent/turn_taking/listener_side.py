"""Inputs from the listener's side."""

from .effects import Effect
from .heard import report
from .phases import Limit
from .rules import Rules
from .state import ReplyState


class ListenerSide(Rules):
    """A reply, from its claim to its end."""

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

    def audio_heard(self, reply: ReplyState, seconds: float, now: float) -> list[Effect]:
        """The listener reports how much of the reply was heard."""
        reply.heard(seconds, now)
        if reply is self._conversation.reply:
            report(self._conversation, reply, now)
            self._playout.check_over(now)
        elif reply.was_interrupted:
            report(self._conversation, reply, now, is_stopped=True)
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
