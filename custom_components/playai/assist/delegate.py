"""Asks the home's conversation agent, in the conversation of a pipeline run.

The open chat log is used again: no second entry of the user, the same conversation, device and
rights. What the agent streams reaches the pipeline as if it had been called directly.
"""

import asyncio
import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from homeassistant.components import conversation
from homeassistant.helpers import intent

from ..own_entities import is_own
from ..texts import async_text
from .loose_match import async_ignores_words
from .pipeline_run import PipelineRun
from .streamed_words import StreamedWords

_LOGGER = logging.getLogger(__name__)

FIRST_WORDS_SECONDS: Final = 60.0
"""Local models take long to read their prompt."""

ANSWER_SECONDS: Final = 300.0
"""From the first words to the end; as long as the longest reply."""

CANCEL_SECONDS: Final = 1.0
"""The wait for an agent that was cancelled."""

BUILT_IN_IS_LOST: Final = {
    intent.IntentResponseErrorCode.NO_INTENT_MATCH,
    intent.IntentResponseErrorCode.NO_VALID_TARGETS,
    intent.IntentResponseErrorCode.UNKNOWN,
}
"""The built-in agent takes "what is the capital of France" for a question about a device."""

LONGEST_REASON: Final = 200
"""Characters of an exception of another integration that are logged."""

_asking: Final = ContextVar[frozenset[str]]("playai_asking", default=frozenset())
"""Our entities whose agent is being asked: one that asks them again would do so endlessly."""


@dataclass(frozen=True, slots=True)
class HomeAnswer:
    """What the home has answered."""

    text: str
    """All words, also those of a failure. Empty if the home answers without words."""

    response: intent.IntentResponse
    continue_conversation: bool = False
    is_understood: bool = True
    """Whether the agent knows what to do with the text; if not, another one may be asked."""

    is_complete: bool = True
    """Whether it was not interrupted."""


class Failure(StrEnum):
    """Why the agent gives no answer; a text of the section `exceptions` of the translations."""

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


class Delegate:
    """The home's conversation agent, within one run of our entity."""

    def __init__(self, run: PipelineRun, agent_id: str) -> None:
        """Create a delegate for one run."""
        self._run = run
        self._agent_id = agent_id
        self._logged = 0
        """Entries of the chat log before the agent was asked."""

    async def async_answer(
        self,
        text: str,
        on_words: Callable[[str], None] = lambda _: None,
        first_words_seconds: float | None = None,
    ) -> HomeAnswer:
        """Return the answer to a text; `on_words` is called with its words as they come.

        Never raises because of the agent: a failure is an answer in the user's language.
        """
        words = StreamedWords(on_words)
        self._logged = len(self._run.chat_log.content)
        try:
            with words.collect_from(self._run.chat_log):
                result = await self._converse(
                    text, words, first_words_seconds or FIRST_WORDS_SECONDS
                )
            return await self._answer(text, result, words)
        except AgentFailedError as error:
            return await self._failure(error, words)
        except asyncio.CancelledError:
            if words.text:
                self._log(words.text)
            raise

    def forget(self) -> None:
        """Remove an answer from the chat log that nobody hears, because another one follows."""
        entries = self._run.chat_log.content
        entries[self._logged :] = [each for each in entries[self._logged :] if each.role == "user"]

    async def _answer(
        self, text: str, result: conversation.ConversationResult, words: StreamedWords
    ) -> HomeAnswer:
        response = result.response
        speech = str(response.speech.get("plain", {}).get("speech") or "").strip()
        if not words.text and await self._is_lost(text, response):
            return HomeAnswer(speech, response, is_understood=False)
        is_error = response.response_type is intent.IntentResponseType.ERROR
        if speech and (is_error or not words.text):
            words.add(f" {speech}" if words.text else speech)
        if not words.text.strip() and response.intent is None:
            # An intent may be answered without words, as "never mind" is.
            raise AgentFailedError(Failure.EMPTY)
        if self._run.chat_log.content[-1].role == "user":
            self._log(words.text)  # The agent does not use the chat log.
        return HomeAnswer(words.text.strip(), response, result.continue_conversation)

    async def _is_lost(self, text: str, response: intent.IntentResponse) -> bool:
        """Return whether the agent did not understand what it was asked."""
        code = response.error_code
        if self._agent_id == conversation.HOME_ASSISTANT_AGENT:
            return code in BUILT_IN_IS_LOST or await async_ignores_words(self._run, text, response)
        return code is intent.IntentResponseErrorCode.NO_INTENT_MATCH

    async def _converse(
        self, text: str, words: StreamedWords, first_words_seconds: float
    ) -> conversation.ConversationResult:
        """Call the agent in a separate task, which is abandoned if it refuses to end."""
        if is_own(self._run.hass, self._agent_id) or self._run.user_input.agent_id in _asking.get():
            raise AgentFailedError(Failure.LOOP)
        if conversation.async_get_agent_info(self._run.hass, self._agent_id) is None:
            raise AgentFailedError(Failure.AGENT_MISSING)
        token = _asking.set(_asking.get() | {self._run.user_input.agent_id})
        try:
            task = asyncio.create_task(
                conversation.async_converse(
                    self._run.hass,
                    text,
                    self._run.chat_log.conversation_id,
                    self._run.user_input.context,
                    language=self._run.language,
                    agent_id=self._agent_id,
                    device_id=self._run.user_input.device_id,
                    satellite_id=self._run.user_input.satellite_id,
                    extra_system_prompt=self._run.user_input.extra_system_prompt,
                )
            )
        finally:
            _asking.reset(token)
        try:
            await _wait(task, words, first_words_seconds)
            if not task.cancelled():
                return task.result()
            failure = Failure.FAILED
        except TimeoutError:
            failure = Failure.TOO_LONG if words.began.is_set() else Failure.TIMEOUT
        except Exception as error:  # noqa: BLE001
            # Other integrations implement the agent, and may raise anything.
            reason = ascii(error)[:LONGEST_REASON]
            _LOGGER.warning("The conversation agent %s failed: %s", self._agent_id, reason)
            failure = Failure.FAILED
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_SECONDS)
        raise AgentFailedError(failure)

    async def _failure(self, error: AgentFailedError, words: StreamedWords) -> HomeAnswer:
        """Return an answer that describes the failure, after the words that came before it."""
        agent = self._run.hass.states.get(self._agent_id)
        name = self._agent_id if agent is None else agent.name
        language = self._run.language
        sentence = await async_text(self._run.hass, language, error.failure, agent=name)
        words.add(f" {sentence}" if words.text else sentence)
        self._log(words.text)
        response = intent.IntentResponse(language=language)
        response.async_set_error(intent.IntentResponseErrorCode.FAILED_TO_HANDLE, sentence)
        return HomeAnswer(words.text.strip(), response)

    def _log(self, text: str) -> None:
        """Add an answer to the chat log that its agent does not add."""
        self._run.chat_log.async_add_assistant_content_without_tools(
            conversation.AssistantContent(agent_id=self._run.user_input.agent_id, content=text)
        )


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
