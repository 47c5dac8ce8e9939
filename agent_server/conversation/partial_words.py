"""Reports the user's words so far, to a home that wants to show them."""

from collections.abc import Callable
from typing import Final

from . import Emit, events
from .utterances import Utterances

_LONGEST: Final = 2_000
"""Characters: more is only reported when the turn is over."""


class PartialWords:
    """Reports the words of a turn that may continue, each transcript at most once."""

    def __init__(
        self, utterances: Utterances, *, is_wanted: Callable[[], bool], emit: Emit
    ) -> None:
        self._utterances = utterances
        self._is_wanted = is_wanted
        self._emit = emit
        self._reported = ""

    def forget(self) -> None:
        """Forget the reported words: the user starts to speak."""
        self._reported = ""

    async def report(self) -> None:
        """Emit the words if they have changed."""
        if not self._is_wanted():
            return
        words = self._utterances.words_so_far
        if words and words != self._reported and len(words) <= _LONGEST:
            self._reported = words
            await self._emit(events.UserSaid(words, final=False))
