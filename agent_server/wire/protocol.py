r"""The messages of the Agent WebSocket protocol, as its server sees them.

    >>> parse_audio_in('{"type":"audioIn","data":"//8="}')
    b'\xff\xff'
    >>> encode(audio_stream(b"\xff\xff"))
    '{"type":"audioStream","data":"//8="}'

Written from the protocol's document. Messages and fields that only its later edition has
are marked as such and are never sent to clients of the document's own edition.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from ..formats import OutputFormat


class ErrorCode(IntEnum):
    """Codes of `error` messages; those of WebSocket close frames are another name space."""

    INVALID_TOKEN = 1001
    """The key is missing or malformed."""

    INVALID_AGENT = 1002
    NO_SETUP = 2001
    WRONG_KEY = 2002
    KEY_OF_ANOTHER_AGENT = 2003
    EARS_FAILED = 3001
    VOICE_FAILED = 3002
    BRAIN_FAILED = 3003
    TURN_FAILED = 3004
    BAD_MESSAGE = 4400
    """Later edition: a parameter or message that is wrong; the text says which."""

    TOO_MANY_CONNECTIONS = 4429
    UNKNOWN = 5001


TEXTS: Final = {
    ErrorCode.INVALID_TOKEN: "Invalid authorization token.",
    ErrorCode.INVALID_AGENT: "Invalid agent id.",
    ErrorCode.NO_SETUP: (
        "No setup message received. Send a setup message first with your API key."
    ),
    ErrorCode.WRONG_KEY: "Invalid authorization token.",
    ErrorCode.KEY_OF_ANOTHER_AGENT: "Invalid authorization credentials for specified agent.",
    ErrorCode.EARS_FAILED: "Internal failure in audio to text processing.",
    ErrorCode.VOICE_FAILED: "Error generating audio answer.",
    ErrorCode.BRAIN_FAILED: "Error generating answer.",
    ErrorCode.TURN_FAILED: "Error processing response.",
    ErrorCode.BAD_MESSAGE: "Bad message.",
    ErrorCode.TOO_MANY_CONNECTIONS: (
        "You have reached the maximum number of concurrent connections allowed by your "
        "current plan. Please consider upgrading your plan or reducing the number of active "
        "connections to continue."
    ),
    ErrorCode.UNKNOWN: "Unknown error. Please contact support.",
}
"""The document's text of each code."""


class ProtocolError(Exception):
    """What a client sent is wrong: the code to answer with, and what to say beside its text.

    The detail names the field and never holds its value.
    """

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(detail or TEXTS[code])
        self.code = code
        self.detail = detail


LOWEST_RATE: Final = 8_000
HIGHEST_RATE: Final = 48_000
DEFAULT_RATE: Final = 24_000
"""Rates of replies, in Hz."""

_LONGEST_KEY: Final = 512
_NO_SPACE: Final = dict.fromkeys(map(ord, " \t\n\f\r"))


@dataclass(frozen=True, slots=True)
class Setup:
    """How a client wants the conversation to be; the defaults are the document's."""

    api_key: str = field(repr=False)
    enable_vad: bool = False
    output_format: OutputFormat = OutputFormat.MULAW
    output_sample_rate: int = DEFAULT_RATE
    """In Hz, between `LOWEST_RATE` and `HIGHEST_RATE`."""


def parse_key(text: str) -> tuple[str, dict[str, Any]]:
    """Read the key of a setup message and return it with all fields, which are still raw.

    The other fields are parsed later, so that a client without a key learns nothing else.
    """
    try:
        fields = _fields(text)
    except ProtocolError as error:
        raise ProtocolError(ErrorCode.NO_SETUP, error.detail) from None
    if fields.get("type") != "setup":
        raise ProtocolError(ErrorCode.NO_SETUP)
    key = fields.get("apiKey")
    if not isinstance(key, str):
        raise ProtocolError(ErrorCode.INVALID_TOKEN, "apiKey is missing or not a string.")
    key = key.lstrip().removeprefix("Bearer ").strip()
    if not is_key(key):
        raise ProtocolError(ErrorCode.INVALID_TOKEN, "apiKey is malformed.")
    return key, fields


def is_key(text: str) -> bool:
    """Return whether a text has the form of a key."""
    return (
        0 < len(text) <= _LONGEST_KEY
        and text.isascii()
        and text.isprintable()
        and (" " not in text)
    )


