"""Continues a reply after an interruption that was only a noise or a backchannel."""

from typing import Final

from .acts import Act, Continuation
from .backchannels import is_backchannel
from .replies import Replies

_WORTHWHILE: Final = 1.0
"""Seconds of a reply that are worth continuing."""


class Resumption:
    """The rest of the last interrupted reply, until the user says more than a backchannel."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._rest: Continuation | None = None

    def remember(self, act: Act, left: float) -> None:
        """Keep the rest of an act that was stopped `left` seconds before its end."""
        self._rest = self._rest_of(act) if left >= _WORTHWHILE else None

    def correct(self, act: Act) -> None:
        """Update the rest of the act: the client has reported how much of it was heard."""
        if self._rest is not None:
            self._rest = self._rest_of(act)

    def forget(self) -> None:
        """Keep nothing: the conversation continues with something else."""
        self._rest = None

    def take(self) -> Continuation | None:
        """Return an act that speaks the rest, if there is one, and forget it."""
        rest, self._rest = self._rest, None
        return rest

    def needs_answer(self, words: str, language: str) -> bool:
        """Return whether words need an answer: they are more than a backchannel to the reply."""
        return self._rest is None or not is_backchannel(words, language)

    def _rest_of(self, act: Act) -> Continuation | None:
        """Return an act that speaks the rest of a reply, if all of the reply was sent."""
        rest = act.reply.playback.from_sentence()
        is_question = "?" in rest  # A "yes" is its answer.
        if act.is_incomplete or is_question or not rest:
            return None
        reply = self._replies.create(act.reply.language)
        return Continuation(reply, act.question, act.words_heard, rest)
