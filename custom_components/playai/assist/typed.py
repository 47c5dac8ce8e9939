"""Answers typed text: the home does, or an agent that only hears while a voice reads to it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from homeassistant.components import conversation, tts
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import intent
from homeassistant.helpers.chat_session import current_session

from ..agent import AgentError
from ..agent.audio import Container, MulawConverter
from ..coordinator import PlayAIConfigEntry
from ..texts import async_error_text, async_text
from .answer_with import async_home_agent
from .chat import async_stream_words, keeps_listening
from .delegate import Delegate
from .fallback_voice import async_open_voice, has_voice

_LOGGER = logging.getLogger(__name__)

READ_SECONDS: Final = 30.0
"""The wait for a voice that reads a text."""

MAX_AUDIO_BYTES: Final = 960_000
"""A minute, which is the longest turn of a user."""


async def async_answer_typed(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    user_input: conversation.ConversationInput,
    chat_log: conversation.ChatLog,
) -> conversation.ConversationResult:
    """Return the answer to a text that was not spoken to the agent."""
    if (agent := async_home_agent(hass, entry)) is not None:
        answer = await Delegate(hass, agent, user_input, chat_log).async_answer(user_input.text)
        response, is_asked = answer.response, answer.continue_conversation
    else:
        response = await _ask_agent(hass, entry, user_input, chat_log)
        is_asked = chat_log.continue_conversation
    return conversation.ConversationResult(
        response, chat_log.conversation_id, keeps_listening(entry, is_asked=is_asked)
    )


async def _ask_agent(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    user_input: conversation.ConversationInput,
    chat_log: conversation.ChatLog,
) -> intent.IntentResponse:
    """Return the agent's answer; a sentence that is no error if it can neither read nor write."""
    response = intent.IntentResponse(language=user_input.language)
    words = _words_of_reply(hass, entry, user_input, chat_log.conversation_id)
    try:
        text = await async_stream_words(chat_log, user_input.agent_id, words)
    except AgentError as error:
        text = await async_error_text(hass, user_input.language, error)
        response.async_set_error(intent.IntentResponseErrorCode.FAILED_TO_HANDLE, text)
    else:
        response.async_set_speech(text or await async_text(hass, user_input.language, "typed"))
    return response


async def _words_of_reply(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    user_input: conversation.ConversationInput,
    conversation_id: str,
) -> AsyncGenerator[str]:
    """Yield the words of the reply to a text that the fallback voice reads to the agent."""
    if not (audio := await _read(hass, entry, user_input)):
        return
    turn = entry.runtime_data.async_start_turn(conversation_id, current_session.get())
    turn.feed(audio)
    turn.end_input()
    speech = await turn.wait_end()
    if speech.is_silent:
        return
    reply = await turn.wait_reply()
    try:
        async with aclosing(reply.words()) as words:
            async for piece in words:
                yield piece
    finally:
        reply.drop()


async def _read(
    hass: HomeAssistant, entry: PlayAIConfigEntry, user_input: conversation.ConversationInput
) -> bytes:
    """Return the µ-law of a text that the fallback voice reads; empty without one."""
    if not has_voice(hass, entry):
        return b""

    async def text() -> AsyncGenerator[str]:
        yield user_input.text

    converter = MulawConverter(Container.WAV)
    mulaw = b""
    try:
        async with asyncio.timeout(READ_SECONDS):
            options = {tts.ATTR_PREFERRED_FORMAT: "wav"}
            voice = async_open_voice(hass, entry, user_input.language, options, text())
            async with aclosing(voice.async_stream_result()) as stream:
                async for data in stream:
                    mulaw += converter.feed(data)
                    if len(mulaw) > MAX_AUDIO_BYTES:
                        break
            return mulaw + converter.finish()
    except (AgentError, HomeAssistantError, TimeoutError) as error:
        _LOGGER.warning("%s: the fallback voice cannot read a text: %r", entry.title, error)
        return b""
