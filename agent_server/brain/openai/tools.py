"""Calls the tools of the home that a model asks for."""

import json
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionMessageParam,
)

from ...home import Home, HomeError
from .chat import ToolRequest
from .surrogates import join_surrogates


async def call_tools(
    home: Home, words: str, requests: Sequence[ToolRequest], on_words: Callable[[str], None]
) -> list[ChatCompletionMessageParam]:
    """Call tools one after the other; return the messages that give the model the results.

    `words` are the model's words before the calls. The model also gets the errors: it can call a
    tool again, or explain the problem. `on_words` is called with the words that the home wants
    spoken before a result.
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
        messages.append(
            {"role": "tool", "tool_call_id": request.id, "content": join_surrogates(content)}
        )
    return messages


async def _call(home: Home, request: ToolRequest, on_words: Callable[[str], None]) -> Any:
    arguments = _parse(request.arguments or "{}")
    if arguments is None:
        return {"error": "The arguments are not a JSON object."}
    try:
        result = await home.call(request.name, arguments, on_words)
    except HomeError as error:
        return {"error": str(error)}
    return {"error": result.data} if result.is_error else result.data


def _parse(text: str) -> dict[str, Any] | None:
    """Return arguments; None if they are not an object, or the home could not parse them."""
    try:
        arguments = json.loads(text, parse_constant=_refuse)
        json.dumps(arguments, ensure_ascii=False).encode()  # Raises an error for lone surrogates.
    except ValueError, RecursionError:
        return None
    return arguments if isinstance(arguments, dict) else None


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python adds to JSON."""
    raise ValueError(constant)
