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


def modernize(text: str) -> str:
    """Return a text with "today" for "to-day", "percent" for "per cent" and so on."""
    text = _ONE_WORD.sub(lambda found: found[0].replace("-", ""), text)
    text = _TWO_WORDS.sub(lambda found: found[0].replace("-", " "), text)
    return _PER_CENT.sub(r"\1\2", text)
