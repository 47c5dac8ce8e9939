"""Moonshine's tokens: a vocabulary of byte pairs, where earlier entries merge first."""

from functools import cache
from typing import Final

_SPACE: Final = "▁"
FIRST_WORD_PART: Final = 3
"""Earlier tokens control the decoder."""


class Vocabulary:
    """Converts between text and tokens."""

    def __init__(self, data: bytes) -> None:
        """Read `tokenizer.bin`: each token is its length, in one byte or two, and its text."""
        self.tokens: list[bytes] = []
        position = 0
        while position < len(data):
            size = data[position]
            position += 1
            if size >= 0x80:  # noqa: PLR2004 (the first bit marks a second byte)
                size = data[position] * 0x80 + size - 0x80
                position += 1
            token = data[position : position + size]
            self.tokens.append(b"" if token.startswith(b"<<") else token)
            position += size
        # Single bytes come first and occur again as characters; the later ones are used.
        self._ids = {token.decode(errors="replace"): n for n, token in enumerate(self.tokens)}
        self._encode_word = cache(self._merge)

    def ids(self, texts: set[bytes]) -> list[int]:
        """Return all tokens with one of the texts."""
        return [n for n, token in enumerate(self.tokens) if token in texts]

    def decode(self, tokens: list[int]) -> str:
        """Return the text of tokens."""
        parts = [self.tokens[token] for token in tokens if token >= FIRST_WORD_PART]
        return b"".join(parts).decode(errors="replace").replace(_SPACE, " ").strip()

    def encode(self, text: str) -> tuple[int, ...] | None:
        """Return the tokens of a text; None if it has characters that are not in the vocabulary."""
        tokens: list[int] = []
        for word in text.split():
            encoded = self._encode_word(_SPACE + word)
            if encoded is None:
                return None
            tokens += encoded
        return tuple(tokens)

    def _merge(self, word: str) -> tuple[int, ...] | None:
        parts = list(word)
        while True:
            pairs = [
                (self._ids[joined], n)
                for n in range(len(parts) - 1)
                if (joined := parts[n] + parts[n + 1]) in self._ids
            ]
            if not pairs:
                break
            _, n = min(pairs)
            parts[n : n + 2] = [parts[n] + parts[n + 1]]
        if not all(part in self._ids for part in parts):
            return None
        return tuple(self._ids[part] for part in parts)
