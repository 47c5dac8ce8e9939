r"""Every message of the Agent WebSocket protocol as a frozen value.

    >>> encode(AudioIn(b"\xff\xff"))
    '{"type":"audioIn","data":"//8="}'
    >>> parse('{"type":"error","code":1002,"message":"Invalid agent id."}')
    ErrorMessage(code=1002, message='Invalid agent id.', is_fatal=None)

`document.py` has the messages of the protocol's document, `later.py` those of later editions,
`home.py` and `agent.py` those of the home link.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any, Final, cast

import orjson

from ..home import AgentFeatures
from ..words import clean_text
from .agent import AgentMessage, Ask, Cancel, PartialTranscript, ToolCall
from .base import (
    Fields,
    MalformedAudioError,
    MalformedMessageError,
    Message,
    UndecodableAudio,
    Unknown,
)
from .document import (
    SETUP_SAMPLE_RATE,
    AudioIn,
    AudioMessage,
    AudioStream,
    ErrorMessage,
    NewAudioStream,
    OutputFormat,
    Setup,
    VoiceActivityEnd,
    VoiceActivityStart,
)
from .home import (
    SUBPROTOCOL,
    AnswerDelta,
    AnswerEndMessage,
    Handled,
    Hold,
    HomeLinkMessage,
    HomeMessage,
    Played,
    Say,
    ToolResultMessage,
    UserText,
)
from .later import (
    AgentGreeting,
    AgentGreetingEnd,
    AgentInterrupted,
    AgentTranscript,
    AudioStreamEnd,
    AudioStreamStart,
    Hangup,
    Init,
    UserTranscript,
)

__all__ = [
    "SETUP_SAMPLE_RATE",
    "SUBPROTOCOL",
    "AgentGreeting",
    "AgentGreetingEnd",
    "AgentInterrupted",
    "AgentMessage",
    "AgentTranscript",
    "AnswerDelta",
    "AnswerEndMessage",
    "Ask",
    "AudioIn",
    "AudioStream",
    "AudioStreamEnd",
    "AudioStreamStart",
    "Cancel",
    "ErrorMessage",
    "Fields",
    "Handled",
    "Hangup",
    "Hold",
    "HomeLinkMessage",
    "HomeMessage",
    "Init",
    "MalformedAudioError",
    "MalformedMessageError",
    "Message",
    "NewAudioStream",
    "OutputFormat",
    "PartialTranscript",
    "Played",
    "Say",
    "Setup",
    "ToolCall",
    "ToolResultMessage",
    "UndecodableAudio",
    "Unknown",
    "UserText",
    "UserTranscript",
    "VoiceActivityEnd",
    "VoiceActivityStart",
    "describe",
    "encode",
    "parse",
    "with_texts",
]

_LARGE: Final = 64 * 1024
_MOST_STRUCTURE: Final = 64
"""Brackets and commas of a large message."""

_MAX_LOGGED: Final = 500

_BY_TYPE: Final[dict[str, type[Message]]] = {
    message.TYPE: message
    for message in (
        Setup,
        AudioIn,
        AudioStream,
        NewAudioStream,
        VoiceActivityStart,
        VoiceActivityEnd,
        ErrorMessage,
        Init,
        UserTranscript,
        AgentTranscript,
        AudioStreamStart,
        AudioStreamEnd,
        AgentInterrupted,
        AgentGreeting,
        AgentGreetingEnd,
        Hangup,
        HomeMessage,
        AnswerDelta,
        AnswerEndMessage,
        ToolResultMessage,
        Say,
        UserText,
        Handled,
        Hold,
        Played,
        AgentMessage,
        Ask,
        ToolCall,
        Cancel,
        PartialTranscript,
    )
}


def encode(message: Message) -> str:
    """Return the JSON text of a message."""
    if isinstance(message, AudioMessage):
        # Sent 25 times a second per session: base64 needs no JSON escapes.
        return f'{{"type":"{message.TYPE}","data":"{b64encode(message.data).decode()}"}}'
    return orjson.dumps({"type": message.TYPE, **message.to_fields()}).decode()


def parse(text: str | bytes, *, is_limited: bool = True) -> Message:
    """Read the JSON text of a message.

    Returns `Unknown` for an unknown type, ignores unknown fields, and cleans all texts (see
    `clean_text`). Raises `MalformedMessageError` for anything else, and for a large message with
    much structure if `is_limited`. Nesting is bounded by the JSON parser.
    """
    if is_limited and len(text) > _LARGE and _is_complex(text):
        raise MalformedMessageError("a large message that is not just audio")
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise MalformedMessageError("not JSON") from None
    if not isinstance(fields, dict):
        raise MalformedMessageError("not a JSON object")
    name = fields.get("type")
    if not isinstance(name, str):
        raise MalformedMessageError("no type")
    message = _BY_TYPE.get(name)
    return Unknown(clean_text(name)) if message is None else message.from_fields(fields)


def _is_complex(text: str | bytes) -> bool:
    """Whether a large text has more JSON structure than a message with audio.

    Base64 contains none of these characters. The parser would need a third of a second for
    four megabytes of nested objects.
    """
    data = text.encode() if isinstance(text, str) else text
    return sum(map(data.count, (b"{", b"[", b","))) > _MOST_STRUCTURE


def describe(message: Message) -> str:
    """Return a message for the log: one short line, without the key, with audio as its length."""
    if isinstance(message, AudioMessage):
        return f"{type(message).__name__}({len(message.data)} bytes)"
    return repr(message)[:_MAX_LOGGED]


def with_texts(message: Message, change: Callable[[str], str]) -> Message:
    """Return a message of a server with all its texts changed."""
    return _changed(message, change)


def _changed[T](value: T, change: Callable[[str], str]) -> T:
    """Change all texts in a value. Parsing has bounded its depth."""
    result: Any
    match value:
        case str() if type(value) is str:
            result = change(value)
        case list() | tuple() | frozenset():
            result = type(value)(_changed(item, change) for item in value)
        case dict():
            result = {change(key): _changed(item, change) for key, item in value.items()}
        case Message() | AgentFeatures():
            values = {each.name: getattr(value, each.name) for each in fields_of(value)}
            result = replace(value, **{name: _changed(v, change) for name, v in values.items()})
        case _:
            return value
    return cast("T", result)
