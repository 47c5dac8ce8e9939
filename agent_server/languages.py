"""Compares languages: engines write the same one as de, de-DE, de_DE."""

from collections.abc import Iterable, Sequence
from typing import Final

DEFAULT_LANGUAGE: Final = "en"

_SAME: Final = {"fil": "tl", "iw": "he", "nb": "no"}
"""Codes of languages, and other codes that some engines use for them."""


def base(language: str) -> str:
    """Return the language without region and script."""
    return _normalize(language).partition("-")[0]


def is_english(language: str) -> bool:
    """Return whether the built-in engines and the built-in brain know a language."""
    return base(language) == "en"


def choose(wanted: str, offered: Iterable[str]) -> str | None:
    """Return the offered language that fits best, as it is offered; None if none fits."""
    languages = list(offered)
    exact = [name for name in languages if _normalize(name) == _normalize(wanted)]
    similar = [name for name in languages if base(name) == base(wanted)]
    plain = [name for name in similar if _normalize(name) == base(name)]
    return next(iter([*exact, *plain, *similar]), None)


def common(first: str, offers: Sequence[Sequence[str] | None]) -> list[str]:
    """Return `first` and the other languages that all of these offer.

    If one offer is None, it is unknown, and there are no others.
    """
    known = [offer for offer in offers if offer is not None]
    if not known or len(known) < len(offers):
        return [first]
    shared = set.intersection(*({base(name) for name in offer} for offer in known))
    return [first, *sorted(shared - {base(first)})]


def _normalize(language: str) -> str:
    name, dash, rest = language.replace("_", "-").lower().partition("-")
    return _SAME.get(name, name) + dash + rest
