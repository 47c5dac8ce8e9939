"""Lets the home's conversation agent answer, in the conversation of a pipeline run.

The open chat log is used again: no second entry of the user, the same conversation, device and
permissions. The agent's words reach the pipeline as if it had been called directly.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components import conversation
from homeassistant.helpers import intent

from ..texts import async_text
from .agent_call import AgentFailedError, Failure, async_call_agent
from .loose_match import async_ignores_words
from .pipeline_run import PipelineRun
from .streamed_words import StreamedWords

BUILT_IN_IS_LOST: Final = {
    intent.IntentResponseErrorCode.NO_INTENT_MATCH,
    intent.IntentResponseErrorCode.NO_VALID_TARGETS,
    intent.IntentResponseErrorCode.UNKNOWN,
}
"""The errors with which the built-in agent does not understand a text.

It treats "what is the capital of France" as a question about a device.
"""


@dataclass(frozen=True, slots=True)
class HomeAnswer:
    """The answer of the home."""

    text: str
    """All words, including those of a failure. Empty if the home answers without words."""

    response: intent.IntentResponse
    continue_conversation: bool = False
    is_understood: bool = True
    """Whether the agent understands the text; if not, another one may be asked."""

    is_complete: bool = True
    """Whether it was not interrupted."""


class Delegate:
    """The home's conversation agent, within one run of the agent's entity."""

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
                result = await async_call_agent(
                    self._run, self._agent_id, text, words, first_words_seconds
                )
            return await self._answer(text, result, words)
        except AgentFailedError as error:
            return await self._failure(error, words)
        except asyncio.CancelledError:
            if words.text:
                self._log(words.text)
            raise

    def forget(self) -> None:
        """Remove the answer from the chat log: another one follows, and nobody hears this one."""
        entries = self._run.chat_log.content
        entries[self._logged :] = [each for each in entries[self._logged :] if each.role == "user"]

    async def _answer(
        self, text: str, result: conversation.ConversationResult, words: StreamedWords
    ) -> HomeAnswer:
        """Return the answer of a result, and add words that were not streamed."""
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
        """Return whether the agent did not understand the question."""
        code = response.error_code
        if self._agent_id == conversation.HOME_ASSISTANT_AGENT:
            return code in BUILT_IN_IS_LOST or await async_ignores_words(self._run, text, response)
        return code is intent.IntentResponseErrorCode.NO_INTENT_MATCH

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
