"""The event of each turn that the agent has answered, from which the logbook makes a line."""

from contextvars import Context
from typing import Final

from homeassistant.components import conversation
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er

from ..const import ATTR_ANSWER, ATTR_QUESTION, EVENT_TURN
from .pipeline_run import PipelineRun

MAX_CHARACTERS: Final = 255
"""The longest question and answer: a line of the logbook, not a copy of a long text."""


@callback
def async_fire_turn(run: PipelineRun, result: conversation.ConversationResult) -> None:
    """Fire the event of a turn, with the words as the dialog shows them."""
    agent = run.user_input.agent_id
    entity = er.async_get(run.hass).async_get(agent)
    questions = [
        each for each in run.chat_log.content if isinstance(each, conversation.UserContent)
    ]
    question = questions[-1].content if questions else run.user_input.text
    answer = result.response.speech.get("plain", {}).get("speech", "")
    data = {
        # The logbook finds events of an entity and of a device by these names.
        ATTR_ENTITY_ID: agent,
        ATTR_DEVICE_ID: None if entity is None else entity.device_id,
        ATTR_QUESTION: _shortened(question),
        ATTR_ANSWER: _shortened(answer),
    }
    # An automation that reacts must not look like a part of this run.
    Context().run(run.hass.bus.async_fire, EVENT_TURN, data, context=run.user_input.context)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1].rstrip()}…"
