"""Convert units: "how many feet are in a mile", "20 degrees celsius in fahrenheit"."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from .numbers import Token, speakable
from .question import Question


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, defined by its size in the first unit of its quantity."""

    one: str
    many: str
    quantity: str
    factor: Fraction
    zero: Fraction = Fraction(0)
    """Added after the factor: scales of temperature have different zeros."""


_F: Final = Fraction
_KMH: Final = "kph kmh km_/_h kilometers_an_hour kilometres_an_hour kilometres_per_hour"
_MPH: Final = "mph miles_an_hour"
# Singular and plural as they are spoken, other names as they are heard (with _ for a space),
# quantity, factor. The factors are for the international yard and pound, and the US gallon.
_TABLE: Final = (
    ("meter", "meters", "metre metres m", "length", _F(1)),
    ("millimeter", "millimeters", "millimetre millimetres mm", "length", _F("0.001")),
    ("centimeter", "centimeters", "centimetre centimetres cm", "length", _F("0.01")),
    ("kilometer", "kilometers", "kilometre kilometres km", "length", _F(1000)),
    ("inch", "inches", "", "length", _F("0.0254")),
    ("foot", "feet", "ft", "length", _F("0.3048")),
    ("yard", "yards", "", "length", _F("0.9144")),
    ("mile", "miles", "", "length", _F("1609.344")),
    ("kilogram", "kilograms", "kilo kilos kg", "mass", _F(1)),
    ("gram", "grams", "g", "mass", _F("0.001")),
    ("milligram", "milligrams", "mg", "mass", _F("0.000001")),
    ("tonne", "tonnes", "", "mass", _F(1000)),
    ("ounce", "ounces", "oz", "mass", _F("0.028349523125")),
    ("pound", "pounds", "lb lbs", "mass", _F("0.45359237")),
    ("stone", "stone", "stones", "mass", _F("6.35029318")),
    ("liter", "liters", "litre litres l", "volume", _F(1)),
    ("milliliter", "milliliters", "millilitre millilitres ml", "volume", _F("0.001")),
    ("teaspoon", "teaspoons", "", "volume", _F("0.00492892159375")),
    ("tablespoon", "tablespoons", "", "volume", _F("0.01478676478125")),
    ("fluid ounce", "fluid ounces", "", "volume", _F("0.0295735295625")),
    ("cup", "cups", "", "volume", _F("0.2365882365")),
    ("pint", "pints", "", "volume", _F("0.473176473")),
    ("quart", "quarts", "", "volume", _F("0.946352946")),
    ("gallon", "gallons", "", "volume", _F("3.785411784")),
    ("second", "seconds", "", "time", _F(1)),
    ("minute", "minutes", "", "time", _F(60)),
    ("hour", "hours", "", "time", _F(3600)),
    ("day", "days", "", "time", _F(86_400)),
    ("week", "weeks", "", "time", _F(604_800)),
    ("year", "years", "", "time", _F(365 * 86_400)),
    ("kilometer per hour", "kilometers per hour", _KMH, "speed", _F(1)),
    ("meter per second", "meters per second", "", "speed", _F("3.6")),
    ("mile per hour", "miles per hour", _MPH, "speed", _F("1.609344")),
    ("knot", "knots", "", "speed", _F("1.852")),
)
_TEMPERATURES: Final = {
    "celsius": Unit("degree Celsius", "degrees Celsius", "temperature", _F(1)),
    "centigrade": Unit("degree Celsius", "degrees Celsius", "temperature", _F(1)),
    "fahrenheit": Unit(
        "degree Fahrenheit", "degrees Fahrenheit", "temperature", _F(5, 9), _F(-160, 9)
    ),
    "kelvin": Unit("kelvin", "kelvin", "temperature", _F(1), _F("-273.15")),
}


