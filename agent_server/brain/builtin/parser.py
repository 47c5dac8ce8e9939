"""Evaluate a sum of numbers and named operators."""

import math
from fractions import Fraction
from typing import Final

from .numbers import Token

_MULTIPLES: Final = {"half": Fraction(1, 2), "twice": Fraction(2), "triple": Fraction(3)}
_MAX_DIGITS: Final = 30


class NotASumError(Exception):
    """The words are not a sum."""


class Parser:
    """Evaluates a sum with the usual precedence of operators."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0

    def evaluate(self) -> Fraction:
        """Return the value.

        Raises `NotASumError`, `ZeroDivisionError`, `OverflowError` for a value that is too large,
        and `ValueError` for the root of a negative number.
        """
        value = self._terms()
        if self._position < len(self._tokens):
            raise NotASumError
        return value

    def _take(self, *names: str) -> str | None:
        token = self._tokens[self._position] if self._position < len(self._tokens) else None
        if isinstance(token, str) and token in names:
            self._position += 1
            return token
        return None

    def _terms(self) -> Fraction:
        value = self._factors()
        while (name := self._take("plus", "minus")) is not None:
            other = self._factors()
            value = value + other if name == "plus" else value - other
        return value

    def _factors(self) -> Fraction:
        value = self._shares()
        while (name := self._take("times", "over")) is not None:
            other = self._shares()
            value = _check(value * other if name == "times" else value / other)
        return value

    def _shares(self) -> Fraction:
        value = self._power()
        while self._take("share"):
            value = _check(value * self._power() / 100)
        return value

    def _power(self) -> Fraction:
        if self._take("minus"):
            return -self._power()
        if self._take("negative"):
            value = self._number()
            if self._take("power", "squared", "cubed"):
                raise NotASumError  # Some people square the sign, too.
            return -value
        if (name := self._take(*_MULTIPLES)) is not None:
            return _MULTIPLES[name] * self._power()
        if self._take("root"):
            return _root(self._power())
        value = self._number()
        while (name := self._take("power", "squared", "cubed")) is not None:
            exponent = {"squared": Fraction(2), "cubed": Fraction(3)}.get(name)
            value = _raise(value, self._power() if exponent is None else exponent)
        return value

    def _number(self) -> Fraction:
        token = self._tokens[self._position] if self._position < len(self._tokens) else None
        if not isinstance(token, Fraction):
            raise NotASumError
        self._position += 1
        return token


def _raise(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise OverflowError
    if base in (0, 1):
        return base ** min(int(exponent), 1)
    if abs(exponent) * _digits(base) > 2 * _MAX_DIGITS:
        raise OverflowError
    return _check(base ** int(exponent))


def _root(value: Fraction) -> Fraction:
    if value < 0:
        raise ValueError
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    return Fraction(math.sqrt(value))


def _digits(value: Fraction) -> int:
    return len(str(max(abs(value.numerator), value.denominator)))


def _check(value: Fraction) -> Fraction:
    if _digits(value) > 2 * _MAX_DIGITS or abs(value) >= 10**_MAX_DIGITS:
        raise OverflowError
    return value
