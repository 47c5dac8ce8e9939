"""One run of an Assist pipeline, in which the conversation entity is asked."""

from dataclasses import dataclass

from homeassistant.components import conversation
from homeassistant.core import HomeAssistant

from ..coordinator import PlayAIConfigEntry


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """The inputs of one run. Its answer has the permissions of `user_input`."""

    hass: HomeAssistant
    entry: PlayAIConfigEntry
    user_input: conversation.ConversationInput
    chat_log: conversation.ChatLog
    has_words: bool = True
    """Whether the text is the user's words, not a placeholder."""

    @property
    def language(self) -> str:
        """The language of the user."""
        return self.user_input.language
