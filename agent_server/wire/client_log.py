"""Logs the mistakes of clients, without letting them fill the log."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final, override

from aiohttp.http_exceptions import HttpProcessingError

from .recent_addresses import remember

_PERIOD: Final = 60.0
"""Seconds in which a problem of one address is logged only once."""

_LINES: Final = 20
"""Lines of all addresses in a period."""


@dataclass(slots=True)
class _Period:
    began: float
    lines: int = 0
    left_out: int = 0


class ClientLog:
    """Logs problems of clients: one line for each address and problem, and few lines in all."""

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
        remember(self._last, (address, problem), now)
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
