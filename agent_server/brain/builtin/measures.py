"""Find measures in a question: "2 miles", "an hour and a half", "5 feet 10", "feet"."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from .numbers import Token
from .unit_names import UNITS, Unit

_LONGEST_NAME: Final = max(map(len, UNITS))
_ARTICLES: Final = ("a", "an")
_PARTS: Final = (
    (("half",), Fraction(1, 2)),
    ((Fraction(1), "half"), Fraction(1, 2)),
    (("quarter",), Fraction(1, 4)),
    ((Fraction(1), "quarter"), Fraction(1, 4)),
    ((Fraction(3), "quarters"), Fraction(3, 4)),
)
_UNNAMED: Final = {
    "foot": "inch",
    "hour": "minute",
    "minute": "second",
    "stone": "pound",
    "pound": "ounce",
}
"""The unit that people leave out after a unit: "5 feet 10"."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit with its amount, None if it has none, and with smaller units."""

    unit: Unit
    amount: Fraction | None
    rest: tuple[tuple[Fraction, Unit], ...] = ()


def find_measures(tokens: list[Token], others: frozenset[str]) -> list[Measure]:
    """Return the measures in a question; nothing if it has words besides them and the others."""
    found: list[Measure] = []
    position = 0
    while position < len(tokens):
        measure, after = _measure(tokens, position)
        if measure is not None:
            found.append(measure)
        elif tokens[position] in others:
            after = position + 1
        else:
            return []
        position = after
    return found


def unit_at(tokens: list[Token], position: int) -> tuple[Unit | None, int]:
    """Return the unit that is named at a position, and the position after it."""
    for size in range(_LONGEST_NAME, 0, -1):
        name = tokens[position : position + size]
        if (unit := UNITS.get(tuple(map(str, name)))) is not None and len(name) == size:
            return unit, position + size
    return None, position


def _measure(tokens: list[Token], start: int) -> tuple[Measure | None, int]:
    is_negative = tokens[start] in ("minus", "negative", "-")
    amount, position = _amount(tokens, start + is_negative)
    unit, position = unit_at(tokens, position)
    if unit is None or (is_negative and amount is None):
        return None, start
    if amount is None or is_negative:
        return Measure(unit, None if amount is None else -amount), position
    return _with_rest(tokens, position, unit, amount)


def _with_rest(
    tokens: list[Token], start: int, unit: Unit, amount: Fraction
) -> tuple[Measure, int]:
    """Return the measure with "and a half", "10 inches" or "10" after it."""
    alone = Measure(unit, amount), start
    has_and = tokens[start : start + 1] == ["and"]
    more, position = _amount(tokens, start + has_and)
    if more is None:
        return alone
    smaller, after = unit_at(tokens, position)
    if smaller is None:
        if tokens[position - 1] in _ARTICLES:
            return alone
        if not isinstance(tokens[position - 1], Fraction):
            return (Measure(unit, amount + more), position) if has_and else alone
        smaller = UNITS.get((_UNNAMED.get(unit.one, ""),))
        if smaller is None or more * smaller.factor >= unit.factor:
            return alone
    if smaller.quantity != unit.quantity or smaller.factor >= unit.factor:
        return alone
    return Measure(unit, amount, ((more, smaller),)), after


def _amount(tokens: list[Token], start: int) -> tuple[Fraction | None, int]:
    """Return the amount at a position, None if there is none, and the position after it."""
    position = start + (tokens[start : start + 1] in (["a"], ["an"]))
    for words, size in _PARTS:
        if tuple(tokens[position : position + len(words)]) == words:
            position += len(words)
            return size, position + (tokens[position : position + 1] in (["a"], ["an"]))
    if position > start:
        return Fraction(1), position
    match tokens[start : start + 3]:
        case [Fraction() as top, "/", Fraction() as bottom] if bottom:
            return top / bottom, start + 3
        case [Fraction() as number, *_]:
            return number, start + 1
    return None, start
