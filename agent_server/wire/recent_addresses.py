"""A bounded memory of the addresses of clients."""

from collections import OrderedDict
from typing import Final

_ADDRESSES: Final = 1_000
"""Addresses that are remembered, the latest ones."""


def remember[K, V](table: OrderedDict[K, V], key: K, value: V) -> None:
    """Set a value, and forget the oldest one if there are too many."""
    table[key] = value
    table.move_to_end(key)
    if len(table) > _ADDRESSES:
        table.popitem(last=False)
