"""Sums in words: "what is seventeen times 23 plus 4", "15 percent of 80"."""

import math
from fractions import Fraction
from typing import Final

from .numbers import Token, speakable
from .operators import SPOKEN, name_operators
from .question import Question
from .rephrase import as_sum

_PREFACE: Final = frozenset(
    "what is whats how much does do please calculate compute tell me the result of answer to "
    "equal equals make makes = can you could would will and so hey hi hello okay ok well now just "
    "a an then i know want to".split()
)
_MONEY: Final = tuple(
    frozenset(names.split()) for names in ("dollar dollars $", "euro euros €", "£", "cents")
)
"""Names of currencies. A sum of one currency is a sum of numbers."""

_COUNTED: Final = frozenset("people persons whole total".split())
"""Words of a sum that do not change it."""

_HESITATION: Final = frozenset("our are or her".split())
"""Words that speech recognition makes of a hesitation."""

_ASKED: Final = frozenset((("what", "is"), ("much", "is"), ("many", "is")))
_MULTIPLES: Final = {"half": Fraction(1, 2), "twice": Fraction(2), "triple": Fraction(3)}

_MAX_DIGITS: Final = 30
_MAX_TOKENS: Final = 60

_ZERO: Final = "Nothing can be divided by zero."
_TOO_LARGE: Final = "That number is too large for me."
_NO_ROOT: Final = "A negative number has no real square root."


class _NotASumError(Exception):
    """The words are not a sum."""


def calculate(question: Question) -> str | None:
    """Answer a sum; return None for any other question; see `Topic`."""
    words = question.tokens
    if (answer := _calculate(words)) is None and "is" in words:
        # "Hey, I'm so, what is our 12 plus 30": hesitation was recognized as words.
        start = len(words) - words[::-1].index("is")
        if words[max(start - 2, 0) : start] in _ASKED:
            start += not _HESITATION.isdisjoint(words[start : start + 1])
            answer = _calculate(words[start:])
    return answer


def _calculate(words: tuple[Token, ...]) -> str | None:
    currencies = [names for names in _MONEY if not names.isdisjoint(words)]
    if len(currencies) > 1 or (currencies and _is_change(words, currencies[0])):
        return None
    ignored = _COUNTED.union(*currencies)
    tokens = name_operators(as_sum(_strip(tuple(word for word in words if word not in ignored))))
    operators = [token for token in tokens if isinstance(token, str)]
    if not operators or len(tokens) == len(operators) or len(tokens) > _MAX_TOKENS:
        return None
    if len(tokens) == 2 and tokens[0] in ("minus", "negative"):  # noqa: PLR2004
        return None  # A number alone is no question.
    parser = _Parser(tokens)
    try:
        value = parser.evaluate()
    except _NotASumError:
        return None
    except ZeroDivisionError:
        return _ZERO
    except OverflowError:
        return _TOO_LARGE
    except ValueError:
        return _NO_ROOT
    spoken = " ".join(
        SPOKEN.get(token, token) if isinstance(token, str) else speakable(token) for token in tokens
    )
    return f"{spoken[0].upper()}{spoken[1:]} is {speakable(value)}."


def _strip(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Remove the words before and after the sum."""
    start, end = 0, len(tokens)
    while start < end and tokens[start] in _PREFACE:
        start += 1
    while end > start and tokens[end - 1] in _PREFACE:
        end -= 1
    return tokens[start:end]


def _is_change(words: tuple[Token, ...], currency: frozenset[str]) -> bool:
    """Return whether the "and" of a sum may stand before cents: "2 dollars and 50"."""
    return "and" in words and sum(word in currency for word in words) == 1


class _Parser:
    """Evaluates a sum with the usual precedence of operators."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0

    def evaluate(self) -> Fraction:
        value = self._terms()
        if self._position < len(self._tokens):
            raise _NotASumError
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
                raise _NotASumError  # Some people square the sign, too.
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
            raise _NotASumError
        self._position += 1
        return token


def _raise(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise OverflowError
    if base not in (0, 1, -1) and abs(exponent) * _digits(base) > 2 * _MAX_DIGITS:
        raise OverflowError
    return _check(base ** (int(exponent) if base not in (0, 1, -1) else min(int(exponent), 2)))


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
