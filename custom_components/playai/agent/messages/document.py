"""The messages of the protocol's document."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self, override

from ..words import clean_text
from .base import Fields, MalformedAudioError, MalformedMessageError, Message
from .fields import typed

__all__ = [
    "SETUP_SAMPLE_RATE",
    "AudioIn",
    "AudioMessage",
    "AudioStream",
    "ErrorMessage",
    "NewAudioStream",
    "OutputFormat",
    "Setup",
    "VoiceActivityEnd",
    "VoiceActivityStart",
]

SETUP_SAMPLE_RATE: Final = 24_000
"""The default of `outputSampleRate` in the protocol's document, in Hz."""

_NO_WHITE_SPACE: Final = dict.fromkeys(map(ord, "\t\n\f\r "))
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


class OutputFormat(StrEnum):
    """How the agent encodes its reply."""

    RAW = "raw"
    MP3 = "mp3"
    WAV = "wav"
    OGG = "ogg"
    FLAC = "flac"
    MULAW = "mulaw"


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
            typed(fields, "apiKey", str),
            typed(fields, "enableVad", bool, default=False),
            output_format,
            typed(fields, "outputSampleRate", int, default=SETUP_SAMPLE_RATE),
        )


@dataclass(frozen=True, slots=True)
class AudioMessage(Message):
    """A message that carries audio, base64 on the wire."""

    data: bytes

    @override
    def to_fields(self) -> Fields:
        return {"data": b64encode(self.data).decode()}

    @override
    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        try:
            return cls(decode_base64(typed(fields, "data", str)))
        except ValueError:
            raise MalformedAudioError("data is not base64") from None


@dataclass(frozen=True, slots=True)
class AudioIn(AudioMessage):
    """Client: the user's voice, µ-law, mono, 16 kHz, of any length."""

    TYPE = "audioIn"


@dataclass(frozen=True, slots=True)
class AudioStream(AudioMessage):
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


def decode_base64(text: str) -> bytes:
    """Decode like a browser's `atob`: white space and missing padding are allowed.

    Raises `ValueError`.
    """
    try:
        return b64decode(text, validate=True)
    except Base64Error:
        digits = text.translate(_NO_WHITE_SPACE)
        if len(digits) % 4 == 0:
            digits = digits.removesuffix("=").removesuffix("=")
        return b64decode(digits + "=" * (-len(digits) % 4), validate=True)
