"""About the conversation itself: "say that again", "go on", "what did I just ask you"."""

import re
from typing import Final

from .question import Question

_AGAIN: Final = re.compile(
    r"\b(?:repeat (?:that|it|yourself)|say (?:that|it) again|what did you (?:just )?say)\b"
    r"|^(?:come again|what|pardon|pardon me|repeat|sorry|i beg your pardon)$"
)
_MORE: Final = re.compile(
    r"^(?:please )?(?:go on|continue|carry on|keep going|go ahead)(?: please)?$"
    r"|^what (?:were you saying|else did you want to say)$"
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
        said = question.history[-1].agent if question.history else ""
        return said or "I have nothing to repeat."
    if question.history and _MORE.search(question.core):
        # The rest may begin with words that were heard: it has whole sentences.
        return question.history[-1].rest or "That was all."
    if _ASKED.search(question.plain):
        if question.earlier is None:
            # The home may have answered one without the agent.
            return "I do not know of an earlier question."
        asked = " ".join(question.earlier.text.split())
        if len(asked) > _LONGEST:
            asked = f"{asked[:_LONGEST].rpartition(' ')[0]} …"
        return f"You said: {asked}"
    return None