def _by_name() -> dict[tuple[str, ...], Unit]:
    units: dict[tuple[str, ...], Unit] = {(name,): unit for name, unit in _TEMPERATURES.items()}
    for one, many, others, quantity, factor in _TABLE:
        unit = Unit(one, many, quantity, factor)
        for name in (one, many):
            units[tuple(name.split())] = unit
        units.update({tuple(name.split("_")): unit for name in others.split()})
    return units


_UNITS: Final = _by_name()
_LONGEST_NAME: Final = max(map(len, _UNITS))
_ASKS: Final = frozenset("what how convert many much".split())
_BETWEEN: Final = frozenset("in to into as is are make makes equal equals".split())
_NO_AMOUNT: Final = _ASKS | _BETWEEN | {"there", "long", "far", "hot", "cold", "from"}
"""Words directly before a unit or "a mile" that do not change the amount."""

_IGNORED: Final = frozenset(("degrees", "degree", "°", "of", "the", "whole", "full"))
_ABSOLUTE_ZERO: Final = Fraction("-273.15")


def convert(question: Question) -> str | None:
    """Answer a question about two units; see `Topic`."""
    tokens = [token for token in question.tokens if token not in _IGNORED]
    is_asked = bool(_ASKS.intersection(tokens)) or isinstance(next(iter(tokens), None), Fraction)
    if not is_asked or not _BETWEEN.intersection(tokens):
        return None
    found = _find(tokens)
    if len(found) != 2 or found[0][0].quantity != found[1][0].quantity:  # noqa: PLR2004
        return None
    numbers = [amount for _, amount in found if amount is not None]
    if len(numbers) > 1:
        return None
    (first, first_amount), (second, _) = found
    # "How many feet in a mile", "a mile in feet": the unit with an amount is converted.
    asks_first = first_amount is None and (bool(numbers) or "many" in tokens)
    have, want = (second, first) if asks_first else (first, second)
    amount = numbers[0] if numbers else Fraction(1)
    value = (amount * have.factor + have.zero - want.zero) / want.factor
    if have.quantity == "temperature" and amount * have.factor + have.zero < _ABSOLUTE_ZERO:
        return "No temperature is that low."
    return f"{_say(amount, have)} is {_say(value, want)}."


def _find(tokens: list[Token]) -> list[tuple[Unit, Fraction | None]]:
    """Return the units in a question, each with the number before it, or None.

    Returns nothing if an amount is unclear: "in a couple of miles".
    """
    found: list[tuple[Unit, Fraction | None]] = []
    position = 0
    while position < len(tokens):
        for size in range(_LONGEST_NAME, 0, -1):
            unit = _UNITS.get(tuple(map(str, tokens[position : position + size])))
            if unit is not None and position + size <= len(tokens):
                amount = _amount(tokens[:position])
                if amount is None and position and tokens[position - 1] not in _NO_AMOUNT:
                    return []
                found.append((unit, amount))
                position += size
                break
        else:
            position += 1
    return found


def _amount(before: list[Token]) -> Fraction | None:
    """Return the number at the end of the words, None if there is none."""
    is_one = before[-1:] in (["a"], ["an"])
    if is_one:
        before = before[:-1]
    if not before:
        return Fraction(1) if is_one else None
    last = before[-1]
    if last in ("half", "quarter"):
        return Fraction(1, 2 if last == "half" else 4)
    if before[-2:] == [Fraction(3), "quarters"]:
        return Fraction(3, 4)
    if is_one:
        return Fraction(1) if last in _NO_AMOUNT else None
    if not isinstance(last, Fraction):
        return None
    return -last if before[-2:-1] in (["minus"], ["-"]) else last


def _say(amount: Fraction, unit: Unit) -> str:
    # Two decimal places are enough for a length or a weight.
    rounded = round(amount, 2) if abs(amount) >= 1 else amount
    about = "about " if rounded != amount else ""
    return f"{about}{speakable(rounded)} {unit.one if rounded == 1 else unit.many}"
