"""One WebSocket to an agent: open, send, receive, close; every failure an `AgentError`."""

import asyncio
import logging
import socket
import ssl
from contextlib import suppress
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import quote

import aiohttp
from aiohttp import WSMessage
from aiohttp.http_websocket import WSMessageTextBytes
from yarl import URL

from .errors import AgentError, ErrorKind
from .messages import (
    ErrorMessage,
    Hangup,
    MalformedMessageError,
    Message,
    OutputFormat,
    Setup,
    Unknown,
    encode,
    parse,
)
from .settings import AgentSettings

_LOGGER = logging.getLogger(__name__)

CONNECT_TIMEOUT: Final = 10.0
"""Seconds for name look-up, TCP, TLS and the WebSocket handshake (design, rule 8)."""

CLOSE_TIMEOUT: Final = 0.5
"""Seconds for a closing handshake before the socket is cut (design, rule 9)."""

PING_INTERVAL: Final = 10.0
"""Seconds between pings; the vendor's own client used as many."""

SEND_TIMEOUT: Final = 10.0
"""Seconds that a server may refuse to read before it counts as gone."""

MAX_MESSAGE_SIZE: Final = 4 * 1024 * 1024
"""Bytes; the longest message that is read, about a minute of 24 kHz PCM in base64."""

_MAX_COMPLAINTS: Final = 20
_MAX_NAME: Final = 40
_SERVER_ERRORS: Final = HTTPStatus.INTERNAL_SERVER_ERROR
_TOO_MANY_CONNECTIONS: Final = 4429
_NO_STATUS: Final = 0  # What aiohttp reports for a close frame without a code.


