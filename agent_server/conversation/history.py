"""The history of one conversation: the user's words, and those that the user has heard."""

from collections.abc import Sequence
from typing import Final

from ..brain import Exchange
from .acts import Act

_REMEMBERED: Final = 20
"""Exchanges that the brain gets as history."""


class History:
    """The last exchanges of a conversation, the oldest first."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._last: Act | None = None
        """The act of the last exchange, which the client may still report on."""

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """The exchanges. The sequence changes with the history: copy it to keep it."""
        return self._exchanges

    def add(self, exchange: Exchange, act: Act | None = None) -> None:
        """Add an exchange, and the act that can still correct the words that were heard."""
        self._exchanges.append(exchange)
        self._last = act
        del self._exchanges[:-_REMEMBERED]

    def add_act(self, act: Act) -> None:
        """Add the part of an act that was heard; skip an unprompted act that nobody heard."""
        exchange = act.exchange()
        if exchange is not None and (exchange.user or exchange.agent):
            self.add(exchange, act)

    def correct(self, act: Act) -> None:
        """Update the last exchange: the client has reported how much of its act was heard."""
        if act is self._last and (exchange := act.exchange()) is not None:
            self._exchanges[-1] = exchange

    def reopen(self, act: Act) -> None:
        """Remove the exchange of an act that continues, if the last exchange is that."""
        if act is self._last:
            self._exchanges.pop()
            self._last = None
