"""A brain that asks a language model on an OpenAI-compatible server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Final

from openai.types.chat import ChatCompletionMessageParam

from ...config import LanguageModel
from ...remote.openai import OpenAIServer
from .. import BrainError, Turn
from .chat import ChatModel, ToolRequest
from .filler import filler
from .prompt import conversation, describe, system_message
from .tools import call_tools

ROUNDS: Final = 5
"""How often the model may call tools in one turn."""


def _end(said: asyncio.Queue[str | None], _: object) -> None:
    said.put_nowait(None)


def load_model(engine: LanguageModel) -> LanguageModelBrain:
    """Return the brain for a configured language model."""
    server = OpenAIServer("the language model", engine.url, engine.key)
    return LanguageModelBrain(
        ChatModel(server, engine.model),
        tools=engine.tools,
        filler_after=engine.filler_after,
        prompt=engine.prompt,
    )


class LanguageModelBrain:
    """Answers with a language model, which may use the tools of the home."""

    def __init__(
        self, model: ChatModel, *, tools: bool = False, filler_after: float = 1.5, prompt: str = ""
    ) -> None:
        """`tools` says whether the model may use those of the home.

        `filler_after` is the longest silence during a tool call, in seconds; `prompt` is added to
        the instructions.
        """
        self._model = model
        self._has_tools = tools
        self._filler_after = filler_after
        self._prompt = prompt

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        """See `Brain`."""
        home = turn.home if self._has_tools and turn.home is not None and turn.home.tools else None
        tools = describe(home.tools) if home is not None else []
        messages: list[ChatCompletionMessageParam] = [
            system_message(
                self._prompt,
                turn.language,
                home_prompt=home.prompt if home is not None else "",
                has_tools=home is not None,
            ),
            *conversation(turn),
        ]
        has_answered = False
        """Whether the model has said anything."""

        is_bridged = False
        """Whether the filler or the home has spoken during a call."""

        for rounds_left in range(ROUNDS, -1, -1):
            words = ""
            requests: list[ToolRequest] = []
            completion = self._model.complete(messages, tools, may_call=rounds_left > 0)
            async with aclosing(completion) as parts:
                async for part in parts:
                    if isinstance(part, str):
                        words += part
                        yield part
                    else:
                        requests.append(part)
            has_answered = has_answered or bool(words.strip())
            if home is None or not requests:
                break
            if not rounds_left:
                raise BrainError("the model calls tools without end")
            if words:
                yield "\n"  # The sentence is complete, and can be spoken during the call.
            await turn.confirmed()
            said: asyncio.Queue[str | None] = asyncio.Queue()
            calling = asyncio.create_task(call_tools(home, words, requests, said.put_nowait))
            calling.add_done_callback(partial(_end, said))
            filling = "" if has_answered or is_bridged else filler(turn.language, requests)
            try:
                async for sentence in self._meanwhile(said, filling):
                    is_bridged = True
                    yield f"{sentence}\n"  # It can be spoken during the call.
                messages += await calling
            finally:
                calling.cancel()
                await asyncio.gather(calling, return_exceptions=True)
        if not has_answered:
            raise BrainError("the model has no answer")

    async def _meanwhile(
        self, said: asyncio.Queue[str | None], filling: str
    ) -> AsyncGenerator[str]:
        """Yield the home's words until None; first yield the filler if they take too long."""
        silence = self._filler_after if filling else None
        while True:
            try:
                async with asyncio.timeout(silence):
                    sentence = await said.get()
            except TimeoutError:
                sentence = filling
            silence = None
            if sentence is None:
                return
            yield sentence

    async def warm_up(self, language: str) -> None:
        """Make the server load the model and read the instructions; raises `BrainError`."""
        await self._model.warm_up(
            [system_message(self._prompt, language), {"role": "user", "content": "Hello."}]
        )
