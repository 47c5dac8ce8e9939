"""Conversation: the words of the agent's reply."""

from typing import Literal, override

from homeassistant.components import conversation
from homeassistant.const import ATTR_SUPPORTED_FEATURES, EVENT_STATE_CHANGED, MATCH_ALL
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .assist.answer_with import async_features, async_home_agent
from .assist.chat import async_cut_answer
from .assist.handover import has_words, is_silent, known_answer, take_microphone, take_turn
from .assist.known_answer import async_give_answer
from .assist.pipeline_run import PipelineRun
from .assist.silence import async_answer_silence
from .assist.spoken import SpokenAnswer
from .assist.turn_event import async_fire_turn
from .assist.typed import TypedAnswer
from .coordinator import PlayAIConfigEntry
from .entity import AgentEntity
from .own_entities import is_own

PARALLEL_UPDATES = 0


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
    _sends_words = False
    """Whether the server has ever sent the words of a reply."""

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
                EVENT_STATE_CHANGED, self._features_changed, self._is_home_agent
            )
        )
        # The options, too, decide who answers.
        self.async_on_remove(self.entry.runtime_data.async_add_listener(self._features_changed))

    @override
    async def async_prepare(self, language: str | None = None) -> None:
        """Prepare the agent that answers, while the user speaks.

        Otherwise Home Assistant's own agent loads its sentences when the first turn needs them.
        """
        agent = async_home_agent(self.hass, self.entry)
        if agent is None or is_own(self.hass, agent):  # It would prepare itself endlessly.
            return
        if conversation.async_get_agent_info(self.hass, agent) is not None:
            language = language or self.hass.config.language
            await conversation.async_prepare_agent(self.hass, agent, language)

    @callback
    def _is_home_agent(self, data: EventStateChangedData) -> bool:
        return data["entity_id"] == async_home_agent(self.hass, self.entry)

    @callback
    def _features_changed(self, _: Event[EventStateChangedData] | None = None) -> None:
        state = self.hass.states.get(self.entity_id)
        if state and state.attributes.get(ATTR_SUPPORTED_FEATURES) != self.supported_features:
            self.async_write_ha_state()

    @override
    async def async_process(
        self, user_input: conversation.ConversationInput
    ) -> conversation.ConversationResult:
        """Answer, and end the run only once the client has stopped sending."""
        conversations = self.entry.runtime_data.conversations
        microphone = take_microphone(self.entry.entry_id)
        if microphone is not None and user_input.satellite_id is not None:
            await microphone.close()
        if is_silent(self.entry.entry_id):
            result = async_answer_silence(self.hass, user_input)
        else:
            result = await super().async_process(user_input)
            current = conversations.get(result.conversation_id)
            if current is not None and result.continue_conversation:
                current.expects_follow_up = True
        if microphone is not None:
            await microphone.wait_until_stopped()
        return result

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Return the agent's words; the text-to-speech stage gets its audio."""
        current = self.entry.runtime_data.conversations.get(chat_log.conversation_id)
        if current is not None:
            current.note_satellite(user_input.satellite_id, user_input.device_id)
            if (interrupted := current.take_interruption()) is not None:
                async_cut_answer(chat_log, *interrupted)
        words_came = has_words(self.entry.entry_id)
        run = PipelineRun(self.hass, self.entry, user_input, chat_log, words_came)
        text = known_answer(self.entry.entry_id)
        turn = take_turn(self.entry.entry_id)
        if turn is not None and turn.was_unclaimed and words_came and not text:
            turn = None  # A busy Home Assistant has claimed it too late, but its words are known.
        if turn is None:
            result = await TypedAnswer(run).async_answer()
        elif text:
            result = await async_give_answer(run, turn, text)
        else:
            answer = SpokenAnswer(run, turn, sends_words=self._sends_words)
            result = await answer.async_answer()
            self._sends_words = self._sends_words or answer.has_words
        async_fire_turn(run, result)
        return result
