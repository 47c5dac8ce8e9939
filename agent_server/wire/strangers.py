"""Per-address records: wrong keys, and recent log lines."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final, override

from aiohttp.http_exceptions import HttpProcessingError

_ADDRESSES: Final = 1_000
"""Addresses that are remembered, the latest ones."""

_FREE_TRIES: Final = 5
_FIRST_DELAY: Final = 0.1
_LONGEST_DELAY: Final = 2.0
_FORGIVEN_AFTER: Final = 60.0
_PERIOD: Final = 60.0
"""Seconds in which a problem of one address is one line."""

_LINES: Final = 20
"""Lines of all addresses in a period."""


class KeyBackoff:
    """Delays clients of an address that sent wrong keys.

    Nobody is locked out: others may share the address. An address that has shown a valid key
    waits for the refusal only, any other for the check, so that giving up early gains nothing.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._trusted: OrderedDict[str, None] = OrderedDict()

    def delay(self, address: str) -> float:
        """Return how many seconds the next key of an address has to wait."""
        count, last = self._failures.get(address, (0, 0.0))
        if count < _FREE_TRIES or asyncio.get_running_loop().time() - last > _FORGIVEN_AFTER:
            return 0.0
        return float(min(_FIRST_DELAY * 2 ** min(count - _FREE_TRIES, 10), _LONGEST_DELAY))

    def is_trusted(self, address: str) -> bool:
        """Whether a valid key came from an address."""
        return address in self._trusted

    def failed(self, address: str) -> None:
        """Count a wrong key."""
        count, last = self._failures.get(address, (0, 0.0))
        now = asyncio.get_running_loop().time()
        count = count + 1 if now - last <= _FORGIVEN_AFTER else 1
        _remember(self._failures, address, (count, now))

    def succeeded(self, address: str) -> None:
        """Trust an address from which a valid key came."""
        _remember(self._trusted, address, None)


@dataclass(slots=True)
class _Period:
    began: float
    lines: int = 0
    left_out: int = 0


class ClientLog:
    """Logs what clients do: one line for an address and a problem, few lines for all."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._last: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._period = _Period(0.0)

    def log(self, level: int, address: str, problem: str) -> None:
        """Log a problem unless it was logged a moment ago."""
        now = asyncio.get_running_loop().time()
        if now - self._last.get((address, problem), -_PERIOD) < _PERIOD:
            self._period.left_out += 1
            return
        if now - self._period.began >= _PERIOD:
            if self._period.left_out:
                self._logger.info("%d such lines were left out", self._period.left_out)
            self._period = _Period(now)
        if self._period.lines >= _LINES:
            self._period.left_out += 1
            return
        self._period.lines += 1
        _remember(self._last, (address, problem), now)
        self._logger.log(level, "Client at %s: %s", address or "an unknown address", problem)


class HttpLog(logging.LoggerAdapter[logging.Logger]):
    """Logs a malformed request as one line; aiohttp logs a traceback for each."""

    def __init__(self, logger: logging.Logger, log: ClientLog) -> None:
        super().__init__(logger)
        self._clients = log

    @override
    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs

    @override
    def exception(self, msg: object, *args: object, exc_info: Any = True, **kwargs: Any) -> None:
        if isinstance(exc_info, HttpProcessingError | ConnectionError):
            address = str(args[0]) if args else ""
            self._clients.log(logging.INFO, address, "the request is not valid HTTP")
        else:
            super().exception(msg, *args, exc_info=exc_info, **kwargs)


def _remember[K, V](table: OrderedDict[K, V], key: K, value: V) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > _ADDRESSES:
        table.popitem(last=False)
