"""What continues after an interruption that was only a noise or a backchannel."""

from typing import Final

from .acts import Act, Continuation
from .backchannels import is_backchannel
from .replies import Replies

_WORTHWHILE: Final = 1.0
"""Seconds of a reply that are worth continuing."""


class Resumption:
    """The rest of the last interrupted reply, until the user says more than a backchannel.

    Or the typed text that was to be answered, if the sound came before the reply.
    """

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._rest: Continuation | None = None
        self._text = ""

    def remember(self, act: Act, left: float) -> None:
        """Keep the rest of an act that was stopped `left` seconds before its end."""
        self.forget()
        if left >= _WORTHWHILE:
            self._rest = self._rest_of(act)

    def keep(self, text: str) -> None:
        """Keep a typed text whose answer has not begun."""
        self._rest, self._text = None, text

    def correct(self, act: Act) -> None:
        """Update the rest of the act: the client has reported how much of it was heard."""
        if self._rest is not None:
            self._rest = self._rest_of(act)

    def forget(self) -> None:
        """Keep nothing: the conversation continues with something else."""
        self._rest, self._text = None, ""

    def take(self) -> Continuation | None:
        """Return an act that speaks the rest, if there is one, and forget it."""
        rest, self._rest = self._rest, None
        return rest

    def take_text(self) -> str:
        """Return the typed text that still needs an answer, if there is one, and forget it."""
        text, self._text = self._text, ""
        return text

    def needs_answer(self, words: str, language: str) -> bool:
        """Return whether words need an answer: they are more than a backchannel to the reply."""
        was_interrupted = self._rest is not None or bool(self._text)
        return not (was_interrupted and is_backchannel(words, language))

    def _rest_of(self, act: Act) -> Continuation | None:
        """Return an act that speaks the rest of a reply, if all of the reply was sent."""
        rest = act.reply.playback.from_sentence()
        is_question = "?" in rest  # A "yes" is its answer.
        if act.is_incomplete or is_question or not rest:
            return None
        reply = self._replies.create(act.reply.language)
        return Continuation(reply, act.question, act.words_heard, rest)
