"""Answers typed text, by the home or by the agent's server.

If the agent only understands speech, the fallback voice reads the text to it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from homeassistant.components import conversation
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import intent
from homeassistant.helpers.chat_session import current_session

from ..agent import AgentError, Feature, HomeOffer, Turn
from ..agent.audio import Container, MulawConverter
from ..texts import async_error_text, async_text
from .answer_with import async_home_agent, async_knows
from .chat import async_stream_words, conversation_result
from .delegate import Delegate
from .fallback_voice import AS_WAV, async_open_voice, has_voice
from .home_run import HomeRun
from .offer import async_home_offer
from .pipeline_run import PipelineRun
from .voice import Voice

_LOGGER = logging.getLogger(__name__)

READ_SECONDS: Final = 30.0
"""The wait for a voice that reads a text."""

MAX_AUDIO_BYTES: Final = 960_000
"""A minute, which is the longest turn of a user."""

MAX_CHARACTERS: Final = 8_000
"""The longest text: each character has up to four bytes, and a message 32 KB."""


class TypedAnswer:
    """The answer to a text that was not spoken to the agent."""

    def __init__(self, run: PipelineRun) -> None:
        """Create the answer of one run."""
        self._run = run
        self._home = HomeRun(run)
        self._reads = async_knows(run.entry, Feature.USER_TEXT)
        self._voice = Voice(run)

    async def async_answer(self) -> conversation.ConversationResult:
        """Return the answer, which is streamed into the chat log."""
        agent = async_home_agent(self._run.hass, self._run.entry)
        if agent is not None:
            delegate = Delegate(self._run, agent)
            try:
                answer = await delegate.async_answer(self._run.user_input.text, self._voice.push)
            finally:
                self._voice.end()
            if answer.is_understood or not self._reads:
                return self._result(answer.response, is_asked=answer.continue_conversation)
            delegate.forget()
            self._home.does_not_understand()
        return await self._ask_agent()

    def _result(
        self, response: intent.IntentResponse, *, is_asked: bool
    ) -> conversation.ConversationResult:
        return conversation_result(self._run.entry, self._run.chat_log, response, is_asked=is_asked)

    async def _ask_agent(self) -> conversation.ConversationResult:
        """Return the agent's words; a fixed sentence if there are none."""
        language = self._run.language
        response = intent.IntentResponse(language=language)
        words = self._words_of_agent()
        try:
            text = await async_stream_words(
                self._run.chat_log, self._run.user_input.agent_id, words
            )
        except AgentError as error:
            text = await async_error_text(self._run.hass, language, error)
            response.async_set_error(intent.IntentResponseErrorCode.FAILED_TO_HANDLE, text)
        else:
            response.async_set_speech(text or await async_text(self._run.hass, language, "typed"))
        return self._result(response, is_asked=self._run.chat_log.continue_conversation)

    async def _words_of_agent(self) -> AsyncGenerator[str]:
        turn = await (self._send() if self._reads else self._read_aloud())
        if turn is None:
            return
        is_heard = self._voice.offer(turn)
        reply = await turn.wait_reply(self._home)
        try:
            async with aclosing(reply.words()) as words:
                async for piece in words:
                    yield piece
        finally:
            if not is_heard:
                reply.drop()  # Only the words of the reply are needed.

    async def _send(self) -> Turn | None:
        text = self._run.user_input.text[:MAX_CHARACTERS]
        if not text.strip():
            return None
        session = self._run.entry.runtime_data.async_session(
            self._run.chat_log.conversation_id, current_session.get(), await self._offer()
        )
        return session.send_text(text)

    async def _read_aloud(self) -> Turn | None:
        """Let the fallback voice read the text to the agent; None if it does not hear anything."""
        if not (audio := await self._read()):
            return None
        turn = self._run.entry.runtime_data.async_start_turn(
            self._run.chat_log.conversation_id, current_session.get(), home=await self._offer()
        )
        turn.feed(audio)
        turn.end_input()
        return None if (await turn.wait_end()).is_silent else turn

    async def _offer(self) -> HomeOffer:
        return await async_home_offer(
            self._run.hass, self._run.entry, self._run.language, self._run.user_input
        )

    async def _read(self) -> bytes:
        """Return the µ-law of the text in the fallback voice; empty without one."""
        if not has_voice(self._run.hass, self._run.entry):
            return b""

        async def text() -> AsyncGenerator[str]:
            yield self._run.user_input.text

        converter = MulawConverter(Container.WAV)
        mulaw = b""
        try:
            async with asyncio.timeout(READ_SECONDS):
                voice = async_open_voice(
                    self._run.hass, self._run.entry, self._run.language, AS_WAV, text()
                )
                async with aclosing(voice.data_gen) as audio:
                    async for data in audio:
                        mulaw += converter.feed(data)
                        if len(mulaw) > MAX_AUDIO_BYTES:
                            break
                return mulaw + converter.finish()
        except (AgentError, HomeAssistantError, TimeoutError) as error:
            title = self._run.entry.title
            _LOGGER.warning("%s: the fallback voice cannot read a text: %r", title, error)
            return b""
