"""Calls the tools of the home that a model asks for."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionMessageParam,
)

from ...home import Home, HomeError
from .chat import ToolRequest


async def call_tools(
    home: Home, words: str, requests: Sequence[ToolRequest], on_words: Callable[[str], None]
) -> list[ChatCompletionMessageParam]:
    """Call tools one after the other; return the messages that tell the model the results.

    `words` is what the model has said before. The model also gets the errors: it can call a tool
    again, or explain the problem. `on_words` is called with what the home wants to be said before
    a result.
    """
    asked: ChatCompletionAssistantMessageParam = {
        "role": "assistant",
        "content": words or None,
        "tool_calls": [
            {
                "id": request.id,
                "type": "function",
                "function": {"name": request.name, "arguments": request.arguments or "{}"},
            }
            for request in requests
        ],
    }
    messages: list[ChatCompletionMessageParam] = [asked]
    for request in requests:
        content = json.dumps(await _call(home, request, on_words), ensure_ascii=False, default=str)
        messages.append({"role": "tool", "tool_call_id": request.id, "content": content})
    return messages


async def _call(home: Home, request: ToolRequest, on_words: Callable[[str], None]) -> Any:
    try:
        arguments = json.loads(request.arguments or "{}")
    except ValueError, RecursionError:
        arguments = None
    if not isinstance(arguments, dict):
        return {"error": "The arguments are not a JSON object."}
    try:
        result = await home.call(request.name, arguments, on_words)
    except HomeError as error:
        return {"error": str(error)}
    return {"error": result.data} if result.is_error else result.data
