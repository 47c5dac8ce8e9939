"""Creates keys and recognizes weak ones."""

import secrets
from typing import Final

_SHORTEST: Final = 16
_FEWEST_DIFFERENT: Final = 8
"""Different characters: a random key of the shortest length nearly always has as many."""


def new_key() -> str:
    """Return a random key."""
    return f"ak-{secrets.token_hex(24)}"


def is_weak(key: str) -> bool:
    """Return whether a key is so short or so uniform that trying keys may find it."""
    return len(key) < _SHORTEST or len(set(key)) < _FEWEST_DIFFERENT
