"""Conversation: what the agent says, in words."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Literal, override

from homeassistant.components import conversation
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import AgentError
from .agent.reply import Reply
from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity
from .handover import offer_failure, offer_reply, take_turn
from .texts import async_error_text, async_text, text_language

PARALLEL_UPDATES = 0

START_SPEAKING = "\n" * 61
"""More than 60 characters start text-to-speech at once, and keep it off the disk; nobody
sees these."""

WORDS_SECONDS = 0.5
"""How long after the first audio words are waited for: speakers start only when we return."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlayAIConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the main entity of an agent."""
    async_add_entities([AgentConversation(entry, "conversation")])


class AgentConversation(AgentEntity, conversation.ConversationEntity):
    """Waits for the agent's reply to the turn of its run."""

    _attr_name = None
    _attr_supports_streaming = True

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        return MATCH_ALL

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Answer with the agent's words; its audio goes to the text-to-speech stage."""
        response = intent.IntentResponse(language=user_input.language)
        self.entry.runtime_data.async_note_satellite(
            chat_log.conversation_id, user_input.satellite_id, user_input.device_id
        )
        turn = take_turn(self.entry.entry_id)
        if turn is None:
            # The protocol has no way to write to an agent.
            text = await async_text(self.hass, user_input.language, "typed")
            response.async_set_error(intent.IntentResponseErrorCode.UNKNOWN, text)
            return conversation.ConversationResult(response, chat_log.conversation_id)
        try:
            reply = await turn.wait_reply()
        except AgentError as error:
            text = await async_error_text(self.hass, user_input.language, error)
            offer_failure(text_language(self.hass, user_input.language))
            # Streamed like an answer, so that Home Assistant does not cache the audio. The
            # dialog shows an error response in addition to the streamed text: the same
            # words twice. So this is a response with speech.
            async for _ in chat_log.async_add_delta_content_stream(self.entity_id, _say(text)):
                pass
            response.async_set_speech(text)
            return conversation.ConversationResult(response, chat_log.conversation_id)
        offer_reply(reply)
        words: list[str] = []
        async for _ in chat_log.async_add_delta_content_stream(
            self.entity_id, self._stream(reply, user_input.language, words)
        ):
            pass
        response.async_set_speech("".join(words).strip())
        return conversation.ConversationResult(response, chat_log.conversation_id)

    async def _stream(
        self, reply: Reply, language: str, words: list[str]
    ) -> AsyncGenerator[conversation.AssistantContentDeltaDict]:
        yield {"role": "assistant", "content": START_SPEAKING}
        deadline = asyncio.get_running_loop().time() + WORDS_SECONDS
        async with aclosing(reply.words()) as pieces:
            while (piece := await _next(pieces, deadline)) is not None:
                words.append(piece)
                yield {"content": piece}
        if not words:
            words.append(await async_text(self.hass, language, "agent_spoke"))
            yield {"content": words[0]}


async def _say(text: str) -> AsyncGenerator[conversation.AssistantContentDeltaDict]:
    yield {"role": "assistant", "content": START_SPEAKING}
    yield {"content": text}


async def _next(pieces: AsyncGenerator[str], deadline: float) -> str | None:
    """Return the next piece, None when there is none in time."""
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(pieces, None)
    except TimeoutError:
        return None
