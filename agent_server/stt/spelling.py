"""Modernizes spelling: the model was also trained on old books."""

import re
from typing import Final

_ONE_WORD: Final = re.compile(
    r"(?<!-)\b(?:to-(?:day|morrow|night)|good-bye|week-ends?|(?:bed|bath)-rooms?|(?:up|down)-stairs"
    r"|(?:any|every|some|no)-(?:body|thing|where)|birth-days?|mid-(?:day|night)|after-noon)\b",
    re.IGNORECASE,
)
_TWO_WORDS: Final = re.compile(
    r"\b(?:good-(?:morning|day|afternoon|evening|night)|(?:living|dining|sitting)-room)\b",
    re.IGNORECASE,
)
_PER_CENT: Final = re.compile(r"\b(per) (cent)\b", re.IGNORECASE)
_QUOTES: Final = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')
"""The model writes them around names and titles. Commands for the home have none."""


def modernize(text: str) -> str:
    """Return a text with "today" for "to-day", "percent" for "per cent" and so on.

    Quotation marks are removed.
    """
    text = _ONE_WORD.sub(lambda found: found[0].replace("-", ""), text)
    text = _TWO_WORDS.sub(lambda found: found[0].replace("-", " "), text)
    text = _PER_CENT.sub(r"\1\2", text)
    return _QUOTES.sub("", text)
