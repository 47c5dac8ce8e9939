"""Opens a WebSocket: without redirects, and unencrypted only to local addresses."""

import asyncio
import errno
import os
import ssl
from http import HTTPStatus
from typing import Final

import aiohttp
from yarl import URL

from .addresses import is_local
from .errors import AgentError, ErrorKind

CLOSE_TIMEOUT: Final = 0.5
"""Seconds for a closing handshake before the socket is cut (rule 9)."""

PING_INTERVAL: Final = 10.0
"""Seconds between pings, as in the vendor's client."""

MAX_MESSAGE_SIZE: Final = 4 * 1024 * 1024
"""The longest message in bytes: about a minute of 24 kHz PCM in base64."""

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_SERVER_ERRORS: Final = HTTPStatus.INTERNAL_SERVER_ERROR

type WebSocket = aiohttp.ClientWebSocketResponse[bool]


async def open_socket(
    http: aiohttp.ClientSession, url: URL, seconds: float, subprotocols: tuple[str, ...] = ()
) -> WebSocket:
    """Connect to a URL within some seconds, and offer subprotocols.

    Uses the connections and the name resolution of `http`, but not its cookies. Raises
    `AgentError` of kind `cannot_connect`, `tls`, `not_this_server`, `not_encrypted` or
    `too_many_connections` (HTTP 429).
    """
    if http.closed:
        raise AgentError(ErrorKind.CANNOT_CONNECT, "the HTTP session is closed")
    try:
        async with asyncio.timeout(seconds), _client(http, url) as client:
            socket = await client.ws_connect(
                url,
                protocols=subprotocols,
                heartbeat=PING_INTERVAL,
                autoping=False,  # The pings of a server are counted, too.
                max_msg_size=MAX_MESSAGE_SIZE,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
                decode_text=False,
            )
    except (TimeoutError, OSError, aiohttp.ClientError, RuntimeError, ValueError) as error:
        raise _open_error(error) from None
    return socket


def check_peer(socket: WebSocket) -> None:
    """Raise `AgentError` unless the other end of an unencrypted socket is local.

    The address of the socket decides: a name can resolve to another address each time.
    """
    peer = socket.get_extra_info("peername")
    if peer is None:
        raise AgentError(ErrorKind.CONNECTION_LOST, "the connection broke")
    if not isinstance(peer, str) and not is_local(peer[0]):  # A str: a Unix socket.
        raise AgentError(
            ErrorKind.NOT_ENCRYPTED, "the address is outside the local network: use wss://"
        )


def _client(http: aiohttp.ClientSession, url: URL) -> aiohttp.ClientSession:
    """Return a client on the connector of `http` that follows no redirect.

    `ws_connect` has no such parameter. A proxy would hide the address of an unencrypted peer.
    """
    return aiohttp.ClientSession(
        connector=http.connector,
        connector_owner=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=http.headers,
        trust_env=http.trust_env and url.scheme == "wss",
        middlewares=(_refuse_redirect,),
    )


async def _refuse_redirect(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    response = await handler(request)
    if response.status in _REDIRECTS:
        response.close()
        raise AgentError(
            ErrorKind.NOT_THIS_SERVER,
            f"the server redirects to another address, with HTTP status {response.status}",
        )
    return response


def _open_error(error: Exception) -> AgentError:
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return AgentError(ErrorKind.TLS, error_name(error))
        case aiohttp.WSServerHandshakeError(status=429):
            return AgentError(ErrorKind.TOO_MANY_CONNECTIONS, "refused with HTTP status 429")
        case aiohttp.WSServerHandshakeError(status=status) if status >= _SERVER_ERRORS:
            return AgentError(ErrorKind.CANNOT_CONNECT, f"refused with HTTP status {status}")
        case aiohttp.ClientResponseError(status=status):
            return AgentError(ErrorKind.NOT_THIS_SERVER, f"answered with HTTP status {status}")
        case aiohttp.ClientConnectorError():
            return AgentError(ErrorKind.CANNOT_CONNECT, _connect_failure(error))
        case TimeoutError():
            return AgentError(ErrorKind.CANNOT_CONNECT, "timed out")
        case aiohttp.ClientPayloadError() | aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return AgentError(ErrorKind.NOT_THIS_SERVER, error_name(error))
        case _:
            return AgentError(ErrorKind.CANNOT_CONNECT, error_name(error))


def _connect_failure(error: aiohttp.ClientConnectorError) -> str:
    """Return the message of the system or of the resolver; asyncio's own holds the address."""
    reason = error.os_error
    if isinstance(error, aiohttp.ClientConnectorDNSError) and reason.strerror:
        return reason.strerror
    if reason.errno is not None and reason.errno in errno.errorcode:
        return os.strerror(reason.errno)
    return error_name(reason)


def error_name(error: BaseException) -> str:
    """Return an error's class and system message, but nothing that may hold an address."""
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__
