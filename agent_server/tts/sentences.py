"""Splits an answer that arrives in pieces into sentences."""

import re
from typing import Final

MAX_CHARACTERS: Final = 300
"""A longer sentence is split at a comma or a space: its audio would be late."""

_END: Final = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n+")  # noqa: RUF001
_SHORT: Final = frozenset(
    "Mr. Mrs. Ms. Dr. Prof. St. Jr. Sr. vs. e.g. i.e. etc. approx. No. a.m. p.m.".split()
)


class SentenceSplitter:
    """Splits text that arrives in pieces."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, piece: str) -> list[str]:
        """Return the sentences that are now complete."""
        self._text += piece
        sentences: list[str] = []
        start = position = 0
        while (end := _END.search(self._text, position)) is not None:
            position = end.end()
            if not self._continues(start, end):
                sentences += _cut(self._text[start : end.end()])
                start = end.end()
        self._text = self._text[start:]
        if len(self._text) > MAX_CHARACTERS:
            *whole, rest = _cut(self._text) or [""]
            sentences += whole
            # The next piece may begin with another word.
            self._text = f"{rest} " if self._text[-1].isspace() else rest
        return sentences

    def flush(self) -> list[str]:
        """Return the rest."""
        rest, self._text = self._text, ""
        return _cut(rest)

    def _continues(self, start: int, end: re.Match[str]) -> bool:
        """Whether the period belongs to an abbreviation or an initial."""
        if "\n" in end[0]:
            return False
        word = self._text[start : end.start()].rsplit(maxsplit=1)[-1:]
        is_initial = bool(word) and re.fullmatch(r"[A-Z]\.", word[0]) is not None
        return bool(word) and (word[0] in _SHORT or (is_initial and word[0] != "I."))


def _cut(sentence: str) -> list[str]:
    """Split a sentence into parts of at most `MAX_CHARACTERS`, none if it is blank."""
    parts: list[str] = []
    sentence = " ".join(sentence.split())
    while len(sentence) > MAX_CHARACTERS:
        place = max(sentence.rfind(mark, 0, MAX_CHARACTERS) for mark in (", ", "; ", ": "))
        place = place + 1 if place > 0 else sentence.rfind(" ", 0, MAX_CHARACTERS)
        place = place if place > 0 else MAX_CHARACTERS
        parts.append(sentence[:place].strip())
        sentence = sentence[place:].strip()
    return [*parts, sentence] if sentence else parts
