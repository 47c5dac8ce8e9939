"""Sums in words: "what is seventeen times 23 plus 4", "15 percent of 80"."""

from typing import Final

from .numbers import Token, speakable
from .operators import SPOKEN, name_operators
from .parser import NotASumError, Parser
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

_MAX_TOKENS: Final = 60

_ZERO: Final = "Nothing can be divided by zero."
_TOO_LARGE: Final = "That number is too large for me."
_NO_ROOT: Final = "A negative number has no real square root."


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
    if _is_unclear(_strip(words), currencies):
        return None
    ignored = _COUNTED.union(*currencies)
    tokens = name_operators(as_sum(_strip(tuple(word for word in words if word not in ignored))))
    operators = [token for token in tokens if isinstance(token, str)]
    if not operators or len(tokens) == len(operators) or len(tokens) > _MAX_TOKENS:
        return None
    if len(tokens) == 2 and tokens[0] in ("minus", "negative"):  # noqa: PLR2004
        return None  # A number alone is no question.
    parser = Parser(tokens)
    try:
        value = parser.evaluate()
    except NotASumError:
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


def _is_unclear(words: tuple[Token, ...], currencies: list[frozenset[str]]) -> bool:
    """Return whether people may understand a sum in two ways."""
    named = sum(word in names for word in words for names in currencies)
    has_change = named == 1 and "and" in words  # "2 dollars and 50"
    divides_twice = "divided" in words and "/" in words  # "7 divided by 1/2"
    return len(currencies) > 1 or has_change or divides_twice
