"""The codes of `error` messages, and their texts."""

from enum import IntEnum
from typing import Final


class ErrorCode(IntEnum):
    """Codes of `error` messages; those of WebSocket close frames are separate."""

    INVALID_TOKEN = 1001
    """The key is missing or malformed."""

    INVALID_AGENT = 1002
    NO_SETUP = 2001
    WRONG_KEY = 2002
    KEY_OF_ANOTHER_AGENT = 2003
    SPEECH_TO_TEXT_FAILED = 3001
    TEXT_TO_SPEECH_FAILED = 3002
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
    ErrorCode.SPEECH_TO_TEXT_FAILED: "Internal failure in audio to text processing.",
    ErrorCode.TEXT_TO_SPEECH_FAILED: "Error generating audio answer.",
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
    """A client's message is wrong. `code` is that of the answer, `detail` extends its text.

    The detail names the field and never holds its value.
    """

    def __init__(self, code: ErrorCode, detail: str = "", *, is_fatal: bool = False) -> None:
        """`is_fatal`: whether it ends a conversation at once."""
        super().__init__(detail or TEXTS[code])
        self.code = code
        self.detail = detail
        self.is_fatal = is_fatal
