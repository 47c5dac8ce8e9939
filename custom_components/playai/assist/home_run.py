"""The home's part of a turn of the agent, with the permissions of the turn's pipeline run."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.helpers import intent

from ..agent import AnswerEnd, Delta, ToolResult
from .answer_with import async_home_agent
from .chat import async_correct_question
from .delegate import Delegate, HomeAnswer
from .pipeline_run import PipelineRun
from .tools import RunTools

FIRST_WORDS_SECONDS: Final = 25.0
"""Less than the 30 s of the home link, so that the agent can say that there is no answer."""

NOT_UNDERSTOOD: Final = "not_understood"
UNAVAILABLE: Final = "unavailable"


class HomeRun:
    """Answers the server's questions and runs its tool calls, see `HomeHandler`."""

    def __init__(self, run: PipelineRun) -> None:
        """Create the handler of one run."""
        self._run = run
        self._tools = RunTools(run)
        self._is_lost = False
        self._asked = asyncio.Event()
        self._silent = asyncio.Event()
        self._finished = asyncio.Event()
        self._answer: HomeAnswer | None = None

    def does_not_understand(self) -> None:
        """Note that the home's agent was asked already, and did not understand the text."""
        self._is_lost = True

    async def wait_silent(self) -> HomeAnswer:
        """Wait until the home has answered without words, which most turns never do."""
        await self._silent.wait()
        assert self._answer is not None  # noqa: S101 (set before the event)
        return self._answer

    async def wait_answer(self) -> HomeAnswer | None:
        """Wait for the home's answer if it was asked; None if another brain answers."""
        if self._asked.is_set():
            await self._finished.wait()
        return self._answer

    @callback
    def correct_question(self, text: str) -> None:
        """Replace the placeholder with the user's words, which have come late."""
        if text.strip() and not self._run.has_words:
            user_input = replace(self._run.user_input, text=text)
            self._run = replace(self._run, user_input=user_input, has_words=True)
            async_correct_question(self._run.chat_log, text)

    async def answer(self, text: str) -> AsyncGenerator[Delta | AnswerEnd]:
        """Yield the answer of the home's conversation agent."""
        agent = async_home_agent(self._run.hass, self._run.entry)
        if self._is_lost:
            yield AnswerEnd(error=NOT_UNDERSTOOD)
            return
        if agent is None:
            yield AnswerEnd(error=UNAVAILABLE)
            return
        self._asked.set()
        self.correct_question(text)
        if text.strip() == self._run.user_input.text.strip():
            # A different text would add a second entry of the user to the chat log.
            text = self._run.user_input.text
        words: asyncio.Queue[str | None] = asyncio.Queue()
        spoken: list[str] = []
        delegate = Delegate(self._run, agent)
        asking = asyncio.create_task(
            delegate.async_answer(text, words.put_nowait, FIRST_WORDS_SECONDS)
        )
        asking.add_done_callback(lambda _: words.put_nowait(None))
        try:
            while (piece := await words.get()) is not None:
                spoken.append(piece)
                yield Delta(piece)
            answer = asking.result()
            if not answer.is_understood:
                delegate.forget()
                is_error = answer.response.response_type is intent.IntentResponseType.ERROR
                # Otherwise the text answers another question.
                yield AnswerEnd(answer.text if is_error else None, error=NOT_UNDERSTOOD)
                return
            self._answer = answer
            if not answer.text:
                self._silent.set()
            yield AnswerEnd(continue_conversation=answer.continue_conversation)
        finally:
            asking.cancel()
            await asyncio.wait({asking})
            if self._answer is None and spoken:
                # The server may break off after the home has given all of its answer.
                is_whole = not asking.cancelled() and asking.exception() is None
                text = "".join(spoken).strip()
                self._answer = asking.result() if is_whole else self._interrupted(text)
            self._finished.set()

    def _interrupted(self, text: str) -> HomeAnswer:
        response = intent.IntentResponse(language=self._run.language)
        response.async_set_speech(text)
        return HomeAnswer(text, response, is_complete=False)

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        """Run a tool of the home."""
        return await self._tools.async_call(name, arguments)
