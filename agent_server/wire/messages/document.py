r"""The messages of the protocol's published document.

    >>> parse_audio_in('{"type":"audioIn","data":"//8="}')
    b'\xff\xff'
    >>> encode(audio_stream(b"\xff\xff"))
    '{"type":"audioStream","data":"//8="}'

Written from the document alone.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Any, Final

from ...formats import OutputFormat
from . import ServerMessage, is_slow_to_parse, read_fields
from .errors import TEXTS, ErrorCode, ProtocolError

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

    The other fields are parsed later, so that a client without a key learns nothing else. Raises
    `ProtocolError`.
    """
    try:
        fields = read_fields(text)
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
    """Return the setup; null fields have the default. Raises `ProtocolError`."""
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
    # JSON has one kind of number: 24000.0 is 24000. Only in Python is a boolean a number.
    if isinstance(rate, float) and rate.is_integer():
        rate = int(rate)
    if type(rate) is not int or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise ProtocolError(
            ErrorCode.BAD_MESSAGE,
            f"outputSampleRate must be a whole number from {LOWEST_RATE} to {HIGHEST_RATE}.",
        )
    return Setup(key, vad, output_format, rate)


def parse_audio_in(text: str) -> bytes:
    """Return the audio of an `audioIn` message, the only one after setup: µ-law, mono, 16 kHz.

    Raises `ProtocolError`.
    """
    if is_slow_to_parse(text):
        raise ProtocolError(
            ErrorCode.BAD_MESSAGE, "The message is large, and its JSON is not just audio."
        )
    fields = read_fields(text)
    if fields.get("type") not in ("audioIn", "setup"):
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "type must be audioIn after setup.")
    return audio_of(fields)


def audio_of(fields: dict[str, Any]) -> bytes:
    """Return the audio in the fields of a message; raises `ProtocolError`, also for `setup`."""
    if fields["type"] == "setup":
        raise ProtocolError(ErrorCode.BAD_MESSAGE, "type: setup was received already.")
    data = fields.get("data")
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


NEW_AUDIO_STREAM: Final = ServerMessage("newAudioStream")
VOICE_ACTIVITY_START: Final = ServerMessage("voiceActivityStart")
VOICE_ACTIVITY_END: Final = ServerMessage("voiceActivityEnd")


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
