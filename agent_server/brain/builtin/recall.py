"""Questions about the conversation itself: "say that again", "what did I just ask you"."""

import re
from typing import Final

from .question import Question

_AGAIN: Final = re.compile(
    r"\b(?:repeat (?:that|it|yourself)|say (?:that|it) again|what did you (?:just )?say"
    r"|come again)\b|^(?:what|pardon|pardon me|repeat|sorry|i beg your pardon)$"
)
_ASKED: Final = re.compile(
    r"\bwhat (?:did i (?:just |last )*(?:ask|say)|was my (?:last )?question"
    r"|have i (?:just )?(?:asked|said)|i (?:just )?(?:asked|said))\b"
)
_LONGEST: Final = 200
"""Characters of the user's words that are quoted."""


def recall(question: Question) -> str | None:
    """Answer from the history of the conversation; see `Topic`."""
    if _AGAIN.search(question.core):
        if not question.history:
            return "I have not said anything yet."
        # The home may have answered the last turn.
        return question.history[-1].agent or "I have nothing to repeat."
    if _ASKED.search(question.plain):
        if question.earlier is None:
            return "You have not asked me anything yet."
        asked = " ".join(question.earlier.text.split())
        if len(asked) > _LONGEST:
            asked = f"{asked[:_LONGEST].rpartition(' ')[0]} …"
        return f"You said: {asked}"
    return None
