"""Answers a spoken turn: the agent speaks, and its words are shown."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from homeassistant.components import conversation
from homeassistant.helpers import intent

from ..agent import AgentError, Turn
from ..agent.reply import Reply
from ..const import CONF_LLM_APIS
from ..texts import async_error_text, async_text, text_language
from .chat import HeldDeltas, async_stream_words, conversation_result
from .delegate import HomeAnswer
from .handover import Answer, offer_answer
from .home_run import HomeRun
from .offer import async_home_offer
from .pipeline_run import PipelineRun

SLOW_SECONDS: Final = 5.0
"""Text-to-speech starts without a reply after this time, so that the user hears a sound."""

WORDS_SECONDS: Final = 0.5
"""The wait for the first words of a server that may not send any: some speakers start only when
the conversation stage returns."""


class SpokenAnswer:
    """The answer to one turn."""

    def __init__(
        self,
        run: PipelineRun,
        turn: Turn,
        *,
        sends_words: bool,
    ) -> None:
        """Create the answer of one run; `sends_words`: whether its words are known to come."""
        self.has_words = False
        """Whether the server has sent the words of its reply."""

        self._run = run
        self._turn = turn
        self._sends_words = sends_words or run.entry.runtime_data.traits.features is not None
        self._home = HomeRun(run)

    async def async_answer(self) -> conversation.ConversationResult:
        """Return the agent's words; the text-to-speech stage gets its audio."""
        await self._update_offer()
        reply = asyncio.create_task(self._turn.wait_reply(self._home))
        # A run that is cancelled does not ask for the error of its turn.
        reply.add_done_callback(lambda task: task.cancelled() or task.exception())
        silence = asyncio.create_task(self._home.wait_silent())
        held = HeldDeltas(self._run.chat_log)
        try:
            await _wait_first(reply, silence, SLOW_SECONDS)
            if not silence.done():
                offer_answer(Answer(reply, text_language(self._run.hass, self._run.language)))
                held.release()
                await _wait_first(reply, silence)
            if silence.done():
                return self._home_result(silence.result())
            return await self._result(reply)
        finally:
            self._home.correct_question(self._turn.words)
            silence.cancel()
            reply.cancel()
            held.close()

    async def _update_offer(self) -> None:
        """Offer the tools for this run's user and room; later turns of the session keep them."""
        conversation_id = self._run.chat_log.conversation_id
        session = self._run.entry.runtime_data.conversations.async_get_session(conversation_id)
        if session is not None and self._run.entry.options.get(CONF_LLM_APIS):
            language = self._run.language
            session.update_home(
                await async_home_offer(
                    self._run.hass, self._run.entry, language, self._run.user_input
                )
            )

    async def _result(self, begun: asyncio.Task[Reply]) -> conversation.ConversationResult:
        """Return the words of a turn whose reply has begun, or has failed."""
        try:
            reply = begun.result()
        except AgentError as error:
            answer = await self._home.wait_answer()
            if answer is not None and answer.is_complete:
                return self._home_result(answer)
            text = await async_error_text(self._run.hass, self._run.language, error)
            return await self._stream(_one(text), is_failure=True)
        reply.expect_listener()
        if (answer := await self._home.wait_answer()) is not None:
            return self._home_result(answer)
        return await self._stream(self._words_of(reply))

    def _home_result(self, answer: HomeAnswer) -> conversation.ConversationResult:
        return conversation_result(
            self._run.entry,
            self._run.chat_log,
            answer.response,
            is_asked=answer.continue_conversation,
        )

    async def _stream(
        self, words: AsyncGenerator[str], *, is_failure: bool = False
    ) -> conversation.ConversationResult:
        """Return words that are not the home's; an error is streamed as well, see `HeldDeltas`."""
        text = await async_stream_words(self._run.chat_log, self._run.user_input.agent_id, words)
        # A failed turn gets no error response, either: the dialog would show the same words
        # twice, streamed and as an error.
        response = intent.IntentResponse(language=self._run.language)
        response.async_set_speech(text)
        return conversation_result(
            self._run.entry,
            self._run.chat_log,
            response,
            is_asked=self._run.chat_log.continue_conversation,
            is_failure=is_failure,
        )

    async def _words_of(self, reply: Reply) -> AsyncGenerator[str]:
        """Yield all words of a reply; a placeholder if there are none, or none in time."""
        limit = None if self._sends_words else WORDS_SECONDS
        async with aclosing(reply.words()) as words:
            try:
                async with asyncio.timeout(limit):
                    first = await anext(words, "")
            except TimeoutError:
                first = ""
            if first:
                self.has_words = True
                yield first
                async for piece in words:
                    yield piece
        if not self.has_words:
            yield await async_text(self._run.hass, self._run.language, "agent_spoke")


async def _wait_first(
    first: asyncio.Task[Any], second: asyncio.Task[Any], seconds: float | None = None
) -> None:
    await asyncio.wait({first, second}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


async def _one(text: str) -> AsyncGenerator[str]:
    yield text
