"""One WebSocket to an agent: open, send, receive, close; every failure an `AgentError`."""

import asyncio
import logging
import socket
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final, Self
from urllib.parse import quote

import aiohttp
from aiohttp import WSMessage
from aiohttp.http_websocket import WSMessageTextBytes
from yarl import URL

from .errors import AgentError, ErrorKind
from .handshake import CLOSE_TIMEOUT, check_peer, error_name, open_socket
from .messages import (
    SUBPROTOCOL,
    AudioStream,
    HomeLinkMessage,
    MalformedAudioError,
    MalformedMessageError,
    Message,
    OutputFormat,
    Setup,
    UndecodableAudio,
    Unknown,
    describe,
    encode,
    parse,
    with_texts,
)
from .rate import MessageLimits
from .settings import AgentSettings

__all__ = [
    "CONNECT_TIMEOUT",
    "Connection",
    "agent_url",
]

_LOGGER = logging.getLogger(__name__)

CONNECT_TIMEOUT: Final = 10.0
"""Seconds for name look-up, TCP, TLS and the WebSocket handshake (rule 8)."""

SEND_TIMEOUT: Final = 10.0
"""Seconds that a server may stop reading before the connection counts as lost."""

_MESSAGES_IN_A_ROW: Final = 16
"""Messages after which other tasks run, however many more are buffered."""

_TOO_MANY_CONNECTIONS: Final = 4429
_NO_STATUS: Final = 0  # aiohttp's value for a close frame without a code.
_RESERVED_CLOSE_CODES: Final = (1004, 1005, 1006, 1015)
"""Codes that no close frame may carry (RFC 6455); aiohttp accepts 1006."""


def agent_url(endpoint: str, agent_id: str) -> URL:
    """Return the address of an agent; raises `ValueError` for any other URL than ws:// and wss://.

        >>> agent_url("wss://host/v1/agent-conversation", "a b")
        URL('wss://host/v1/agent-conversation?agentId=a%20b')
        >>> agent_url("wss://host/v1/talk/{agent_id}", "a/b")
        URL('wss://host/v1/talk/a%2Fb')

    The vendor has used both: the documented endpoint takes the id in the query, a later edition
    in the path.
    """
    placeholder, quoted_id = "{agent_id}", quote(agent_id, safe="")
    # A fragment is never sent, and would hide the query that follows it.
    url = URL(endpoint.strip().replace(placeholder, quoted_id)).with_fragment(None)
    if url.scheme not in ("ws", "wss") or not url.host:
        raise ValueError("the address must begin with ws:// or wss:// and name a host")
    if placeholder in endpoint:
        return url
    query = url.without_query_params("agentId").raw_query_string
    own = f"agentId={quoted_id}"
    return URL(f"{url.with_query(None)}?{f'{query}&' if query else ''}{own}", encoded=True)


