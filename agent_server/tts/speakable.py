"""Turns the Markdown of an answer into text that can be spoken, sentence by sentence."""

import html
import re
from typing import Final

_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\U000e0020-\U000e007f\u2600-\u27bf\u2b00-\u2bff\u200d\u20e3\ufe0e\ufe0f]+"
)
_FENCE: Final = re.compile(r"^(```+|~~~+)")
_TABLE_RULE: Final = re.compile(r"^\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*$")
_RULE: Final = re.compile(r"^([-*_])(\s*\1){2,}$")
_LINE_MARK: Final = re.compile(r"^(?:>\s*)*(?:#{1,6}\s+|[-*+•‣▪]\s+(?:\[[ xX]\]\s+)?)?")
_PUNCTUATION: Final = ".!?…:;,。！？"  # noqa: RUF001
_REPLACEMENTS: Final = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)", r"\1"),  # Links and images: their text.
        (r"\[\^?\d+\]|【[^】]*】", ""),  # Footnotes and citations.
        (r"<((?:https?://|www\.|mailto:)[^>\s]+)>", r"\1"),
        (r"</?[A-Za-z][^<>]*>", " "),
        (r"`+([^`]*)`+", r"\1"),
        (r"\*\*|~~|(?<![^\W_])__|__(?![^\W_])", ""),
        (r"(?<![\w*])\*(?=\S)|(?<=[^\s*])\*(?!\w)", ""),
        (r"(?<!\w)_(?=\w)|(?<=\w)_(?!\w)", ""),
        (r"\\[()\[\]]", ""),  # Formulas.
        (r"\\([!-/:-@\[-`{-~])", r"\1"),
        (r"\s*(?:→|⇒|->|=>)\s*", ", "),
    )
]
_ADDRESS: Final = re.compile(
    r"(?:https?://|www\.|mailto:)(?:[^\s/?#@]*@)?(?:www\.)?([^\s/?#:]*[^\s/?#:.,;!?)])[^\s]*?(?=[.,;:!?)\"']*(?:\s|$))"
)


class Speakable:
    """Makes the sentences of one answer speakable. The transcript keeps the original."""

    def __init__(self) -> None:
        self._is_code = False

    def convert(self, sentence: str) -> str:
        """Return the words that a voice says for a sentence or a line; "" for nothing."""
        sentence = sentence.strip()
        if _FENCE.match(sentence) is not None:
            whole_line = _inline_code(sentence)
            if whole_line is None:
                self._is_code = not self._is_code
                return ""
            sentence = whole_line
        elif self._is_code:
            # A long line of code may be cut, so that the fence is at its end.
            self._is_code = not sentence.endswith(("```", "~~~"))
            return ""
        return _speak_line(sentence)


def _inline_code(sentence: str) -> str | None:
    """Return the code between two fences of one line; None if there is one fence only."""
    mark = sentence[:3]
    code, end, rest = sentence.lstrip(mark[0]).partition(mark)
    return f"{code} {rest.lstrip(mark[0])}" if end else None


def _speak_line(line: str) -> str:
    if _RULE.match(line) is not None or _TABLE_RULE.match(line) is not None:
        return ""
    mark = _LINE_MARK.match(line)
    is_item = mark is not None and bool(mark[0])
    if mark is not None:
        line = line[mark.end() :]
    if line.startswith("|") and line.endswith("|"):
        line = ", ".join(cell.strip() for cell in line.strip("|").split("|") if cell.strip())
        is_item = True
    for pattern, replacement in _REPLACEMENTS:
        line = pattern.sub(replacement, line)
    line = _ADDRESS.sub(r"\1", line)
    line = _EMOJI.sub(" ", html.unescape(line))
    line = re.sub(r"\s+([.,;:!?…])", r"\1", " ".join(line.split()))
    if not any(character.isalnum() for character in line):
        return ""
    if is_item and line[-1] not in _PUNCTUATION:
        line += "."  # A pause between two items.
    return line
