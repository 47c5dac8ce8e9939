"""The words of the user, normalized for the topics."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from .. import Exchange
from .numbers import Token, tokenize

_IS: Final = re.compile(r"\b(what|how|who|it|that|when|where)'s\b")
_SPELLINGS: Final = (
    (re.compile(r"\bto[- ](day|morrow|night)\b"), r"to\1"),
    (re.compile(r"\bper[- ]cent\b"), "percent"),
    (re.compile(r"\bnevermind\b"), "never mind"),
    (re.compile(r"\bo[' ]+clock\b"), "o'clock"),
    (re.compile(r"(?<=\bpoint )oh\b"), "zero"),
    (re.compile(r"(?<=\bzero )oh\b"), "zero"),
)
"""Spellings of old books and of other recognizers."""

_FILLERS: Final = re.compile(
    r"\b(?:u+h+m*|u+m+|e+r+m*|h+m+|mmm+|(?<!\d )(?<!many )mm(?! (?:in|to|into)\b)"
    r"|a+h+|huh|oh)\b[,.]*"
)
_OPENING: Final = re.compile(
    r"^(?:(?:hey|hi|hello|okay|ok|so|well(?! done)|and|but|now|please|excuse me|sorry|listen"
    r"|(?:could|can|would|will) you(?: please)?(?: tell me(?! (?:a|the|another)\b))?"
    r"|i (?:want|would like|need) you to|i would like to know|do you know) )+"
)
_CLOSING: Final = re.compile(r"(?: (?:please|thanks|thank you|for me|will you|would you))+$")
_LONGEST: Final = 1_000
"""Characters of a text that is read. Searching a longer one could block other conversations."""


@dataclass(frozen=True)
class Question:
    """The text of one turn, with the time and the conversation before it."""

    text: str
    now: datetime
    history: tuple[Exchange, ...] = ()

    @cached_property
    def earlier(self) -> Question | None:
        """The user's last question before this turn; None if there is none."""
        for number, exchange in reversed(tuple(enumerate(self.history))):
            if exchange.user.strip():
                return Question(exchange.user, self.now, self.history[:number])
        return None

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The words in lower case, without punctuation and hesitation; numbers as `Fraction`."""
        return tokenize(self._clean)

    @cached_property
    def plain(self) -> str:
        """The words in lower case with single spaces, without punctuation and hesitation."""
        kept = "".join(c if c.isalnum() or c in " '" else " " for c in self._clean)
        return " ".join(_IS.sub(r"\1 is", kept).split())

    @cached_property
    def core(self) -> str:
        """`plain` without the polite words around the request."""
        core = _CLOSING.sub("", _OPENING.sub("", self.plain))
        return core or self.plain

    @cached_property
    def _clean(self) -> str:
        if len(self.text) > _LONGEST:
            return ""
        text = self.text.lower().replace("’", "'")  # noqa: RUF001
        for pattern, spelling in _SPELLINGS:
            text = pattern.sub(spelling, text)
        return _FILLERS.sub("", text)
