r"""Every message of the Agent WebSocket protocol as a frozen value.

    >>> encode(AudioIn(b"\xff\xff"))
    '{"type":"audioIn","data":"//8="}'
    >>> parse('{"type":"error","code":1002,"message":"Invalid agent id."}')
    ErrorMessage(code=1002, message='Invalid agent id.', is_fatal=None)

The protocol's document defines the messages up to `ErrorMessage`. Those below it belong to later
editions: they are used if a server sends them, and never required.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from enum import StrEnum
from typing import Any, ClassVar, Final, Self, override

import orjson

from .words import clean_text

__all__ = [
    "SETUP_SAMPLE_RATE",
    "AgentGreeting",
    "AgentGreetingEnd",
    "AgentInterrupted",
    "AgentTranscript",
    "AudioIn",
    "AudioStream",
    "AudioStreamEnd",
    "AudioStreamStart",
    "ErrorMessage",
    "Fields",
    "Hangup",
    "Init",
    "MalformedAudioError",
    "MalformedMessageError",
    "Message",
    "NewAudioStream",
    "OutputFormat",
    "Setup",
    "UndecodableAudio",
    "Unknown",
    "UserTranscript",
    "VoiceActivityEnd",
    "VoiceActivityStart",
    "describe",
    "encode",
    "parse",
    "with_texts",
]

SETUP_SAMPLE_RATE: Final = 24_000
"""The default of `outputSampleRate` in the protocol's document, in Hz."""

_NO_WHITE_SPACE: Final = dict.fromkeys(map(ord, "\t\n\f\r "))
_LARGE: Final = 64 * 1024
_MOST_STRUCTURE: Final = 64
"""Brackets and commas of a large message."""

_MAX_LOGGED: Final = 500
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


class OutputFormat(StrEnum):
    """How the agent encodes its reply."""

    RAW = "raw"
    MP3 = "mp3"
    WAV = "wav"
    OGG = "ogg"
    FLAC = "flac"
    MULAW = "mulaw"


class MalformedMessageError(ValueError):
    """The text is not a valid message. The reason never quotes the text."""


class MalformedAudioError(MalformedMessageError):
    """The message carries audio, but its data is not base64."""


type Fields = dict[str, Any]
"""The JSON object of a message without its `type`."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message without fields; those with fields override both methods."""

    TYPE: ClassVar[str]

    def to_fields(self) -> Fields:
        """Return the JSON fields beside `type`."""
        return {}

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:  # noqa: ARG003 (for those that have fields)
        """Read the JSON fields; raises `MalformedMessageError` when one is wrong."""
        return cls()


@dataclass(frozen=True, slots=True)
class Setup(Message):
    """Client: the first message of a connection.

    All fields but the key are optional in the protocol; all are always sent.
    """

    TYPE = "setup"

    api_key: str = field(repr=False)
    enable_vad: bool = False
    output_format: OutputFormat = OutputFormat.MULAW
    output_sample_rate: int = SETUP_SAMPLE_RATE
    """In Hz."""

    @override
    def to_fields(self) -> Fields:
        return {
            "apiKey": self.api_key,
            "enableVad": self.enable_vad,
            "outputFormat": self.output_format.value,
            "outputSampleRate": self.output_sample_rate,
        }

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        try:
            output_format = OutputFormat(fields.get("outputFormat", OutputFormat.MULAW))
        except ValueError:
            raise MalformedMessageError("outputFormat is none of the six") from None
        return cls(
            _typed(fields, "apiKey", str),
            _typed(fields, "enableVad", bool, default=False),
            output_format,
            _typed(fields, "outputSampleRate", int, default=SETUP_SAMPLE_RATE),
        )


@dataclass(frozen=True, slots=True)
class _Audio(Message):
    """A message that carries audio, base64 on the wire."""

    data: bytes

    @override
    def to_fields(self) -> Fields:
        return {"data": b64encode(self.data).decode()}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        try:
            return cls(_decode_base64(_typed(fields, "data", str)))
        except ValueError:
            raise MalformedAudioError("data is not base64") from None


@dataclass(frozen=True, slots=True)
class AudioIn(_Audio):
    """Client: the user's voice, µ-law, mono, 16 kHz, of any length."""

    TYPE = "audioIn"


@dataclass(frozen=True, slots=True)
class AudioStream(_Audio):
    """Server: audio of the reply in the requested format, cut anywhere."""

    TYPE = "audioStream"


@dataclass(frozen=True, slots=True)
class NewAudioStream(Message):
    """Server: a new response starts; queued audio of an older one must be dropped."""

    TYPE = "newAudioStream"


@dataclass(frozen=True, slots=True)
class VoiceActivityStart(Message):
    """Server: the user began to speak; sent if `enable_vad` was set."""

    TYPE = "voiceActivityStart"


@dataclass(frozen=True, slots=True)
class VoiceActivityEnd(Message):
    """Server: the user stopped speaking; sent if `enable_vad` was set."""

    TYPE = "voiceActivityEnd"


