"""Units of measurement and their names."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final


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


UNITS: Final = _by_name()
