"""The messages of the home link, which is specified in docs/home-link.md."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, cast

from ...home import (
    AnswerDelta,
    AnswerEnd,
    FromHome,
    Handled,
    Hold,
    HomeOffer,
    Patience,
    Played,
    Say,
    Tool,
    ToolResult,
    ToolReturned,
    UserText,
)
from . import Edition, ServerMessage, read_fields
from .document import audio_of
from .errors import ErrorCode, ProtocolError

SUBPROTOCOL: Final = "ha-playai.home.v1"

MAX_TOOLS: Final = 64
MAX_PHRASES: Final = 2_000
MAX_OFFER_BYTES: Final = 64 * 1024
"""The size of `tools` and `prompt` together, and of `phrases`, as compact JSON in UTF-8."""

MAX_TEXT_BYTES: Final = 32 * 1024
_MAX_NAME_BYTES: Final = 256
_MAX_NUMBER: Final = 2**31
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}")
_PATIENCES: Final = ("quick", "normal", "patient")


def parse(text: str) -> bytes | FromHome | None:
    """Return a message after setup: audio, a message of the home, None for an unknown type.

    Raises `ProtocolError`.
    """
    fields = read_fields(text)
    kind = fields.get("type")
    if not isinstance(kind, str):
        _refuse("type", "must be a text")
    if kind in ("audioIn", "setup"):
        return audio_of(fields)
    reader = _READERS.get(kind)
    return None if reader is None else reader(fields)


def _home(fields: dict[str, Any]) -> HomeOffer:
    tools = tuple(_tool(tool) for tool in _list(fields, "tools", MAX_TOOLS))
    prompt = _text(fields, "prompt", default="", limit=MAX_OFFER_BYTES)
    if _size([fields.get("tools"), prompt]) > MAX_OFFER_BYTES:
        _refuse("tools", f"and prompt must be at most {MAX_OFFER_BYTES} bytes together")
    if len({tool.name for tool in tools}) < len(tools):
        _refuse("tools", "must have different names")
    phrases = _list(fields, "phrases", MAX_PHRASES)
    if not all(isinstance(phrase, str) for phrase in phrases):
        _refuse("phrases", "must be texts")
    if _size(phrases) > MAX_OFFER_BYTES:
        _refuse("phrases", f"must be at most {MAX_OFFER_BYTES} bytes")
    patience = None if fields.get("patience") is None else _text(fields, "patience")
    if patience is not None and patience not in _PATIENCES:
        _refuse("patience", f"must be one of {', '.join(_PATIENCES)}")
    return HomeOffer(
        _language(_text(fields, "language")),
        _flag(fields, "answers"),
        tools,
        prompt,
        tuple(phrases),
        cast(Patience | None, patience),
        _flag(fields, "hearsAgent", default=False),
        _flag(fields, "partialTranscripts", default=False),
    )


def _tool(tool: Any) -> Tool:
    if not isinstance(tool, dict):
        _refuse("tools", "must be objects")
    name = _text(tool, "name", limit=_MAX_NAME_BYTES)
    if not name.strip():
        _refuse("tools", "must have names")
    parameters = tool.get("parameters")
    if not isinstance(parameters, dict | None):
        _refuse("parameters", "must be an object")
    return Tool(
        name, _text(tool, "description", default="", limit=MAX_OFFER_BYTES), parameters or {}
    )


def _answer_delta(fields: dict[str, Any]) -> AnswerDelta:
    return AnswerDelta(_id(fields), _text(fields, "text"))


def _answer_end(fields: dict[str, Any]) -> AnswerEnd:
    _flag(fields, "continueConversation", default=False)  # The client acts on it, not the agent.
    return AnswerEnd(
        _id(fields),
        _text(fields, "text", default="") or None,
        _text(fields, "error", default="", limit=_MAX_NAME_BYTES) or None,
    )


def _tool_result(fields: dict[str, Any]) -> ToolReturned:
    return ToolReturned(
        _id(fields), ToolResult(fields.get("data"), _flag(fields, "isError", default=False))
    )


def _say(fields: dict[str, Any]) -> Say:
    language = _text(fields, "language", default="")
    return Say(
        _text(fields, "text"),
        _language(language) if language else None,
        _flag(fields, "isFinal", default=True),
    )


def _user_text(fields: dict[str, Any]) -> UserText:
    text = _text(fields, "text").strip()
    if not text:
        _refuse("text", "must not be empty")
    return UserText(text)


def _played(fields: dict[str, Any]) -> Played:
    return Played(
        _number(fields, "stream", lowest=1),
        _number(fields, "ms") / 1000,
        _flag(fields, "isStopped", default=False),
    )


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], FromHome]]] = {
    "home": _home,
    "answerDelta": _answer_delta,
    "answerEnd": _answer_end,
    "toolResult": _tool_result,
    "say": _say,
    "userText": _user_text,
    "handled": lambda _: Handled(),
    "played": _played,
    "hold": lambda fields: Hold(_flag(fields, "on")),
}


def _id(fields: dict[str, Any]) -> str:
    return _text(fields, "id", limit=_MAX_NAME_BYTES)


def _text(
    fields: dict[str, Any], name: str, *, default: str | None = None, limit: int = MAX_TEXT_BYTES
) -> str:
    value = fields.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        _refuse(name, "must be a text")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        _refuse(name, "must be Unicode without surrogates")
    if size > limit:
        _refuse(name, f"must be at most {limit} bytes")
    return value


def _flag(fields: dict[str, Any], name: str, *, default: bool | None = None) -> bool:
    value = fields.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, bool):
        _refuse(name, "must be true or false")
    return value


def _number(fields: dict[str, Any], name: str, *, lowest: int = 0) -> int:
    value = fields.get(name)
    # JSON has one kind of number: 240.0 is 240. Only in Python is a boolean a number.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not lowest <= value <= _MAX_NUMBER:
        _refuse(name, f"must be a whole number from {lowest} to {_MAX_NUMBER}")
    return value


def _list(fields: dict[str, Any], name: str, longest: int) -> Sequence[Any]:
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > longest:
        _refuse(name, f"must be a list of at most {longest}")
    return value


def _language(tag: str) -> str:
    if not _LANGUAGE.fullmatch(tag):
        _refuse("language", "must be a language tag")
    return tag


def _size(value: Any) -> int:
    try:
        return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    except UnicodeEncodeError, RecursionError:
        _refuse("tools and phrases", "must be Unicode, and not nested deeply")


def _refuse(name: str, reason: str) -> NoReturn:
    raise ProtocolError(ErrorCode.BAD_MESSAGE, f"{name} {reason}.")


def agent(
    name: str, languages: Sequence[str], features: Sequence[str], health: str
) -> ServerMessage:
    """The agent's languages and features; `health` is the path of the health check."""
    return _home_message(
        "agent", name=name, languages=[*languages], features=[*features], health=health
    )


def partial_transcript(text: str) -> ServerMessage:
    """The words of the user's turn so far, which may still change."""
    return _home_message("partialTranscript", text=text)


def no_words() -> ServerMessage:
    """The user's turn was a noise, or had no other words that need an answer."""
    return _home_message("onUserTranscript", message="")


def ask(call_id: str, text: str) -> ServerMessage:
    """The turn is over, and the home is to answer it."""
    return _home_message("ask", id=call_id, text=text)


def tool_call(call_id: str, name: str, arguments: Mapping[str, Any]) -> ServerMessage:
    """The home is to run a tool."""
    return _home_message("toolCall", id=call_id, name=name, arguments=dict(arguments))


def cancel(call_id: str) -> ServerMessage:
    """The answer or the result is no longer needed."""
    return _home_message("cancel", id=call_id)


def _home_message(kind: str, **fields: Any) -> ServerMessage:
    return ServerMessage(kind, fields, Edition.HOME)
