"""Joins the parts of a transcript as servers send them."""

from typing import Final

MAX_CHARACTERS: Final = 20_000
"""Of a transcript: five minutes of speech have a quarter of it."""


def join_words(said: str, more: str) -> str:
    """Join the parts of a transcript: a server sends sentence by sentence, or all again."""
    more = more.strip()[:MAX_CHARACTERS]
    if not said or more.startswith(said):
        return more
    return f"{said} {more}"[:MAX_CHARACTERS] if more else said
