"""A server, a home and turns for the tests of the language model brain."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any

from aiohttp import web

from agent_server.brain import Exchange, Turn
from agent_server.brain.openai import LanguageModelBrain
from agent_server.brain.openai.chat import ChatModel
from agent_server.home import Tool, ToolResult
from agent_server.remote.openai import OpenAIServer
from tests.agent_server.openai import KEY, Handler, serving

MODEL = "small"
PATIENCE = 30.0
"""Seconds after which a test that hangs fails."""

TURN_ON = Tool("TurnOn", "Turns on.", {"type": "object", "properties": {}})

SERVERS: list[OpenAIServer] = []
"""Servers of the running test; a fixture closes them."""


def make_brain(
    url: str, *, key: str = KEY, model: str | None = MODEL, wait: float = 30.0, **options: Any
) -> LanguageModelBrain:
    SERVERS.append(server := OpenAIServer("the model", f"{url}/v1", key))
    return LanguageModelBrain(ChatModel(server, model, wait=wait), **options)


class FakeHome:
    """A home whose tools return scripted results."""

    answers = False
    prompt = "The home has a lamp."

    def __init__(self, *results: ToolResult | Exception, tools: Sequence[Tool] = (TURN_ON,)):
        self.tools = tools
        self.results = list(results)
        self.words: Sequence[str] = ()
        """The words that the agent is to say before a result."""

        self.calls: list[tuple[str, Any]] = []
        self.called = asyncio.Event()
        self.may = asyncio.Event()
        self.may.set()
        self.is_cancelled = False

    async def call(
        self, name: str, arguments: Any, on_words: Callable[[str], None] = lambda _: None
    ) -> ToolResult:
        self.calls.append((name, arguments))
        for words in self.words:
            on_words(words)
        self.called.set()
        try:
            await self.may.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        result = self.results.pop(0) if self.results else ToolResult("done", is_error=False)
        if isinstance(result, Exception):
            raise result
        return result

    def converse(self, text: str) -> Any:
        raise NotImplementedError


def turn(text: str, home: Any = None, *history: Exchange, **options: Any) -> Turn:
    return Turn(text, home=home, history=history, **options)


async def answer(brain: LanguageModelBrain, asked: Turn) -> str:
    async with aclosing(brain.answer(asked)) as pieces:
        return "".join([piece async for piece in pieces])


def model_server(handler: Handler, models: Sequence[str] = ()) -> AbstractAsyncContextManager[str]:
    """Serve a handler as an endpoint for chat completions; yield the address."""
    return serving(handler, "chat/completions", models=models)


def chunk(delta: Any, finish_reason: str | None = None) -> dict[str, Any]:
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }


def words(*pieces: str) -> list[dict[str, Any]]:
    return [*(chunk({"content": piece}) for piece in pieces), chunk({}, "stop")]


def calls(*functions: tuple[str, str]) -> list[dict[str, Any]]:
    """Return chunks with tool calls, whose arguments arrive in two parts."""
    chunks: list[dict[str, Any]] = []
    for index, (name, arguments) in enumerate(functions):
        first, rest = arguments[:1], arguments[1:]
        head = {"index": index, "id": f"id{index}", "type": "function"}
        chunks += [
            chunk({"tool_calls": [head | {"function": {"name": name, "arguments": first}}]}),
            chunk({"tool_calls": [{"index": index, "function": {"arguments": rest}}]}),
        ]
    return [*chunks, chunk({}, "tool_calls")]


class Script:
    """Answers each request with the next list of chunks, and repeats the last one."""

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.is_cancelled = asyncio.Event()
        self.hold: int | None = None
        """The number of the chunk that the server never sends."""

        self.is_holding = asyncio.Event()
        self._answers = answers

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        chunks = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for number, data in enumerate(chunks):
                if number == self.hold:
                    self.is_holding.set()
                    await asyncio.Event().wait()
                await response.write(b"data: " + json.dumps(data).encode() + b"\n\n")
        except asyncio.CancelledError:
            self.is_cancelled.set()
            raise
        await response.write(b"data: [DONE]\n\n")
        return response

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.requests[-1]["messages"]
        return messages


def respond(status: int, text: str, content_type: str = "application/json") -> Handler:
    """Return a handler that gives every request the same answer."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=content_type)

    return handler
