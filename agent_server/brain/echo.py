"""A brain that repeats the user's words: for trying a microphone or speech to text."""

from collections.abc import AsyncGenerator

from . import Turn


class EchoBrain:
    """Repeats the user's words."""

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        """See `Brain`."""
        yield turn.text
