"""The acts of the agent other than answers: it greets, continues a reply, and speaks texts."""

import math
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import override

from ..brain import Exchange
from ..home.link import TurnHome
from . import Emit, events
from .reply import Reply
from .say_queue import SayQueue, SayStream


class Act(ABC):
    """One thing that the agent says: its preparation, and its part of the history."""

    question: str | None = None
    """The user's words that this act answers; "" if the agent speaks unprompted, None if the
    history does not keep the act."""

    is_turn_known = False
    """Whether the client knows the user's turn that this act answers."""

    turn_known_at = -math.inf
    """When the client received the words of that turn, by the clock of the event loop."""

    home: TurnHome | None = None
    """The home as this act may use it; None if it does not, or if there is none."""

    heard_before = ""
    """The words of an interrupted act that the user has heard, if this act continues it."""

    is_incomplete = False
    """Whether it was stopped before everything was sent."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    @property
    def words_heard(self) -> str:
        """The words that the user has heard, including those before an interruption."""
        return f"{self.heard_before} {self.reply.playback.heard_words()}".strip()

    def exchange(self) -> Exchange | None:
        """Return the exchange for the history, or None."""
        if self.question is None:
            return None
        heard, playback = self.words_heard, self.reply.playback
        whole = f"{self.heard_before} {playback.words}".split()
        is_cut = playback.is_reported and (self.is_incomplete or heard.split() != whole)
        return Exchange(self.question, heard, playback.from_sentence() if is_cut else None)

    @property
    def is_final(self) -> bool:
        """Whether it cannot be undone: audio was sent, or the home may have acted."""
        return self.reply.has_begun or self.had_effects

    @property
    def had_effects(self) -> bool:
        """Whether the home may have acted."""
        return self.home is not None and self.home.was_asked

    @abstractmethod
    async def run(self) -> None:
        """Prepare and speak the reply; raises `TurnError` and `ClientGoneError`."""


class Greeting(Act):
    """Greets at the start of a conversation."""

    def __init__(self, reply: Reply, text: str, emit: Emit) -> None:
        super().__init__(reply)
        self._text = text
        self._emit = emit

    @override
    async def run(self) -> None:
        await self._emit(events.GreetingStarted(self._text))
        try:
            await self.reply.speak(_one_piece(self._text), with_transcript=False)
        finally:
            await self._emit(events.GreetingEnded())


class Continuation(Act):
    """Speaks the rest of a reply after a sound that was not meant as an interruption."""

    is_turn_known = True

    def __init__(self, reply: Reply, question: str | None, heard_before: str, rest: str) -> None:
        super().__init__(reply)
        self.question = question
        self.heard_before = heard_before
        self._rest = rest

    @override
    async def run(self) -> None:
        await self.reply.speak(_one_piece(self._rest))


class HomeText(Act):
    """Speaks a text of the home."""

    is_turn_known = True

    def __init__(self, reply: Reply, stream: SayStream, say_queue: SayQueue, question: str) -> None:
        """`question` is the turn that the home has answered with the text; "" if there is none."""
        super().__init__(reply)
        self.question = question
        self._stream = stream
        self._say_queue = say_queue

    @override
    async def run(self) -> None:
        try:
            await self.reply.speak(self._stream.parts())
        finally:
            self._say_queue.close(self._stream)


async def _one_piece(text: str) -> AsyncGenerator[str]:
    yield text
