"""What the user said, as the topics read it."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from .. import Exchange
from .numbers import Token, read

_IS: Final = re.compile(r"\b(what|how|who|it|that|when|where)'s\b")


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
        text = self.text.lower().replace("’", "'")  # noqa: RUF001
        kept = "".join(c if c.isalnum() or c in " '" else " " for c in text)
        return " ".join(_IS.sub(r"\1 is", kept).split())
