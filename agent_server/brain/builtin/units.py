"""Convert units: "how many feet are in a mile", "20 degrees celsius in fahrenheit"."""

from fractions import Fraction
from typing import Final

from .measures import Measure, find_measures, unit_at
from .numbers import Token, speakable
from .question import Question
from .unit_names import Unit

_ASKS: Final = frozenset("what how convert many much".split())
_SUBSTANCES: Final = frozenset(
    "water milk juice oil honey flour sugar butter salt rice pasta chocolate meat potatoes".split()
)
_BETWEEN: Final = frozenset("in to into as is are make makes equal equals".split())
_OTHERS: Final = (
    _ASKS
    | _BETWEEN
    | _SUBSTANCES
    | frozenset(
        "there long far hot cold tall high wide deep heavy fast from about exactly would will be "
        "it that do does you i we am if have has get contain contains fit weigh weighs can could "
        "tell me know please thanks thank for now big temperature at my oven recipe says".split()
    )
)
"""Words that do not change a question. With any other it may be about something else."""

_IGNORED: Final = frozenset(("degrees", "degree", "°", "of", "the", "whole", "full"))
_ABSOLUTE_ZERO: Final = Fraction("-273.15")


def convert(question: Question) -> str | None:
    """Answer a question about two units; see `Topic`."""
    tokens = _from_question([token for token in question.tokens if token not in _IGNORED])
    found = find_measures(tokens, _OTHERS) if _is_asked(tokens) else []
    if len(found) != 2 or found[0].unit.quantity != found[1].unit.quantity:  # noqa: PLR2004
        return None
    first, second = found
    if first.amount is not None and second.amount is not None:
        return None
    # "How many feet in a mile", "a mile in feet": the unit with an amount is converted.
    asks_first = first.amount is None and (second.amount is not None or "many" in tokens)
    have, want = (second, first.unit) if asks_first else (first, second.unit)
    if not have.rest and have.unit == want:
        return None
    if have.rest and _ASKS.isdisjoint(tokens):
        return None  # Not certainly a question.
    return _answer(have, want)


def _from_question(tokens: list[Token]) -> list[Token]:
    """Remove the words before the question: it may begin with misheard words."""
    for position, token in enumerate(tokens):
        if token in _ASKS:
            return tokens[position:]
        if unit_at(tokens, position)[0] is not None:
            break
    return tokens


def _is_asked(tokens: list[Token]) -> bool:
    """Return whether the words ask about amounts: not "what day is it in a week"."""
    if _ASKS.isdisjoint(tokens) and not isinstance(next(iter(tokens), None), Fraction):
        return False
    if len(_SUBSTANCES.intersection(tokens)) > 1 or _BETWEEN.isdisjoint(tokens):
        return False
    after_what = (position for position, word in enumerate(tokens, 1) if word == "what")
    return all(unit_at(tokens, position)[0] is None for position in after_what)


def _answer(have: Measure, want: Unit) -> str:
    amount = Fraction(1) if have.amount is None else have.amount
    size = amount * have.unit.factor + have.unit.zero
    size += sum(more * smaller.factor for more, smaller in have.rest)
    if want.quantity == "temperature" and size < _ABSOLUTE_ZERO:
        return "No temperature is that low."
    said = " and ".join(_say(*part) for part in ((amount, have.unit), *have.rest))
    return f"{said} is {_say((size - want.zero) / want.factor, want)}."


def _say(amount: Fraction, unit: Unit) -> str:
    # Two decimal places are enough for a length or a weight.
    rounded = round(amount, 2) if abs(amount) >= 1 else amount
    about = "about " if rounded != amount else ""
    return f"{about}{speakable(rounded)} {unit.one if rounded == 1 else unit.many}"
