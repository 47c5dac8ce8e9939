"""The turns of a talk, answered one after the other."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback

from ..agent import AgentError, Turn
from ..assist.handover import offer_turn, offer_voice
from ..assist.question_text import async_question_text
from ..assist.voice import async_begin_voice
from ..const import DOMAIN
from ..texts import async_text
from .conversation_client import ConversationClient
from .question import Question

if TYPE_CHECKING:
    from .talk import Talk

_LOGGER = logging.getLogger(__name__)

END_SECONDS: Final = 2.0
"""The wait for an answer that nobody needs anymore; Home Assistant runs one at a time."""


class Turns:
    """The turns of one talk: one is answered at a time."""

    def __init__(self, talk: Talk) -> None:
        """Create it before the first turn."""
        self._talk = talk
        self._conversation = ConversationClient(talk)
        self._count = 0
        self._number = 0
        """The number of the open turn, or of the last one."""

        self._answering: asyncio.Task[None] | None = None
        self._turn: Turn | None = None
        self._begun: asyncio.Future[Turn] | None = None
        """The answer to the last typed text."""

        self._partial = 0
        """The number of the turn whose words on the page are not final."""

        self._wordless: int | None = None
        """The number of the turn that is answered before the agent has sent its words."""

    @property
    def is_thinking(self) -> bool:
        """Whether the home is answering a typed text, which the session does not know about."""
        return self._begun is not None and not self._begun.done()

    @property
    def is_asking(self) -> bool:
        """Whether an answer is being prepared, even one that the session does not know about."""
        return self._conversation.is_answering

    @callback
    def begin(self, turn: Turn) -> None:
        """The user speaks, or the agent speaks first."""
        talk = self._talk
        overheard = talk.player.overheard
        talk.player.flush()
        self._expect_speech()
        if turn.state.has_microphone:
            talk.confirmations.wait_for_words()
            self._count += 1
            self._number = self._count
        else:
            self._number = 0
        self._replace(turn, self._answer(turn, self._number, self._answering, overheard))

    @callback
    def show_partial(self, text: str) -> None:
        """Show the words of the user so far in the open turn."""
        if self._turn is not None and self._turn.is_open and self._turn.state.has_microphone:
            self._partial = self._number
            self._talk.link.send("heard", id=self._number, text=text, final=False)

    @callback
    def show_late(self, text: str) -> None:
        """Show the words of a turn if it is being answered without them."""
        if self._wordless == self._number:
            self._wordless = None
            self._show_final(self._number, text)

    @callback
    def begin_typed(self, text: str) -> None:
        """The user has typed."""
        self._expect_speech()
        self._count += 1
        self._show_final(self._count, text)
        self._replace(None, self._answer_typed(text, self._count, self._answering))

    @callback
    def answers_question(self, text: str) -> bool:
        """Let typed words answer a question; returns whether they did.

        The turn that asks the question ends if its reply still plays, and otherwise continues.
        """
        question = self._talk.confirmations.decide(text)
        if question is None:
            return False
        self._count += 1
        self._show_final(self._count, text)
        if self._talk.player.flush():  # As the page has done: the turn that asks is over.
            self.drop()
            answer = self._acknowledge_typed(self._count, question, text, self._answering)
            self._replace(None, answer)
        return True

    async def ask(self, question: Question) -> None:
        """Let the agent ask a question before its answer, if it can, and if no other one waits."""
        hass, confirmations = self._talk.hass, self._talk.confirmations
        question.text = await async_question_text(hass, confirmations.language, question.call)
        if not confirmations.is_only(question):
            return
        turn = self._turn
        if turn is None and self._begun is not None:
            turn = self._begin_voice(self._begun)
        if turn is not None:
            turn.push_text(f"\n{question.text}\n")

    @callback
    def drop(self) -> None:
        """Nobody needs an answer anymore."""
        if self._turn is not None:
            self._turn.cancel()
        elif self._answering is not None:
            self._answering.cancel()

    @callback
    def close(self) -> None:
        """Stop answering."""
        if self._answering is not None:
            self._answering.cancel()

    def _expect_speech(self) -> None:
        """Measure when the user last speaks in a turn that begins."""
        self._talk.microphone.last_speech = self._talk.call.expect_speech()

    def _replace(self, turn: Turn | None, answer: Coroutine[None, None, None]) -> None:
        previous = None if self._turn is None else self._turn.state
        # The home does not know that nobody listens to its answer to a typed text anymore.
        is_typed = previous is None or (previous.is_local and not previous.has_microphone)
        if is_typed and self._answering is not None:
            self._answering.cancel()
        self._turn = turn
        self._answering = self._talk.entry.async_create_background_task(
            self._talk.hass, self._guard(turn, answer), f"{DOMAIN} answers a page"
        )

    async def _guard(self, turn: Turn | None, answer: Coroutine[None, None, None]) -> None:
        """Report a failure; the talk continues."""
        try:
            await answer
        except AgentError as error:
            _LOGGER.debug("A turn of a talk has no answer: %r", error)  # It was reported.
        except Exception:
            _LOGGER.exception("A turn of a talk has failed")
            self._talk.link.send("error", key="internal", message="")
        finally:
            answer.close()
            if turn is not None and turn.reply is None:
                turn.cancel()

    async def _answer(
        self,
        turn: Turn,
        number: int,
        previous: asyncio.Task[None] | None,
        overheard: str | None,
    ) -> None:
        """Answer a turn of the user that began while the agent said the words `overheard`."""
        if not turn.state.has_microphone:
            await self._talk.player.play(turn, number, await turn.wait_reply())
            return
        try:
            speech = await turn.wait_end()
            if speech.is_silent:
                return
            await _end(previous)
            words = turn.words
            if words:
                self._show_final(number, words)
            else:
                self._wordless = number
        finally:
            self._talk.confirmations.wait_on()
            if self._partial == number:
                self._show_final(number, "")  # A noise, or a turn that nobody needs.
        question = self._talk.confirmations.decide(words, overheard=overheard)
        if question is not None:
            turn.answer_locally(self._talk.confirmations.language)
            await self._acknowledge(turn, number, question, words)
            return
        text = words or await async_text(self._talk.hass, self._talk.place.language, "user_spoke")
        offer_turn(
            self._talk.entry.entry_id,
            self._talk.call.conversation_id,
            turn,
            has_words=bool(words),
        )
        await self._conversation.converse(text, turn, number)

    async def _acknowledge(self, turn: Turn, number: int, question: Question, words: str) -> None:
        """Say the result of an answer to a question; the agent does not answer it."""
        talk = self._talk
        outcome = await question.wait_outcome()
        if outcome is None:
            text = question.ask_again()
        else:
            text = await async_text(talk.hass, talk.confirmations.language, outcome)
        if not text:
            return
        offer_turn(talk.entry.entry_id, talk.call.conversation_id, turn, text=text)
        self._show_unheard(number, await self._conversation.converse(words, turn, number))

    async def _acknowledge_typed(
        self, number: int, question: Question, words: str, previous: asyncio.Task[None] | None
    ) -> None:
        await _end(previous)
        turn = self._begin_voice(self._talk.hass.loop.create_future())
        if turn is not None:
            self._turn = turn
            await self._acknowledge(turn, number, question, words)

    def _begin_voice(self, listener: asyncio.Future[Turn]) -> Turn | None:
        talk = self._talk
        tag = talk.confirmations.language
        return async_begin_voice(talk.entry, talk.call.conversation_id, tag, listener)

    def _show_final(self, number: int, text: str) -> None:
        """Show the final words of a turn, in place of the partial ones."""
        if self._partial == number:
            self._partial = 0
        self._talk.link.send("heard", id=number, text=text, final=True)

    async def _answer_typed(
        self, text: str, number: int, previous: asyncio.Task[None] | None
    ) -> None:
        """Answer a text; the agent speaks the answer if it can."""
        await _end(previous)
        begun: asyncio.Future[Turn] = self._talk.hass.loop.create_future()
        self._begun = begun
        self._talk.call.show_phase()
        begun.add_done_callback(self._voice_begun)
        offer_voice(self._talk.entry.entry_id, self._talk.call.conversation_id, begun)
        self._show_unheard(number, await self._conversation.converse(text, begun, number))

    def _voice_begun(self, begun: asyncio.Future[Turn]) -> None:
        """The agent speaks the answer to a typed text, or nobody needs it anymore."""
        if begun is self._begun and self._turn is None and not begun.cancelled():
            self._turn = begun.result()
        self._talk.call.show_phase()

    def _show_unheard(self, number: int, text: str) -> None:
        """Show an answer that has no voice, unless another turn has replaced its turn."""
        if text and asyncio.current_task() is self._answering:
            self._talk.player.show(number, text)


async def _end(task: asyncio.Task[None] | None) -> None:
    """Wait for an earlier answer, which ends when its turn is over."""
    if task is None or task.done():
        return
    _, running = await asyncio.wait({task}, timeout=END_SECONDS)
    if running:
        task.cancel()
        await asyncio.wait({task}, timeout=END_SECONDS)
