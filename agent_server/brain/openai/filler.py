"""The agent's words while it waits for a tool. Where possible, they name the device or room."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from ..sentences import sentences
from .chat import ToolRequest

_SEARCHES: Final = re.compile(
    r"(?:^|_)(?:Hass)?(?:[Gg]et|[Ss]earch|[Ff]ind|[Qq]uery|[Ll]ook)(?![a-z])"
)
"""Names of tools that change nothing, such as GetLiveContext and search_web."""

_SUBJECTS: Final = ("name", "area", "floor", "item", "title", "query")
"""Arguments that name the subject of a call; the first one counts."""

_LONGEST: Final = 40
"""Characters of a name."""

_MOST: Final = 2
"""Names in a sentence."""


def filler(language: str, requests: Sequence[ToolRequest]) -> str:
    """Return a sentence in a language (BCP 47); "" if none is known."""
    known = sentences(language)
    if known is None:
        return ""
    if known.search and all(_SEARCHES.search(request.name) for request in requests):
        return known.search
    names = list(dict.fromkeys(map(_subject, requests)))
    if known.moment_for and 0 < len(names) <= _MOST and all(names):
        return known.moment_for.format(", ".join(names))
    return known.moment


def _subject(request: ToolRequest) -> str:
    """Return the name of the subject of a call; "" if it has none that can be spoken."""
    try:
        arguments: Any = json.loads(request.arguments or "{}")
    except ValueError, RecursionError:
        return ""
    if not isinstance(arguments, dict):
        return ""
    values = (arguments.get(name) for name in _SUBJECTS)
    return next(_speakable(values), "")


def _speakable(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str) and (text := " ".join(value.split())):
            is_name = len(text) <= _LONGEST and text.isprintable()
            # Ids and addresses are not names that can be spoken.
            yield text if is_name and not re.search(r"[_{}<>\[\]/]|\w\.\w", text) else ""
