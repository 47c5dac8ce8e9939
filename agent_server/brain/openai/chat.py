"""Requests to a language model: messages in, words and tool calls out."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from openai.types.chat import ChatCompletionFunctionToolParam, ChatCompletionMessageParam
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

from ...remote.openai import OpenAIServer, silence
from .. import BrainError
from .reasoning import ReasoningFilter
from .surrogates import SurrogateJoiner, join_surrogates

_MOST_CALLS: Final = 16
_LONGEST_ARGUMENTS: Final = 32_768
"""Characters in the arguments of one call."""

_LONGEST_ANSWER: Final = 32_768
"""Characters of an answer; more is never spoken."""

_SILENCE: Final = 25.0
"""Seconds without any data in a turn. A client gives up after 30 s, and would report no reason."""

_LOAD_SILENCE: Final = 120.0
"""The same when the server may have to load the model."""


@dataclass(slots=True)
class ToolRequest:
    """A tool call that the model asks for."""

    id: str
    index: int | None
    name: str = ""
    arguments: str = ""
    """JSON, not checked yet."""


class ChatModel:
    """One model of an OpenAI-compatible server, shared by all conversations."""

    def __init__(self, server: OpenAIServer, model: str | None, *, wait: float = _SILENCE) -> None:
        """Without a `model`, the first one that the server lists is used.

        In a turn, the server may be silent for `wait` seconds.
        """
        self._server = server
        self._model = model
        self._found: str | None = None
        """The first model of the server, where none is configured."""

        self._wait = wait
        # The library imports these at the first use, which takes a quarter of a second.
        self._completions = server.client.chat.completions
        self._models = server.client.models

    async def complete(
        self,
        messages: Sequence[ChatCompletionMessageParam],
        tools: Sequence[ChatCompletionFunctionToolParam] = (),
        *,
        may_call: bool = True,
        wait: float | None = None,
    ) -> AsyncGenerator[str | ToolRequest]:
        """Yield the words of the answer as they arrive, and then the tool calls.

        The server may be silent for `wait` seconds; the default is that of a turn.
        Closing the generator closes the connection, so that the server stops. Raises `BrainError`.
        """
        options: dict[str, Any] = {"timeout": silence(wait or self._wait)}
        if tools:
            options |= {"tools": list(tools), "tool_choice": "auto" if may_call else "none"}
        joiner = SurrogateJoiner()
        reasoning_filter = ReasoningFilter()
        requests: list[ToolRequest] = []
        has_ended = False
        length = 0
        with self._server.errors(BrainError):
            name = await self._name()
            found, self._found = self._found, None  # After a failure it may have another one.
            stream = await self._completions.create(
                model=name, messages=messages, stream=True, **options
            )
            self._found = found
            async with stream:
                async for chunk in stream:
                    for choice in chunk.choices[:1]:
                        for delta in choice.delta.tool_calls or ():
                            _add(requests, delta)
                        if words := reasoning_filter.feed(joiner.feed(choice.delta.content or "")):
                            length += len(words)
                            yield words
                        has_ended = has_ended or choice.finish_reason is not None
                    if length > _LONGEST_ANSWER:
                        return
            if words := reasoning_filter.feed(joiner.flush()) + reasoning_filter.flush():
                yield words
            if not has_ended:
                raise BrainError("its answer breaks off")
        for request in requests:
            request.arguments = join_surrogates(request.arguments)
            yield request

    async def warm_up(self, messages: Sequence[ChatCompletionMessageParam]) -> None:
        """Make the server load the model and read the messages; raises `BrainError`."""
        async with aclosing(self.complete(messages, wait=_LOAD_SILENCE)) as answer:
            await anext(answer, None)

    async def _name(self) -> str:
        if self._model is not None:
            return self._model
        if self._found is None:
            page = await self._models.list()
            if not page.data:
                raise BrainError("it has no model")
            self._found = page.data[0].id
        return self._found


def _add(requests: list[ToolRequest], delta: ChoiceDeltaToolCall) -> None:
    """Add a part of a tool call. Only the first part of each call has its id and name."""
    for request in reversed(requests):
        if request.index == delta.index and delta.id in {None, "", request.id}:
            break
    else:
        request = ToolRequest(delta.id or f"call_{len(requests)}", delta.index)
        requests.append(request)
    if delta.function is not None:
        request.name = request.name or delta.function.name or ""
        request.arguments += delta.function.arguments or ""
    if len(requests) > _MOST_CALLS or len(request.arguments) > _LONGEST_ARGUMENTS:
        raise BrainError("the model calls too many tools")
