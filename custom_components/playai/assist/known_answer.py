"""Answers a spoken turn with a text that is known already: the result of a confirmed action."""

from collections.abc import AsyncGenerator

from homeassistant.components import conversation
from homeassistant.helpers import intent

from ..agent import Turn
from .chat import async_stream_words, conversation_result
from .pipeline_run import PipelineRun


async def async_give_answer(
    run: PipelineRun, turn: Turn, text: str
) -> conversation.ConversationResult:
    """Return a text as the answer of a run. The agent speaks it if it can."""
    turn.push_text(text)
    turn.end_text()
    await async_stream_words(run.chat_log, run.user_input.agent_id, _one(text))
    response = intent.IntentResponse(language=run.language)
    response.async_set_speech(text)
    return conversation_result(run.entry, run.chat_log, response, is_asked=False)


async def _one(text: str) -> AsyncGenerator[str]:
    yield text
