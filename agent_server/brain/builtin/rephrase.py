"""Sums with the operator in front: "add five and seven", "the square of 12"."""

from fractions import Fraction
from typing import Final

from .numbers import Token

_TWO: Final[dict[tuple[Token, ...], tuple[str, str]]] = {
    ("add",): ("plus", ""),
    ("sum", "of"): ("plus", ""),
    ("subtract",): ("minus", "from"),
    ("difference", "between"): ("minus", ""),
    ("multiply",): ("times", ""),
    ("product", "of"): ("times", ""),
    ("divide",): ("over", "into"),
    ("split",): ("over", ""),
    ("share",): ("over", ""),
}
"""The operator, and the word after which the numbers change places: "subtract 3 from 10"."""

_LINKS: Final = frozenset(("and", "to", "by", "with", "from", "into", "between", "among"))
_POWERS: Final = {"square": "squared", "cube": "cubed"}
_PARTS: Final = {
    "third": Fraction(3),
    "thirds": Fraction(3),
    "quarter": Fraction(4),
    "quarters": Fraction(4),
    "fifth": Fraction(5),
    "fifths": Fraction(5),
    "tenth": Fraction(10),
    "tenths": Fraction(10),
}


def as_sum(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return the sum with its operator between the numbers, any other words unchanged."""
    match tokens:
        case (Fraction() as first, "and", Fraction() as second):
            return (first, "plus", second)
        case (str(part), "of", Fraction() as whole) if part in _PARTS:
            return (whole, "over", _PARTS[part])
        case (Fraction() as number, str(part), "of", Fraction() as whole) if part in _PARTS:
            return (number, "over", _PARTS[part], "times", whole)
        case (str(kind), "of", Fraction() as base) if kind in _POWERS:
            return (base, _POWERS[kind])
    for words, (name, swaps) in _TWO.items():
        if tokens[: len(words)] == words:
            match tokens[len(words) :]:
                case (Fraction() as first, str(link), Fraction() as second) if link in _LINKS:
                    is_swapped = link == swaps or (words[0] == "difference" and first < second)
                    return (second, name, first) if is_swapped else (first, name, second)
    return tokens