@dataclass(frozen=True, slots=True)
class ErrorMessage(Message):
    """Server: something failed; `errors.MESSAGE_CODES` lists the codes.

    `code` is None if the server's code is not a number.
    """

    TYPE = "error"

    code: int | None
    message: str = ""
    is_fatal: bool | None = None
    """Later editions: whether the session is over."""

    @override
    def to_fields(self) -> Fields:
        fields: Fields = {"code": self.code, "message": self.message}
        if self.is_fatal is not None:
            fields["isFatal"] = self.is_fatal
        return fields

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        code, message, fatal = fields.get("code"), fields.get("message"), fields.get("isFatal")
        if isinstance(code, str) and _NUMBER.fullmatch(code):
            code = int(code)
        return cls(
            code if isinstance(code, int) and not isinstance(code, bool) else None,
            clean_text(message) if isinstance(message, str) else "",
            fatal if isinstance(fatal, bool) else None,
        )


@dataclass(frozen=True, slots=True)
class Init(Message):
    """Server, later editions: the setup was accepted."""

    TYPE = "init"

    conversation_id: str | None = None

    @override
    def to_fields(self) -> Fields:
        return {"conversationId": self.conversation_id}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(_optional_text(fields, "conversationId"))


@dataclass(frozen=True, slots=True)
class _Words(Message):
    """A message that carries words."""

    message: str

    @override
    def to_fields(self) -> Fields:
        return {"message": self.message}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(clean_text(_typed(fields, "message", str)))


@dataclass(frozen=True, slots=True)
class UserTranscript(_Words):
    """Server, later editions: what the user said."""

    TYPE = "onUserTranscript"


@dataclass(frozen=True, slots=True)
class AgentTranscript(_Words):
    """Server, later editions: what the agent says; before, during or after its audio."""

    TYPE = "onAgentTranscript"


@dataclass(frozen=True, slots=True)
class AudioStreamStart(Message):
    """Server, later editions: a reply's audio begins."""

    TYPE = "audioStreamStart"


@dataclass(frozen=True, slots=True)
class AudioStreamEnd(Message):
    """Server, later editions: a reply's audio is complete."""

    TYPE = "audioStreamEnd"


@dataclass(frozen=True, slots=True)
class AgentInterrupted(Message):
    """Server, later editions: the reply was cut off; `updated_message` is what was said."""

    TYPE = "onAgentInterrupted"

    updated_message: str | None = None

    @override
    def to_fields(self) -> Fields:
        return {"updatedMessage": self.updated_message}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(_optional_text(fields, "updatedMessage"))


@dataclass(frozen=True, slots=True)
class AgentGreeting(Message):
    """Server, later editions: the audio that follows is a greeting, not an answer."""

    TYPE = "onAgentGreeting"

    message: str | None = None

    @override
    def to_fields(self) -> Fields:
        return {"message": self.message}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(_optional_text(fields, "message"))


@dataclass(frozen=True, slots=True)
class AgentGreetingEnd(Message):
    """Server, later editions: the greeting has ended."""

    TYPE = "onAgentGreetingEnd"


@dataclass(frozen=True, slots=True)
class Hangup(Message):
    """Server, later editions: the conversation is over; ended by user, agent, error or system."""

    TYPE = "hangup"

    ended_by: str | None = None

    @override
    def to_fields(self) -> Fields:
        return {"endedBy": self.ended_by}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        return cls(_optional_text(fields, "endedBy"))


@dataclass(frozen=True, slots=True)
class UndecodableAudio(Message):
    """Server: an `audioStream` whose data is not base64."""


@dataclass(frozen=True, slots=True)
class Unknown(Message):
    """A message of an unknown type, which is ignored."""

    TYPE = ""

    type: str


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
    )
}


def encode(message: Message) -> str:
    """Return the JSON text of a message."""
    if isinstance(message, _Audio):
        # Sent 25 times a second and session: base64 needs no JSON escapes.
        return f'{{"type":"{message.TYPE}","data":"{b64encode(message.data).decode()}"}}'
    return orjson.dumps({"type": message.TYPE, **message.to_fields()}).decode()


def parse(text: str | bytes) -> Message:
    """Read the JSON text of a message.

    Returns `Unknown` for an unknown type, ignores unknown fields, and cleans all texts (see
    `clean_text`). Raises `MalformedMessageError` for anything else. Nesting is bounded
    by the JSON parser.
    """
    if len(text) > _LARGE and _is_complex(text):
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
    if isinstance(message, _Audio):
        return f"{type(message).__name__}({len(message.data)} bytes)"
    return repr(message)[:_MAX_LOGGED]


def with_texts(message: Message, change: Callable[[str], str]) -> Message:
    """Return a message of a server with all its texts changed."""
    values = {field.name: getattr(message, field.name) for field in fields_of(message)}
    texts = {name: change(value) for name, value in values.items() if isinstance(value, str)}
    return replace(message, **texts) if texts else message


def _decode_base64(text: str) -> bytes:
    """Decode what a browser's `atob` decodes: white space and missing padding are allowed.

    Raises `ValueError`.
    """
    try:
        return b64decode(text, validate=True)
    except Base64Error:
        digits = text.translate(_NO_WHITE_SPACE)
        if len(digits) % 4 == 0:
            digits = digits.removesuffix("=").removesuffix("=")
        return b64decode(digits + "=" * (-len(digits) % 4), validate=True)


def _typed[T](fields: Fields, name: str, kind: type[T], default: T | None = None) -> T:
    value = fields.get(name, default)
    # In Python a bool is an int; in JSON it is not.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise MalformedMessageError(f"{name} is not a {kind.__name__}")
    return value


def _optional_text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return clean_text(value) if isinstance(value, str) else None