def parse_setup(key: str, fields: dict[str, Any]) -> Setup:
    """Read the optional fields of a setup message; null is the default."""
    fields = {name: value for name, value in fields.items() if value is not None}
    vad = fields.get("enableVad", False)
    if not isinstance(vad, bool):
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "enableVad must be true or false.")
    try:
        output_format = OutputFormat(fields.get("outputFormat", OutputFormat.MULAW))
    except ValueError:
        names = ", ".join(OutputFormat)
        raise ProtocolError(
            ErrorCode.BAD_MESSAGE, f"outputFormat must be one of {names}."
        ) from None
    rate = fields.get("outputSampleRate", DEFAULT_RATE)
    # JSON has one kind of number: 24000.0 is 24000. A boolean is none, though Python says so.
    if isinstance(rate, float) and rate.is_integer():
        rate = int(rate)
    if type(rate) is not int or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise ProtocolError(
            ErrorCode.BAD_MESSAGE,
            f"outputSampleRate must be a whole number from {LOWEST_RATE} to {HIGHEST_RATE}.",
        )
    return Setup(key, vad, output_format, rate)


def parse_audio_in(text: str) -> bytes:
    """Read an `audioIn` message, the only one after setup: µ-law, mono, 16 kHz."""
    fields = _fields(text)
    match fields.get("type"):
        case "audioIn":
            data = fields.get("data")
        case "setup":
            raise ProtocolError(ErrorCode.BAD_MESSAGE, "type: setup was received already.")
        case _:
            raise ProtocolError(ErrorCode.BAD_MESSAGE, "type must be audioIn after setup.")
    if not isinstance(data, str):
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "data is missing or not a string.")
    try:
        return _decode_base64(data)
    except ValueError:
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "data is not base64.") from None


def _decode_base64(data: str) -> bytes:
    """Decode as browsers do: white space and missing padding are fine. Raises `ValueError`."""
    try:
        return b64decode(data, validate=True)
    except ValueError:
        data = data.translate(_NO_SPACE)
        return b64decode(data if "=" in data else data + "=" * (-len(data) % 4), validate=True)


def _fields(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError, RecursionError:
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "The message is not JSON.") from None
    if not isinstance(fields, dict):
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "The message is not a JSON object.")
    return fields


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """A message to a client."""

    type: str
    fields: dict[str, Any] = field(default_factory=dict)
    is_later: bool = False
    """Whether only the later edition has it."""


def encode(message: ServerMessage) -> str:
    """Return the JSON text of a message."""
    return json.dumps({"type": message.type, **message.fields}, separators=(",", ":"))


NEW_AUDIO_STREAM: Final = ServerMessage("newAudioStream")
VOICE_ACTIVITY_START: Final = ServerMessage("voiceActivityStart")
VOICE_ACTIVITY_END: Final = ServerMessage("voiceActivityEnd")
AUDIO_STREAM_END: Final = ServerMessage("audioStreamEnd", is_later=True)
GREETING_END: Final = ServerMessage("onAgentGreetingEnd", is_later=True)


def audio_stream(data: bytes) -> ServerMessage:
    """Audio of a reply in the format of the setup."""
    return ServerMessage("audioStream", {"data": b64encode(data).decode()})


def error(code: ErrorCode, detail: str, *, is_fatal: bool, document_only: bool) -> ServerMessage:
    """Something failed; after a fatal error the connection is closed.

    The document has neither a code for an invalid message nor a field for fatal errors. Its own
    edition gets 5001 for such a message: 2001 would deny the setup that was received.
    """
    if document_only and code is ErrorCode.BAD_MESSAGE:
        code = ErrorCode.UNKNOWN
    text = f"{TEXTS[code]} {detail}".strip()
    fields = {"code": code.value, "message": text}
    return ServerMessage("error", fields if document_only else {**fields, "isFatal": is_fatal})


def init(conversation_id: str) -> ServerMessage:
    """The setup was accepted."""
    return ServerMessage("init", {"conversationId": conversation_id}, is_later=True)


def user_transcript(words: str) -> ServerMessage:
    """What the user said."""
    return ServerMessage("onUserTranscript", {"message": words}, is_later=True)


def agent_transcript(words: str) -> ServerMessage:
    """A sentence that the agent says now."""
    return ServerMessage("onAgentTranscript", {"message": words}, is_later=True)


def agent_greeting(words: str) -> ServerMessage:
    """What follows is the greeting and answers nothing."""
    return ServerMessage("onAgentGreeting", {"message": words}, is_later=True)


def agent_interrupted(heard: str) -> ServerMessage:
    """The reply was cut off after these words."""
    return ServerMessage("onAgentInterrupted", {"updatedMessage": heard}, is_later=True)


def hangup(ended_by: str) -> ServerMessage:
    """The conversation is over; ended by user, agent, error or system."""
    return ServerMessage("hangup", {"endedBy": ended_by}, is_later=True)
