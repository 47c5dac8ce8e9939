"""A model server with Ollama's interface and scripted answers.

async with ScriptedModel() as model:
    model.answer = my_answer  # yields words and `ToolCall`s
    ...  # with an integration that uses model.url
    model.requests[-1].is_abandoned
"""

import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any, Final, Self

from aiohttp import web

MODEL: Final = "scripted:latest"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool of the home."""

    name: str
    arguments: dict[str, Any]


@dataclass(eq=False, slots=True)
class ModelRequest:
    """A question to a model server. Times are those of `time.monotonic`."""

    body: dict[str, Any]
    parts_sent: list[float] = field(default_factory=list)
    """When each part of the answer was sent."""

    ended_at: float = 0.0
    is_abandoned: bool = False
    """Whether the client has closed the connection before the answer was complete."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation so far."""
        messages: list[dict[str, Any]] = self.body.get("messages") or self.body["input"]
        return messages

    @property
    def question(self) -> str:
        """The user's last message."""
        return next(
            str(message["content"])
            for message in reversed(self.messages)
            if message.get("role") == "user"
        )

    @property
    def tool_results(self) -> list[str]:
        """Results of the tools that this answer called, in earlier requests."""
        results: list[str] = []
        for message in reversed(self.messages):
            if message.get("role") == "user":
                break
            if message.get("role") == "tool":
                results.insert(0, message["content"])
            elif message.get("type") == "function_call_output":
                results.insert(0, message["output"])
        return results


type ModelAnswer = Callable[[ModelRequest], AsyncGenerator[str | ToolCall]]


class ScriptedModel:
    """The server, on a free port of loopback."""

    def __init__(self, answer: ModelAnswer | None = None) -> None:
        """`answer` may be set later."""
        self.url = ""
        self.requests: list[ModelRequest] = []
        self.answer = answer
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen."""
        app = web.Application()
        app.router.add_get("/api/tags", self._list)
        app.router.add_post("/api/chat", self._chat)
        self.url = await serve(app, self._stack)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self._stack.aclose()

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"models": [{"model": MODEL, "name": MODEL}]})

    async def _chat(self, http_request: web.Request) -> web.StreamResponse:
        request = ModelRequest(await http_request.json())
        self.requests.append(request)
        assert self.answer is not None
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(http_request)
        try:
            async with aclosing(self.answer(request)) as parts:
                async for part in parts:
                    await response.write(_line(_message(part), done=False))
                    request.parts_sent.append(time.monotonic())
            await response.write(_line({"role": "assistant", "content": ""}, done=True))
            await response.write_eof()
        except BaseException:
            request.is_abandoned = True
            raise
        finally:
            request.ended_at = time.monotonic()
        return response


async def serve(app: web.Application, stack: AsyncExitStack) -> str:
    """Serve on a free port until the stack is closed; return the address.

    A handler is cancelled when its client closes the connection.
    """
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


def _message(part: str | ToolCall) -> dict[str, Any]:
    if isinstance(part, str):
        return {"role": "assistant", "content": part}
    function = {"name": part.name, "arguments": part.arguments}
    return {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}


def _line(message: dict[str, Any], *, done: bool) -> bytes:
    data = {
        "model": MODEL,
        "created_at": "2026-11-01T00:00:00Z",
        "message": message,
        "done": done,
    }
    return json.dumps(data | ({"done_reason": "stop"} if done else {})).encode() + b"\n"