def agent_url(endpoint: str, agent_id: str) -> URL:
    """Return the address of an agent; raises `ValueError` for what is no WebSocket URL.

        >>> agent_url("wss://host/v1/agent-conversation", "a b")
        URL('wss://host/v1/agent-conversation?agentId=a%20b')
        >>> agent_url("wss://host/v1/talk/{agent_id}", "a/b")
        URL('wss://host/v1/talk/a%2Fb')

    Both ways were used by the vendor: the document's own endpoint takes the id in the
    query, a later edition in the path.
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
    """An open WebSocket whose setup message was sent.

    Made by `open`. One task may receive while another sends.
    """

    def __init__(self, socket_: aiohttp.ClientWebSocketResponse[bool], api_key: str) -> None:
        self._socket = socket_
        self._api_key = api_key
        self._complaints: set[str] = set()

    @classmethod
    async def open(
        cls,
        http: aiohttp.ClientSession,
        settings: AgentSettings,
        timeout: float = CONNECT_TIMEOUT,  # noqa: ASYNC109 (part of the contract)
    ) -> Self:
        """Connect and send the setup; nothing acknowledges it.

        Raises `AgentError` of kind `cannot_connect`, `tls`, `not_this_server` or
        `too_many_connections` (HTTP 429). Ends within `timeout` seconds.
        """
        try:
            url = agent_url(settings.url, settings.agent_id)
        except ValueError as error:
            raise AgentError(ErrorKind.NOT_THIS_SERVER, str(error)) from None
        try:
            async with asyncio.timeout(timeout):
                socket_ = await http.ws_connect(
                    url,
                    heartbeat=PING_INTERVAL,
                    max_msg_size=MAX_MESSAGE_SIZE,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
                    decode_text=False,
                )
        except (TimeoutError, OSError, aiohttp.ClientError, RuntimeError, ValueError) as error:
            raise _open_error(error) from None
        api_key = settings.api_key.strip()
        connection = cls(socket_, api_key)
        try:
            connection._check_tls(url)
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

    def _check_tls(self, url: URL) -> None:
        if url.scheme == "wss" and self._socket.get_extra_info("ssl_object") is None:
            # A redirect led away from TLS: the key must not follow it.
            raise AgentError(ErrorKind.TLS, "the server redirects to an address without TLS")

    async def send(self, message: Message) -> None:
        """Send one message; raises `AgentError` of kind `connection_lost`."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await self._socket.send_str(encode(message))
        except TimeoutError:
            raise AgentError(ErrorKind.CONNECTION_LOST, "the server stopped reading") from None
        except (OSError, aiohttp.ClientError) as error:
            raise AgentError(ErrorKind.CONNECTION_LOST, _name(error)) from None

    async def receive(self) -> Message:
        """Wait for the next message that is one; it may be an `ErrorMessage`.

        What is no message costs a debug line. The end of the connection raises
        `AgentError` of kind `agent_hung_up` (closed cleanly), `too_many_connections`
        (close code 4429), `bad_message` (too large, or broken framing) or
        `connection_lost`.
        """
        while True:
            frame = await self._socket.receive()
            if frame.type is not aiohttp.WSMsgType.TEXT:
                if frame.type is aiohttp.WSMsgType.BINARY:
                    self._complain("a binary frame")
                    continue
                raise self._end(frame)
            try:
                message = parse(frame.data)
            except MalformedMessageError as error:
                self._complain(str(error))
                continue
            match message:
                case Unknown(name):
                    self._complain(f"the unknown type {self._redact(name)[:_MAX_NAME]!r}")
                case ErrorMessage(code, text, is_fatal):
                    return ErrorMessage(code, self._redact(text), is_fatal)
                case Hangup(str(ended_by)):
                    return Hangup(self._redact(ended_by)[:_MAX_NAME])
                case _:
                    return message

    async def close(self) -> None:
        """Close, within about `CLOSE_TIMEOUT` seconds whatever the server does."""
        raw_socket: socket.socket | None = self._socket.get_extra_info("socket")
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._socket.close()
        except TimeoutError, OSError, aiohttp.ClientError:
            pass
        finally:
            # A server that does not read would keep what we still had to send, and with it
            # the socket, for as long as it likes.
            if raw_socket is not None and raw_socket.fileno() >= 0:
                with suppress(OSError):  # It may be closed already.
                    raw_socket.shutdown(socket.SHUT_RDWR)

    def _end(self, frame: WSMessage | WSMessageTextBytes) -> AgentError:
        """Return what the last frame of the connection means."""
        if frame.type is aiohttp.WSMsgType.CLOSE:
            if frame.data == _TOO_MANY_CONNECTIONS:
                return AgentError(ErrorKind.TOO_MANY_CONNECTIONS, "closed with code 4429")
            if frame.data in (aiohttp.WSCloseCode.OK, _NO_STATUS):
                return AgentError(ErrorKind.AGENT_HUNG_UP, "the server closed the connection")
            return AgentError(ErrorKind.CONNECTION_LOST, f"closed with code {frame.data}")
        if isinstance(frame.data, aiohttp.WebSocketError):
            return AgentError(ErrorKind.BAD_MESSAGE, str(frame.data))
        return AgentError(ErrorKind.CONNECTION_LOST, "the connection broke")

    def _complain(self, what: str) -> None:
        """Say once per connection, for the developer, what is ignored."""
        if what not in self._complaints and len(self._complaints) < _MAX_COMPLAINTS:
            self._complaints.add(what)
            _LOGGER.debug("Ignored from the server: %s", what)

    def _redact(self, text: str) -> str:
        """Take the key out of a text of the server, which may repeat what it was sent."""
        return text.replace(self._api_key, "***") if self._api_key else text


def _open_error(error: Exception) -> AgentError:
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return AgentError(ErrorKind.TLS, _name(error))
        case aiohttp.WSServerHandshakeError(status=429):
            return AgentError(ErrorKind.TOO_MANY_CONNECTIONS, "refused with HTTP status 429")
        case aiohttp.WSServerHandshakeError(status=status) if status >= _SERVER_ERRORS:
            return AgentError(ErrorKind.CANNOT_CONNECT, f"refused with HTTP status {status}")
        case aiohttp.ClientResponseError(status=status):
            return AgentError(ErrorKind.NOT_THIS_SERVER, f"answered with HTTP status {status}")
        case aiohttp.ClientConnectorError(os_error=reason):
            return AgentError(ErrorKind.CANNOT_CONNECT, _name(reason))
        case TimeoutError():
            return AgentError(ErrorKind.CANNOT_CONNECT, "timed out")
        case aiohttp.ClientPayloadError() | aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return AgentError(ErrorKind.NOT_THIS_SERVER, _name(error))
        case _:
            return AgentError(ErrorKind.CANNOT_CONNECT, _name(error))


def _name(error: BaseException) -> str:
    """Return an error's class and system message, but nothing that may hold an address."""
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__
