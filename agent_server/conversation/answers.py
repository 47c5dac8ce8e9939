"""Answers of the brain to a turn of the user, spoken or typed."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import override

from ..brain import Brain, Exchange, Turn
from ..home.link import HomeLink
from . import Emit, events
from .acts import Act
from .events import Fault
from .faults import TurnError, map_errors_to
from .reply import Reply


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """The brain, language, history and home with which a conversation finds an answer."""

    brain: Brain
    language: str
    history: Sequence[Exchange]
    home: HomeLink


class Answer(Act):
    """Answers a turn of the user."""

    def __init__(self, reply: Reply, context: AnswerContext) -> None:
        super().__init__(reply)
        self._context = context
        self._confirmed = asyncio.Event()
        """Set once the turn is certainly over: only then may the brain have effects."""

    def _ask_brain(self, question: str, *, is_typed: bool = False) -> AsyncGenerator[str]:
        context = self._context
        self.home = context.home.turn(self._confirmed)
        history = tuple(context.history)
        return context.brain.answer(
            Turn(question, context.language, history, self._confirmed, self.home, is_typed)
        )


class TypedAnswer(Answer):
    """Answers a typed text."""

    is_turn_known = True

    def __init__(self, reply: Reply, context: AnswerContext, text: str) -> None:
        super().__init__(reply, context)
        self.question = self.text = text
        self._confirmed.set()

    @property
    @override
    def words_heard(self) -> str:
        if self.reply.playback.is_reported:
            return super().words_heard
        return self.reply.playback.words  # The user reads the answer, and may never play it.

    @override
    async def run(self) -> None:
        await self.reply.speak(self._ask_brain(self.text, is_typed=True))


class SpokenAnswer(Answer):
    """Answers spoken words, perhaps before the user has finished.

    Prepares the reply at once, but emits nothing until the end of the turn is certain.
    """

    def __init__(
        self,
        reply: Reply,
        context: AnswerContext,
        words: Callable[[], Awaitable[str]],
        turn_ended: asyncio.Event,
        *,
        emit: Emit,
        needs_answer: Callable[[str], bool],
    ) -> None:
        """`words` returns the words so far. `turn_ended` is set once the user has finished.

        `needs_answer` returns whether the words are a turn, and not only a backchannel.
        """
        super().__init__(reply, context)
        self._words = words
        self._turn_ended = turn_ended
        self._emit = emit
        self._needs_answer = needs_answer

    @override
    async def run(self) -> None:
        try:
            with map_errors_to(Fault.SPEECH_TO_TEXT):
                question = await self._words()
            if question and self._needs_answer(question):
                await self._answer(question)
            else:  # A noise or a backchannel: more words may follow until the turn has ended.
                await self._turn_ended.wait()
        except TurnError:
            # The user may continue, so the failure is reported with the end of the turn.
            await self._turn_ended.wait()
            raise

    async def _answer(self, question: str) -> None:
        async def may_begin() -> None:
            await self._turn_ended.wait()
            self.question = question
            self.is_turn_known = True
            self.turn_known_at = asyncio.get_running_loop().time()
            await self._emit(events.UserSaid(question))
            # Not earlier: the home is asked after the client has received the words.
            self._confirmed.set()

        await self.reply.speak(self._ask_brain(question), may_begin=may_begin)
