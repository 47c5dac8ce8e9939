"""Delays clients that try one key after the other."""

import asyncio
from collections import OrderedDict
from typing import Final

from .recent_addresses import remember

_FREE_TRIES: Final = 5
_FIRST_DELAY: Final = 0.1
_LONGEST_DELAY: Final = 2.0
_FORGIVEN_AFTER: Final = 60.0


class KeyBackoff:
    """Delays clients of an address that sent wrong keys.

    Nobody is locked out: others may share the address. An address that has shown a valid key
    waits only before a refusal, any other before each check, so giving up early gains nothing.
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
        remember(self._failures, address, (count, now))

    def succeeded(self, address: str) -> None:
        """Trust an address from which a valid key came."""
        remember(self._trusted, address, None)
