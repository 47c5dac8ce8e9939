"""Removes the reasoning that a model writes into its answer."""

from typing import Final

_START: Final = "<think>"
_END: Final = "</think>"


class ReasoningFilter:
    """Removes `<think>…</think>` from the start of an answer that arrives in pieces.

    Most servers send the reasoning apart from the answer. Where they do not, it would be spoken.
    """

    def __init__(self) -> None:
        self._text = ""
        self._is_answer = False

    def feed(self, piece: str) -> str:
        """Return the part that belongs to the answer."""
        if self._is_answer:
            return piece
        self._text = (self._text + piece).lstrip()
        if self._text.startswith(_START):
            _, end, answer = self._text.partition(_END)
            if not end:
                # Keep only characters that may begin the end mark.
                self._text = _START + self._text[len(_START) :][-len(_END) :]
                return ""
            return self._begin(answer.lstrip())
        if _START.startswith(self._text):
            return ""  # Empty, or the beginning of the mark.
        return self._begin(self._text)

    def flush(self) -> str:
        """Return the rest of the answer."""
        if self._is_answer or self._text.startswith(_START):
            return ""
        return self._begin(self._text)

    def _begin(self, answer: str) -> str:
        self._is_answer = True
        self._text = ""
        return answer
