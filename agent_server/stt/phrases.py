"""Sentences that the user is likely to say, as a tree of tokens."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .tokens import Vocabulary

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_LONGEST: Final = 200
"""Characters of a sentence that is looked for: the time to encode a word is quadratic."""

_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()


@dataclass(slots=True)
class Node:
    """The sentences that begin with the same tokens."""

    children: dict[int, Node] = field(default_factory=dict)
    phrase: str | None = None
    """The sentence that ends here."""

    depth: int = 0
    """The most tokens that follow."""


def tree(phrases: Iterable[str], vocabulary: Vocabulary) -> Node:
    """Return the root of the tree of all sentences that can be written with the vocabulary."""
    root = Node()
    for phrase in phrases:
        if len(phrase) > _LONGEST:
            continue
        spoken = spell(" ".join(phrase.split()).strip(" .?!"))
        # The model writes names like "New York" with capital letters, and "front door" without.
        for written in {spoken, spoken.lower()}:
            tokens = vocabulary.encode(written[:1].upper() + written[1:])
            if not tokens:
                continue
            node = root
            for n, token in enumerate(tokens):
                node.depth = max(node.depth, len(tokens) - n)
                node = node.children.setdefault(token, Node())
            node.phrase = node.phrase or phrase
    return root


def spell(text: str) -> str:
    """Return a text with whole numbers below 1000 as words."""
    return re.sub(r"\b\d{1,3}\b", lambda found: _number(int(found[0])), text).replace(
        "%", " percent"
    )


def _number(value: int) -> str:
    if value < len(_ONES):
        return _ONES[value]
    if value < 100:  # noqa: PLR2004 (a hundred)
        tens, ones = divmod(value, 10)
        return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")
    hundreds, rest = divmod(value, 100)
    return f"{_ONES[hundreds]} hundred" + (f" {_number(rest)}" if rest else "")
