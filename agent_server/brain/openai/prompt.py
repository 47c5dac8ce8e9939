"""The input of a model: instructions, the conversation so far, the tools of the home."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Final

from openai.types.chat import (
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
    ChatCompletionSystemMessageParam,
)

from ...home import Tool
from .. import Exchange, Turn

_USER: Final = "user"
_AGENT: Final = "assistant"

_INTERRUPTED: Final = "[interrupted]"

_INSTRUCTIONS: Final = (
    "You are a friendly voice assistant in a home. The user speaks with you, and your answers are "
    "spoken by a voice. Answer in one to three short sentences, as people talk. Write plain text: "
    "no Markdown, lists, tables, code, emoji or web addresses. The words of the user come from "
    "speech recognition and may contain mistakes. An earlier answer of yours that stops in the "
    f"middle or ends with {_INTERRUPTED} was interrupted by the user, who has not heard the rest. "
    f"Never write {_INTERRUPTED} yourself."
)
_UNPROMPTED: Final = "[no words]"
"""Stands for the user where the agent spoke first."""

_TOOLS: Final = (
    "Control devices and look up their states only with the tools. Say that something is done "
    "only after a tool has done it."
)


def system_message(
    prompt: str, language: str, *, home_prompt: str = "", has_tools: bool = False
) -> ChatCompletionSystemMessageParam:
    """Return the instructions. The time is at the end, so that servers can cache the rest."""
    parts = [
        _INSTRUCTIONS,
        prompt,
        f"Answer in the language with the code {language}.",
    ]
    if has_tools:
        parts += [_TOOLS, home_prompt]
    now = datetime.now().astimezone()
    parts.append(f"It is {now:%A, %Y-%m-%d, %H:%M} ({now:%Z}).")
    return {"role": "system", "content": "\n\n".join(part for part in parts if part)}


def conversation(turn: Turn) -> Iterator[ChatCompletionMessageParam]:
    """Yield the earlier turns as they were heard, and the words of this one.

    The user begins, and the roles alternate: many models accept nothing else.
    """
    lines = [*chain.from_iterable(map(_lines, turn.history)), (_USER, turn.text)]
    if lines[0][0] != _USER:
        lines.insert(0, (_USER, _UNPROMPTED))
    for role, group in groupby(lines, key=itemgetter(0)):
        content = "\n".join(text for _, text in group)
        if role == _USER:
            yield {"role": "user", "content": content}
        else:
            yield {"role": "assistant", "content": content}


def _lines(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Yield the roles and the words of an exchange."""
    if exchange.user:
        yield _USER, exchange.user
    mark = "" if exchange.rest is None else _INTERRUPTED
    if content := f"{exchange.agent} {mark}".strip():
        yield _AGENT, content


def describe(tools: Sequence[Tool]) -> list[ChatCompletionFunctionToolParam]:
    """Return the home's tools in the form that OpenAI's API expects."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
            },
        }
        for tool in tools
    ]