class Connection:
    """An open WebSocket on which the setup message was sent.

    Created by `open`. One task may receive while others send.
    """

    has_home: Final[bool]
    """Whether the server has selected the home link."""

    def __init__(self, socket_: aiohttp.ClientWebSocketResponse[bool], api_key: str) -> None:
        self.has_home = socket_.protocol == SUBPROTOCOL
        self._socket = socket_
        self._api_key = api_key
        self._complaints: set[str] = set()
        self._raw_socket: socket.socket | None = socket_.get_extra_info("socket")
        self._limits = MessageLimits()
        self._is_flooded = False
        self._received = 0

    @classmethod
    async def open(
        cls,
        http: aiohttp.ClientSession,
        settings: AgentSettings,
        timeout: float = CONNECT_TIMEOUT,  # noqa: ASYNC109 (part of the contract)
        *,
        offers_home: bool = False,
    ) -> Self:
        """Connect and send the setup; nothing acknowledges it.

        With `offers_home`, the server may select the home link, see `has_home`. Raises the errors
        of `open_socket`, and `not_encrypted` for a public address.
        """
        try:
            url = agent_url(settings.url, settings.agent_id)
        except ValueError as error:
            raise AgentError(ErrorKind.NOT_THIS_SERVER, str(error)) from None
        subprotocols = (SUBPROTOCOL,) if offers_home else ()
        socket_ = await open_socket(http, url, timeout, subprotocols)
        api_key = settings.api_key.strip()
        connection = cls(socket_, api_key)
        try:
            if url.scheme == "ws":
                check_peer(socket_)
            await connection.send(
                Setup(
                    api_key,
                    settings.enable_vad,
                    OutputFormat(settings.output_format),
                    settings.output_sample_rate,
                )
            )
        except BaseException:
            await connection.close()
            raise
        return connection

    async def send(self, message: Message) -> None:
        """Send one message; raises `AgentError` of kind `connection_lost`."""
        if _LOGGER.isEnabledFor(logging.DEBUG):
            _LOGGER.debug("Sent: %s", describe(message))
        await self._write(self._socket.send_str(encode(message)))

    async def receive(self) -> Message:
        """Wait for the next valid message, which may be an `ErrorMessage`.

        Invalid messages are logged at debug level. The end of the connection raises
        `AgentError` of kind `agent_hung_up` (closed cleanly), `too_many_connections`
        (close code 4429), `bad_message` (too large, too many, or broken framing) or
        `connection_lost`.
        """
        while True:
            # aiohttp returns buffered messages without suspending: let other tasks run.
            self._received += 1
            if self._received % _MESSAGES_IN_A_ROW == 0:
                await asyncio.sleep(0)
            frame = await self._socket.receive()
            message = await self._read(frame)
            size = len(frame.data) if isinstance(frame.data, bytes) else 0
            if not self._limits.take(message, size):
                self._is_flooded = True
                raise AgentError(ErrorKind.BAD_MESSAGE, "the server sends too many messages")
            if message is None:
                continue
            if not isinstance(message, AudioStream):
                message = with_texts(message, self._redact)
            if _LOGGER.isEnabledFor(logging.DEBUG):
                _LOGGER.debug("Received: %s", describe(message))
            if isinstance(message, HomeLinkMessage) and not self.has_home:
                self._complain("a message of the home link, which was not selected")
            elif not isinstance(message, Unknown):
                return message

    async def _read(self, frame: WSMessage | WSMessageTextBytes) -> Message | None:
        """Return the message of a frame, if it has one; raises `AgentError` for the last frame."""
        match frame.type:
            case aiohttp.WSMsgType.TEXT | aiohttp.WSMsgType.BINARY:
                try:
                    return parse(frame.data)
                except MalformedAudioError:
                    return UndecodableAudio()
                except MalformedMessageError as error:
                    self._complain(str(error))
                    return None
            case aiohttp.WSMsgType.PING:
                await self._write(self._socket.pong(frame.data))
                return None
            case aiohttp.WSMsgType.PONG:
                return None
            case _:
                raise self._end(frame)

    async def _write(self, writing: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await writing
        except TimeoutError:
            raise AgentError(ErrorKind.CONNECTION_LOST, "the server stopped reading") from None
        except (OSError, aiohttp.ClientError) as error:
            raise AgentError(ErrorKind.CONNECTION_LOST, error_name(error)) from None

    async def close(self) -> None:
        """Close, within about `CLOSE_TIMEOUT` seconds whatever the server does."""
        # A closing handshake would read everything that the server keeps sending.
        if self._is_flooded:
            self._shut_down()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._socket.close()
        except TimeoutError, OSError, aiohttp.ClientError:
            pass
        finally:
            # A server that does not read would keep the unsent data, and with it the socket,
            # indefinitely.
            self._shut_down()

    def _shut_down(self) -> None:
        if self._raw_socket is not None and self._raw_socket.fileno() >= 0:
            with suppress(OSError):  # The socket may be closed already.
                self._raw_socket.shutdown(socket.SHUT_RDWR)

    def _end(self, frame: WSMessage | WSMessageTextBytes) -> AgentError:
        """Return the error that the last frame of the connection stands for."""
        if frame.type is aiohttp.WSMsgType.CLOSE:
            if frame.data == _TOO_MANY_CONNECTIONS:
                return AgentError(ErrorKind.TOO_MANY_CONNECTIONS, "closed with code 4429")
            if frame.data in (aiohttp.WSCloseCode.OK, _NO_STATUS):
                return AgentError(ErrorKind.AGENT_HUNG_UP, "the server closed the connection")
            if frame.data in _RESERVED_CLOSE_CODES:
                return AgentError(ErrorKind.BAD_MESSAGE, f"closed with reserved code {frame.data}")
            return AgentError(ErrorKind.CONNECTION_LOST, f"closed with code {frame.data}")
        if isinstance(frame.data, aiohttp.WebSocketError):
            return AgentError(ErrorKind.BAD_MESSAGE, str(frame.data))
        return AgentError(ErrorKind.CONNECTION_LOST, "the connection broke")

    def _complain(self, what: str) -> None:
        """Log once per connection why messages are ignored."""
        if what not in self._complaints:
            self._complaints.add(what)
            _LOGGER.debug("Ignored from the server: %s", what)

    def _redact(self, text: str) -> str:
        """Remove the key from a text: servers quote the messages of a client."""
        return text.replace(self._api_key, "***") if self._api_key else text
