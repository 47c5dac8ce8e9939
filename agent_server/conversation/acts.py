"""What the agent can do: greet, answer spoken or typed words, and speak a text of the home."""

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import override

from ..brain import Brain, Exchange, Turn
from ..home.link import HomeLink, TurnHome
from . import Emit, events
from .events import Fault
from .faults import TurnError, blame
from .reply import Reply
from .says import Says, SayStream


class Act(ABC):
    """One thing that the agent says, and how it is prepared."""

    question: str | None = None
    """What it replies to; "" if the agent speaks unprompted, None if it is not remembered."""

    is_told = False
    """Whether the client knows the turn of the user that it answers."""

    told_at = -math.inf
    """When the client was told the turn of the user that it answers."""

    home: TurnHome | None = None

    heard_before = ""
    """What the user heard of it before an interruption."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    is_incomplete = False
    """Whether it was stopped before everything was sent."""

    @property
    def words_heard(self) -> str:
        """What the user has got of it in the end."""
        return f"{self.heard_before} {self.reply.playback.heard_words()}".strip()

    def exchange(self) -> Exchange | None:
        """Return what to remember; None if it is nothing that is remembered."""
        if self.question is None:
            return None
        heard, playback = self.words_heard, self.reply.playback
        whole = f"{self.heard_before} {playback.words}".split()
        is_cut = playback.is_reported and (self.is_incomplete or heard.split() != whole)
        return Exchange(self.question, heard, playback.from_sentence() if is_cut else None)

    @property
    def is_final(self) -> bool:
        """Whether it cannot be taken back: the user heard it, or the home may have acted."""
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
            await self.reply.speak(self._pieces(), with_transcript=False)
        finally:
            await self._emit(events.GreetingEnded())

    async def _pieces(self) -> AsyncGenerator[str]:
        yield self._text


class Continuation(Act):
    """Speaks the rest of a reply, after a sound that was no interruption."""

    def __init__(self, reply: Reply, question: str, heard_before: str, rest: str) -> None:
        super().__init__(reply)
        self.question = question
        self.heard_before = heard_before
        self._rest = rest

    @override
    async def run(self) -> None:
        await self.reply.speak(self._pieces())

    async def _pieces(self) -> AsyncGenerator[str]:
        yield self._rest


class HomeText(Act):
    """Speaks a text of the home."""

    is_told = True

    def __init__(self, reply: Reply, stream: SayStream, says: Says, question: str) -> None:
        super().__init__(reply)
        self.question = question
        self._stream = stream
        self._says = says

    @override
    async def run(self) -> None:
        try:
            await self.reply.speak(self._stream.parts())
        finally:
            self._says.close(self._stream)


@dataclass(frozen=True, slots=True)
class Mind:
    """What a conversation uses to find its answers."""

    brain: Brain
    language: str
    history: Sequence[Exchange]
    home: HomeLink


class Answer(Act):
    """Answers a turn of the user."""

    def __init__(self, reply: Reply, mind: Mind) -> None:
        super().__init__(reply)
        self._mind = mind
        self._confirmed = asyncio.Event()

    def _think(self, question: str, *, is_typed: bool = False) -> AsyncGenerator[str]:
        mind = self._mind
        self.home = mind.home.turn(self._confirmed)
        history = tuple(mind.history)
        return mind.brain.answer(
            Turn(question, mind.language, history, self._confirmed, self.home, is_typed)
        )


class TypedAnswer(Answer):
    """Answers a typed text."""

    def __init__(self, reply: Reply, mind: Mind, text: str) -> None:
        super().__init__(reply, mind)
        self.question = self._text = text
        self.is_told = True
        self._confirmed.set()

    @property
    @override
    def words_heard(self) -> str:
        if self.reply.playback.is_reported:
            return super().words_heard
        return self.reply.playback.words  # They are read, and perhaps never played.

    @override
    async def run(self) -> None:
        await self.reply.speak(self._think(self._text, is_typed=True))


class SpokenAnswer(Answer):
    """Answers spoken words, perhaps before the user has finished.

    Prepares the reply at once, but emits nothing until the end of the turn is certain.
    """

    def __init__(
        self,
        reply: Reply,
        mind: Mind,
        words: Callable[[], Awaitable[str]],
        over: asyncio.Event,
        *,
        emit: Emit,
        needs_answer: Callable[[str], bool],
    ) -> None:
        """`words` returns the words so far. `over` is set once the user has finished.

        Words that do not need an answer get none.
        """
        super().__init__(reply, mind)
        self._words = words
        self._over = over
        self._emit = emit
        self._needs_answer = needs_answer

    @override
    async def run(self) -> None:
        try:
            with blame(Fault.SPEECH_TO_TEXT):
                question = await self._words()
            if question and self._needs_answer(question):
                await self._answer(question)
            else:
                await self._over.wait()  # A noise, or a nod.
        except TurnError:
            await self._over.wait()
            raise

    async def _answer(self, question: str) -> None:
        async def may_begin() -> None:
            await self._over.wait()
            self.question = question
            self.is_told = True
            self.told_at = asyncio.get_running_loop().time()
            await self._emit(events.UserSaid(question))
            # Not earlier: the home is asked after the client has received the words.
            self._confirmed.set()

        await self.reply.speak(self._think(question), may_begin=may_begin)
