"""Calls the home's conversation agent within time limits, and without endless loops."""

import asyncio
import logging
from contextvars import ContextVar
from enum import StrEnum
from typing import Any, Final

from homeassistant.components import conversation

from ..own_entities import is_own
from .pipeline_run import PipelineRun
from .streamed_words import StreamedWords

_LOGGER = logging.getLogger(__name__)

FIRST_WORDS_SECONDS: Final = 60.0
"""The wait for the first words: local models take long to read their prompt."""

ANSWER_SECONDS: Final = 300.0
"""From the first words to the end; as long as the longest reply."""

CANCEL_SECONDS: Final = 1.0
"""The wait for an agent that was cancelled."""

LONGEST_REASON: Final = 200
"""Characters of an exception of another integration that are logged."""

_asking: Final = ContextVar[frozenset[str]]("playai_asking", default=frozenset())
"""Entities of this integration that are asking an agent: if that agent asks one of them, the two
would ask each other endlessly."""


class Failure(StrEnum):
    """Why the agent gives no answer; a key in the `exceptions` section of the translations."""

    AGENT_MISSING = "answer_agent_missing"
    EMPTY = "empty_reply"
    FAILED = "answer_failed"
    LOOP = "answer_loop"
    TIMEOUT = "answer_timeout"
    TOO_LONG = "answer_too_long"


class AgentFailedError(Exception):
    """The agent gives no answer."""

    def __init__(self, failure: Failure) -> None:
        """Create the error."""
        super().__init__(failure.value)
        self.failure = failure


async def async_call_agent(
    run: PipelineRun,
    agent_id: str,
    text: str,
    words: StreamedWords,
    first_words_seconds: float | None = None,
) -> conversation.ConversationResult:
    """Return the result of an agent in the conversation of a run; raises `AgentFailedError`.

    `words` collects the words that it streams. The agent is called in a separate task, which is
    abandoned if it does not end after its cancellation.
    """
    task = _start(run, agent_id, text)
    # It may fail after its cancellation, when nobody needs its result anymore.
    task.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        await _wait(task, words, first_words_seconds or FIRST_WORDS_SECONDS)
        if not task.cancelled():
            return task.result()
        failure = Failure.FAILED
    except TimeoutError:
        failure = Failure.TOO_LONG if words.began.is_set() else Failure.TIMEOUT
    except Exception as error:  # noqa: BLE001
        # Other integrations implement the agent, and may raise anything.
        reason = ascii(error)[:LONGEST_REASON]
        _LOGGER.warning("The conversation agent %s failed: %s", agent_id, reason)
        failure = Failure.FAILED
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_SECONDS)
    raise AgentFailedError(failure)


def _start(
    run: PipelineRun, agent_id: str, text: str
) -> asyncio.Task[conversation.ConversationResult]:
    """Start to ask the agent; raises `AgentFailedError` if that is not possible."""
    user_input, asking = run.user_input, _asking.get()
    if is_own(run.hass, agent_id) or user_input.agent_id in asking:
        raise AgentFailedError(Failure.LOOP)
    if conversation.async_get_agent_info(run.hass, agent_id) is None:
        raise AgentFailedError(Failure.AGENT_MISSING)
    token = _asking.set(asking | {user_input.agent_id})
    try:
        return asyncio.create_task(
            conversation.async_converse(
                run.hass,
                text,
                run.chat_log.conversation_id,
                user_input.context,
                language=run.language,
                agent_id=agent_id,
                device_id=user_input.device_id,
                satellite_id=user_input.satellite_id,
                extra_system_prompt=user_input.extra_system_prompt,
            )
        )
    finally:
        _asking.reset(token)


async def _wait(task: asyncio.Task[Any], words: StreamedWords, first_words_seconds: float) -> None:
    """Wait for the end of a task; raises `TimeoutError` if its answer comes late or is too long."""
    for event, seconds in ((words.began, first_words_seconds), (words.full, ANSWER_SECONDS)):
        waiting = asyncio.create_task(event.wait())
        try:
            await asyncio.wait(
                {task, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waiting.cancel()
        if task.done():
            return
        if not event.is_set():
            break
    raise TimeoutError
