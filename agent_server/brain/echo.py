"""A brain that repeats what it heard: to try a microphone, or the ears."""

from collections.abc import AsyncGenerator, Sequence

from . import Exchange


class EchoBrain:
    """Says the user's words again."""

    async def answer(self, text: str, history: Sequence[Exchange]) -> AsyncGenerator[str]:
        """See `Brain`."""
        yield text
