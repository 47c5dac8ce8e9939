"""Makes the server's texts safe to show and to log, and joins them to transcripts."""

import re
from itertools import islice
from typing import Final
from unicodedata import category

__all__ = ["clean_text"]

MAX_CHARACTERS: Final = 20_000
"""The longest text: four times the words of five minutes."""

MAX_SPOKEN_CHARACTERS: Final = 500
"""The longest text of a user. Home Assistant matches it against sentences with wildcards, on its
event loop, in a time that grows with the cube of the length."""

_MAX_REPEATED_WORDS: Final = 3
"""The longest sentence that is assumed to be said twice; a longer one was sent twice."""

_LINE_BREAKS: Final = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_JOINERS: Final = "\u200c\u200d"
"""Persian and Indian scripts, and emoji, need them to be written correctly."""

_NO_SPACE_BEFORE: Final = ".,;:!?…%)]}"
_SENTENCE_ENDS: Final = ".!?…"


def clean_text(text: str) -> str:
    r"""Return a text without characters that control a terminal, a page or a voice.

        >>> clean_text("two\nlines \x1b[31mred\u202e")
        'two lines [31mred'

    Line breaks become a space. Control characters, bidirectional controls and other
    invisible format characters are removed, and the text is cut to `MAX_CHARACTERS`.
    """
    if len(text) <= MAX_CHARACTERS and text.isprintable():
        return text
    one_line = _LINE_BREAKS.sub(" ", text[: 2 * MAX_CHARACTERS])
    kept = (c for c in one_line if c in _JOINERS or category(c) not in ("Cc", "Cf", "Cs"))
    return "".join(islice(kept, MAX_CHARACTERS))


class Transcript:
    """A text that a server sends piece by piece.

    Servers send deltas, sentences, or all of the text so far, and do not say which. The first
    rule that applies joins the next piece:

    1. A longer piece that begins with all of the text replaces it: "It is" + "It is late." If
       the text is a single word, the word must end in the piece: "I" + "It is late." are two.
    2. A piece equal to the text was said twice if it has up to three words ("Yes." + "Yes.");
       a longer one was sent twice.
    3. White space at the edge of a piece marks deltas. They are joined as they are from then
       on ("It" + " is" + "n't"), but a new sentence gets its space ("late." + "Good").
    4. Punctuation follows without a space: "late" + "."
    5. Only letters in lower case after a single word are a delta: "Hel" + "lo".
    6. All others are separate: "Good" + "morning." + "It is" + "late."
    """

    def __init__(self, longest: int = MAX_CHARACTERS) -> None:
        """Cut the text to `longest` characters."""
        self.text = ""
        self._longest = longest
        self._has_deltas = False

    def add(self, piece: str) -> None:
        """Add the next piece."""
        words = piece.strip()
        so_far = self.text.rstrip()
        if len(words) > len(so_far) and words.startswith(so_far) and _ends_word(so_far, words):
            self.text = piece.lstrip()[: self._longest]
            self._has_deltas |= not so_far and piece != words
        elif words == so_far:
            if 0 < len(words.split()) <= _MAX_REPEATED_WORDS:
                self.text = f"{so_far} {words}"[: self._longest]
        elif so_far and piece:
            self._has_deltas |= piece != words
            space = "" if self._is_joined(self.text, piece) else " "
            self.text = f"{self.text}{space}{piece}"[: self._longest]

    def _is_joined(self, said: str, piece: str) -> bool:
        """Return whether a piece follows without a space."""
        if said[-1].isspace() or piece[0].isspace() or piece[0] in _NO_SPACE_BEFORE:
            return True
        if self._has_deltas:
            return not (said[-1] in _SENTENCE_ENDS and piece[0].isupper())
        return said.isalpha() and piece.isalpha() and piece.islower()


def _ends_word(so_far: str, piece: str) -> bool:
    """Return whether a text that begins a piece is more than a part of its first word."""
    has_words = not so_far or any(map(str.isspace, so_far))
    return has_words or not (so_far[-1].isalnum() and piece[len(so_far)].isalnum())
