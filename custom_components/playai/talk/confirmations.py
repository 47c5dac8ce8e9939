"""Questions to the user of a page: may the home do this?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from homeassistant.const import MATCH_ALL
from homeassistant.core import callback
from homeassistant.helpers import llm
from homeassistant.util.language import matches

from ..assist.confirmation import Run
from ..assist.risky import async_risks
from ..const import DOMAIN
from ..texts import text_language
from .actions import shown_call
from .limits import CONFIRM_SECONDS, MAX_QUESTIONS
from .question import Question
from .yes_no import is_echo, parse_answer

if TYPE_CHECKING:
    from .talk import Talk

_LOGGER = logging.getLogger(__name__)


class Confirmations:
    """The questions of one talk. Without an answer, nothing is done."""

    def __init__(self, talk: Talk, speak: Callable[[Question], Awaitable[None]]) -> None:
        """Create it without questions; `speak` lets the agent ask one, if it can."""
        self._talk = talk
        self._speak = speak
        self._asked: dict[str, Question] = {}

    @property
    def is_asking(self) -> bool:
        """Whether a question waits for its answer."""
        return bool(self._open)

    @callback
    def is_only(self, question: Question) -> bool:
        """Return whether a question waits for its answer, and no other one does."""
        return self._open == [question]

    async def ask[T](
        self, call: llm.ToolInput, run: Run[T], seconds: float | None = None
    ) -> T | None:
        """Run a call if the user allows it; returns None if not."""
        if call.id in self._asked or len(self._asked) >= MAX_QUESTIONS:
            return None  # Language models may repeat an id: an answer must not be ambiguous.
        hass = self._talk.hass
        question = Question(call, seconds or CONFIRM_SECONDS, hass.loop.create_future())
        self._asked[call.id] = question
        self._start_limit(question)
        shown = shown_call(hass, call) | {"risks": async_risks(hass, call.tool_args)}
        self._talk.link.send("confirm", id=call.id, **shown, seconds=question.seconds)
        # An action that has begun is not cancelled with the turn.
        settling = hass.async_create_background_task(question.settle(run), f"{DOMAIN} asks a user")
        settling.add_done_callback(partial(self._settled, question))
        try:
            await self._speak(question)
            await asyncio.wait({settling})
        except asyncio.CancelledError:
            question.shows_result = True
            raise
        return settling.result()

    @callback
    def take_over(self, call_id: str) -> bool:
        """Show the result of a call whose turn is over; returns False if it was not asked about."""
        if (question := self._asked.get(call_id)) is not None:
            question.shows_result = True
        return question is not None

    @callback
    def answer(self, call_id: str, *, is_allowed: bool) -> None:
        """Take the answer of the user; one that comes late is ignored."""
        question = self._asked.get(call_id)
        if question is None or question.answer.done():
            return
        if question.limit is not None:
            question.limit.cancel()
        question.answer.set_result(is_allowed)
        self._talk.link.send("confirmed", id=call_id, allow=is_allowed)

    @callback
    def deny(self) -> None:
        """Deny all questions that wait for an answer."""
        for call_id in list(self._asked):
            self.answer(call_id, is_allowed=False)

    # Answers in words.

    @callback
    def wait_for_words(self) -> None:
        """The user begins to speak: the questions wait for the words."""
        for question in self._open:
            if question.limit is not None:
                question.limit.cancel()

    @callback
    def wait_on(self) -> None:
        """The user has spoken, or it was a noise: the time limits of the questions start again."""
        for question in self._open:
            self._start_limit(question)

    @callback
    def decide(self, text: str, *, overheard: str | None = None) -> Question | None:
        """Answer the questions with words of the user. All words but an unambiguous yes deny.

        `overheard` are the words that the agent was speaking when the answer began. The answer may
        be their echo, so it allows nothing; while the agent asks the question, a yes or an echo
        leaves the question open.

        Returns the question, or one of them, if the words are about it and nothing else.
        """
        if not (questions := self._open):
            return None
        question = questions[0]
        is_allowed = parse_answer(text, self.language)
        if is_allowed and (len(questions) > 1 or overheard is not None):
            is_allowed = None
        if is_allowed is None and len(questions) == 1 and overheard is not None:
            is_yes = parse_answer(text, self.language) is True
            if question.is_asked_in(overheard) and (is_yes or is_echo(text, overheard)):
                return question
        for each in questions:
            self.answer(each.call.id, is_allowed=bool(is_allowed))
        return None if is_allowed is None else question

    @property
    def language(self) -> str:
        """The language of the user's words: one that the agent understands."""
        hass, features = self._talk.hass, self._talk.entry.runtime_data.traits.features
        language = self._talk.place.language
        if language == MATCH_ALL:
            language = hass.config.language
        known = features.languages if features is not None else ()
        if known and not matches(language, known, hass.config.country):
            language = known[0]
        return text_language(hass, language)

    @property
    def _open(self) -> list[Question]:
        return [question for question in self._asked.values() if not question.answer.done()]

    def _start_limit(self, question: Question) -> None:
        if question.limit is not None:
            question.limit.cancel()
        question.limit = self._talk.hass.loop.call_later(
            question.seconds, partial(self.answer, question.call.id, is_allowed=False)
        )

    def _settled(self, question: Question, settling: asyncio.Task[Any]) -> None:
        call = question.call
        del self._asked[call.id]
        if question.shows_result:
            status = "done" if question.has_succeeded else "failed"
            shown = shown_call(self._talk.hass, call)
            self._talk.link.send("tool", id=call.id, **shown, status=status)
        if not settling.cancelled() and (error := settling.exception()) is not None:
            _LOGGER.debug("%s has failed: %r", call.tool_name, error)
