"""What the user said, as the topics read it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from . import Exchange
from .numbers import Token, read


@dataclass(frozen=True)
class Question:
    """The words of one turn, and when and after what they were said."""

    text: str
    now: datetime
    history: tuple[Exchange, ...] = ()

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The words in lower case, without punctuation; numbers as such."""
        return read(self.text)

    @cached_property
    def plain(self) -> str:
        """The words in lower case, one space between two, numbers as they were said."""
        kept = "".join(c if c.isalnum() or c in " '" else " " for c in self.text.lower())
        return " ".join(kept.replace("what's", "what is").replace("it's", "it is").split())
