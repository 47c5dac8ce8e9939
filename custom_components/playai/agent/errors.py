"""The errors of a conversation with an agent, and how each kind is treated."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = [
    "MAX_MESSAGE",
    "MESSAGE_CODES",
    "POLICIES",
    "AgentError",
    "ErrorKind",
    "Policy",
    "Remedy",
]


class ErrorKind(StrEnum):
    """Every kind of failure that is shown to a user.

    A kind is stable and has a translation. The server's code and message are details of one
    occurrence, see `AgentError`.
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
    # From the table in the protocol's document.
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
"""Codes of `error` messages. The close codes of WebSocket are unrelated to them."""


class Remedy(StrEnum):
    """The action of a person that an error needs before it can go away."""

    NONE = "none"
    REAUTH = "reauth"
    """Enter another API key."""

    REPAIR = "repair"
    """Change something else: the agent id, the account, the number of conversations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How everyone treats one kind of error."""

    is_fatal: bool = False
    """Whether the server's `error` message ends the connection; its own `isFatal` takes
    precedence."""

    may_reopen: bool = True
    """Whether the turn may open a second connection: it need not fail for the same reason."""

    may_retry: bool = True
    """Whether background attempts to connect may succeed without a change of the settings."""

    means_gone: bool = False
    """Whether the agent may have moved to another address, or be gone."""

    remedy: Remedy = Remedy.NONE


_KEY_REFUSED: Final = Policy(is_fatal=True, may_reopen=False, may_retry=False, remedy=Remedy.REAUTH)
_REPEATS: Final = Policy(may_reopen=False)

POLICIES: Final[dict[ErrorKind, Policy]] = {
    ErrorKind.INVALID_KEY: _KEY_REFUSED,
    ErrorKind.KEY_NOT_ALLOWED: _KEY_REFUSED,
    ErrorKind.UNKNOWN_AGENT: Policy(
        is_fatal=True, may_reopen=False, means_gone=True, remedy=Remedy.REPAIR
    ),
    ErrorKind.NO_CREDITS: Policy(is_fatal=True, may_reopen=False, remedy=Remedy.REPAIR),
    # A second connection is opened only after room was made for it.
    ErrorKind.TOO_MANY_CONNECTIONS: Policy(is_fatal=True, may_reopen=False, remedy=Remedy.REPAIR),
    ErrorKind.AGENT_FAILED: Policy(),
    ErrorKind.PROTOCOL: _REPEATS,
    ErrorKind.SERVER_FAULT: Policy(),
    ErrorKind.CANNOT_CONNECT: Policy(means_gone=True),
    ErrorKind.TLS: _REPEATS,
    ErrorKind.NOT_ENCRYPTED: _REPEATS,
    ErrorKind.NOT_THIS_SERVER: Policy(may_reopen=False, means_gone=True),
    ErrorKind.CONNECTION_LOST: Policy(means_gone=True),
    ErrorKind.AGENT_HUNG_UP: Policy(),
    ErrorKind.NO_REPLY: Policy(),
    ErrorKind.EMPTY_REPLY: Policy(),
    ErrorKind.BAD_AUDIO: _REPEATS,
    ErrorKind.BAD_MESSAGE: _REPEATS,
    ErrorKind.REPLACED: Policy(),
}
"""The one place that says how each kind is treated; docs/errors.md shows the same table."""

MAX_MESSAGE: Final = 200
"""Characters of a server's message that are kept."""


class AgentError(Exception):
    """A failure of a connection, a turn or a reply.

    `code` is the code of the server's `error` message, None for failures detected by the client.
    `message` is for the log, in English, and never holds the API key. `was_reported` is set
    by the session that has emitted the error.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str = "",
        *,
        code: int | None = None,
        is_fatal: bool | None = None,
    ) -> None:
        """Create an error; `is_fatal` overrides the policy if the server has sent it."""
        super().__init__(message or kind.value)
        self.kind = kind
        self.code = code
        self.message = message
        self.is_fatal = self.policy.is_fatal if is_fatal is None else is_fatal
        self.was_reported = False

    @property
    def policy(self) -> Policy:
        """How errors of this kind are treated."""
        return POLICIES[self.kind]

    @classmethod
    def from_code(cls, code: int | None, message: str, is_fatal: bool | None = None) -> AgentError:
        """Return the error of a server's `error` message, its text cut to `MAX_MESSAGE`."""
        kind = MESSAGE_CODES.get(code or 0, ErrorKind.SERVER_FAULT)
        return cls(kind, message[:MAX_MESSAGE], code=code, is_fatal=is_fatal)

    def without_traceback(self) -> AgentError:
        """Return a copy to keep: a traceback would keep the conversation and its audio alive."""
        return AgentError(self.kind, self.message, code=self.code, is_fatal=self.is_fatal)
