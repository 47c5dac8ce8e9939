"""The answer to a user who says nothing after the agent has asked: none, and no error."""

from homeassistant.components import conversation
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import intent
from homeassistant.helpers.chat_session import current_session


@callback
def async_answer_silence(
    hass: HomeAssistant, user_input: conversation.ConversationInput
) -> conversation.ConversationResult:
    """End the run without speech; the conversation does not remember it."""
    session = current_session.get()
    if session is not None:
        with conversation.async_get_chat_log(hass, session) as log:
            if log.content and log.content[-1].role == "user":
                log.content.pop()
    response = intent.IntentResponse(language=user_input.language)
    response.async_set_speech("")
    return conversation.ConversationResult(response, user_input.conversation_id)
