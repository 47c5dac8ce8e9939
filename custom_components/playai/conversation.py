"""Conversation: the words of the agent's reply."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Literal, override

from homeassistant.components import conversation
from homeassistant.const import ATTR_SUPPORTED_FEATURES, EVENT_STATE_CHANGED, MATCH_ALL
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import intent
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import AgentError
from .agent.reply import Reply
from .assist.answer_with import async_features, async_home_agent
from .assist.handover import Answer, offer_answer, take_turn
from .assist.typed import async_answer_typed
from .entity import AgentEntity
from .models import PlayAIConfigEntry
from .texts import async_error_text, async_text, text_language

PARALLEL_UPDATES = 0

START_SPEAKING = "\n" * 61
"""More than 60 characters start text-to-speech at once, and keep it off the disk. Blank lines
are not displayed."""

SLOW_SECONDS = 5.0
"""Text-to-speech starts without a reply after this time, so that the user hears a sound."""

WORDS_SECONDS = 0.5
"""The wait for words after the first audio: some speakers start only when this stage returns."""


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

    @property
    @override
    def supported_features(self) -> conversation.ConversationEntityFeature:
        return async_features(self.hass, self.entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Show the features of the conversation agent that answers."""
        self.async_on_remove(
            self.hass.bus.async_listen(
                EVENT_STATE_CHANGED, self._home_agent_changed, self._is_home_agent
            )
        )

    @callback
    def _is_home_agent(self, data: EventStateChangedData) -> bool:
        return data["entity_id"] == async_home_agent(self.entry)

    @callback
    def _home_agent_changed(self, event: Event[EventStateChangedData]) -> None:
        state = self.hass.states.get(self.entity_id)
        if state and state.attributes[ATTR_SUPPORTED_FEATURES] != self.supported_features:
            self.async_write_ha_state()

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Return the agent's words; the text-to-speech stage gets its audio."""
        response = intent.IntentResponse(language=user_input.language)
        self.entry.runtime_data.conversations.async_note_satellite(
            chat_log.conversation_id, user_input.satellite_id, user_input.device_id
        )
        turn = take_turn(self.entry.entry_id)
        if turn is None:
            return await async_answer_typed(self.hass, self.entry, user_input, chat_log)
        waiting = asyncio.create_task(turn.wait_reply())
        try:
            await asyncio.wait({waiting}, timeout=SLOW_SECONDS)
            offer_answer(Answer(waiting, text_language(self.hass, user_input.language)))
            pieces: list[str] = []
            # An error is streamed as well, so that Home Assistant does not cache its audio.
            async for _ in chat_log.async_add_delta_content_stream(
                self.entity_id, self._stream(waiting, user_input.language, pieces)
            ):
                pass
        finally:
            waiting.cancel()
        # Not an error response for a failed turn, either: the dialog would show it in addition
        # to the streamed text, the same words twice.
        response.async_set_speech("".join(pieces).strip())
        return conversation.ConversationResult(response, chat_log.conversation_id)

    async def _stream(
        self, waiting: asyncio.Task[Reply], language: str, pieces: list[str]
    ) -> AsyncGenerator[conversation.AssistantContentDeltaDict]:
        """Yield the words of the reply, or the text of its error; also adds them to `pieces`."""
        yield {"role": "assistant", "content": START_SPEAKING}
        async for piece in self._words(waiting, language):
            pieces.append(piece)
            yield {"content": piece}

    async def _words(self, waiting: asyncio.Task[Reply], language: str) -> AsyncGenerator[str]:
        try:
            reply = await waiting
        except AgentError as error:
            yield await async_error_text(self.hass, language, error)
            return
        reply.expect_listener()
        deadline = asyncio.get_running_loop().time() + WORDS_SECONDS
        has_words = False
        async with aclosing(reply.words()) as words:
            while (piece := await _next(words, deadline)) is not None:
                has_words = True
                yield piece
        if not has_words:
            yield await async_text(self.hass, language, "agent_spoke")


async def _next(pieces: AsyncGenerator[str], deadline: float) -> str | None:
    """Return the next piece; None if the deadline passes first."""
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(pieces, None)
    except TimeoutError:
        return None
