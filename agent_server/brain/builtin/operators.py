"""The operators of sums: the words for each, and how it is spoken."""

from fractions import Fraction
from typing import Final

from .numbers import Token

_OPERATORS: Final[dict[tuple[Token, ...], str]] = {
    ("multiplied", "by"): "times",
    ("divided", "by"): "over",
    ("to", "the", "power", "of"): "power",
    ("to", "the", "power"): "power",
    ("square", "root", "of"): "root",
    ("root", "of"): "root",
    ("percent", "of"): "share",
    ("per", "cent", "of"): "share",
    ("%", "of"): "share",
    ("percent", "tip", "on"): "share",
    ("percent", "tip", "of"): "share",
    ("percent", "tip", "for"): "share",
    ("half", "of"): "half",
    (Fraction(1), "half", "of"): "half",
    ("twice",): "twice",
    ("double",): "twice",
    ("triple",): "triple",
    ("plus",): "plus",
    ("+",): "plus",
    ("minus",): "minus",
    ("negative",): "negative",
    ("-",): "minus",
    ("less",): "minus",
    ("times",): "times",
    ("x",): "times",
    ("*",): "times",
    ("×",): "times",  # noqa: RUF001
    ("over",): "over",
    ("/",): "over",
    ("÷",): "over",
    ("^",): "power",
    ("squared",): "squared",
    ("cubed",): "cubed",
}
SPOKEN: Final = {
    "over": "divided by",
    "power": "to the power of",
    "root": "the square root of",
    "share": "percent of",
    "half": "half of",
    "triple": "three times",
}
"""The spoken words of operators that differ from their names."""


def name_operators(tokens: tuple[Token, ...]) -> list[Token]:
    """Return the tokens with a name for the words of each operator, and without articles."""
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        for size in (4, 3, 2, 1):
            name = _OPERATORS.get(tokens[position : position + size])
            if name is not None and position + size <= len(tokens):
                result.append(name)
                position += size
                break
        else:
            if tokens[position] not in ("the", "a", "an"):
                result.append(tokens[position])
            position += 1
    return result
