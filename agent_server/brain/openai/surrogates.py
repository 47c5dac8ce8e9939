"""Repairs texts of servers that count in UTF-16 and split a character into its surrogates."""

import codecs
from typing import Final

_CODEC: Final = "utf-16-le"


class SurrogateJoiner:
    """Joins surrogates that arrive in two pieces, and replaces those that remain single.

    Servers written in JavaScript may split an emoji this way. A lone surrogate cannot be encoded,
    so neither a voice nor the next request could contain it.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(_CODEC)("replace")

    def feed(self, piece: str) -> str:
        """Return the characters that are complete."""
        return self._decoder.decode(piece.encode(_CODEC, "surrogatepass"))

    def flush(self) -> str:
        """Return a replacement for a surrogate that is left over at the end, or an empty text."""
        return self._decoder.decode(b"", final=True)


def join_surrogates(text: str) -> str:
    """Return a complete text in which surrogates are joined or replaced."""
    return text.encode(_CODEC, "surrogatepass").decode(_CODEC, "replace")
