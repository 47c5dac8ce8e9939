"""What can go wrong in a conversation with an agent, and what each code means."""

from enum import StrEnum
from typing import Final


class ErrorKind(StrEnum):
    """Every way to fail that a user can be told about.

    A kind is stable and has a translation; the code and the message of a server are
    details of one occurrence and stand in `AgentError`.
    """

    INVALID_KEY = "invalid_key"
    KEY_NOT_ALLOWED = "key_not_allowed"
    UNKNOWN_AGENT = "unknown_agent"
    NO_CREDITS = "no_credits"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    AGENT_FAILED = "agent_failed"
    PROTOCOL = "protocol"
    SERVER_FAULT = "server_fault"
    CANNOT_CONNECT = "cannot_connect"
    TLS = "tls"
    NOT_ENCRYPTED = "not_encrypted"
    NOT_THIS_SERVER = "not_this_server"
    CONNECTION_LOST = "connection_lost"
    AGENT_HUNG_UP = "agent_hung_up"
    NO_REPLY = "no_reply"
    EMPTY_REPLY = "empty_reply"
    BAD_AUDIO = "bad_audio"
    BAD_MESSAGE = "bad_message"
    REPLACED = "replaced"


MESSAGE_CODES: Final[dict[int, ErrorKind]] = {
    # The document's own table.
    1001: ErrorKind.INVALID_KEY,
    1002: ErrorKind.UNKNOWN_AGENT,
    1005: ErrorKind.NO_CREDITS,
    2001: ErrorKind.PROTOCOL,
    2002: ErrorKind.INVALID_KEY,
    2003: ErrorKind.KEY_NOT_ALLOWED,
    3001: ErrorKind.AGENT_FAILED,
    3002: ErrorKind.AGENT_FAILED,
    3003: ErrorKind.AGENT_FAILED,
    3004: ErrorKind.AGENT_FAILED,
    4429: ErrorKind.TOO_MANY_CONNECTIONS,
    5001: ErrorKind.SERVER_FAULT,
    # Later editions.
    1003: ErrorKind.INVALID_KEY,
    4400: ErrorKind.PROTOCOL,
    4401: ErrorKind.INVALID_KEY,
    4500: ErrorKind.SERVER_FAULT,
}
"""Codes of `error` messages. WebSocket close codes are another name space."""

_FATAL_KINDS: Final = frozenset(
    {
        ErrorKind.INVALID_KEY,
        ErrorKind.KEY_NOT_ALLOWED,
        ErrorKind.UNKNOWN_AGENT,
        ErrorKind.NO_CREDITS,
        ErrorKind.TOO_MANY_CONNECTIONS,
    }
)

KEY_ERRORS: Final = frozenset({ErrorKind.INVALID_KEY, ErrorKind.KEY_NOT_ALLOWED})
"""What only another key can mend: trying again is of no use."""

MAX_MESSAGE: Final = 200
"""Characters of a server's own text that are kept."""


class AgentError(Exception):
    """A failure of a connection, a turn or a reply.

    `kind` tells what happened; `code` is the code of the server's error message, or
    None for failures found on this side; `message` is for the log, in English, and
    never holds the API key. `was_reported` is set by the session that told it.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str = "",
        *,
        code: int | None = None,
        is_fatal: bool | None = None,
    ) -> None:
        """Make an error; `is_fatal` is the server's own word on it, when it gave one."""
        super().__init__(message or kind.value)
        self.kind = kind
        self.code = code
        self.message = message
        self.is_fatal = kind in _FATAL_KINDS if is_fatal is None else is_fatal
        self.was_reported = False

    @classmethod
    def from_code(cls, code: int | None, message: str, is_fatal: bool | None = None) -> AgentError:
        """Return the error of a server's `error` message, its text cut to `MAX_MESSAGE`."""
        kind = MESSAGE_CODES.get(code or 0, ErrorKind.SERVER_FAULT)
        return cls(kind, message[:MAX_MESSAGE], code=code, is_fatal=is_fatal)

    def without_traceback(self) -> AgentError:
        """Return the same error to be kept: frames would keep a conversation, and a voice."""
        return AgentError(self.kind, self.message, code=self.code, is_fatal=self.is_fatal)
