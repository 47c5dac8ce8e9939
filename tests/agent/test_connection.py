"""One WebSocket, and every way in which opening and using it may fail."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from custom_components.playai.agent.addresses import LOCAL_NETWORKS, is_local
from custom_components.playai.agent.check import probe
from custom_components.playai.agent.connection import Connection, agent_url
from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.handshake import MAX_MESSAGE_SIZE
from custom_components.playai.agent.messages import (
    AudioIn,
    AudioStream,
    ErrorMessage,
    NewAudioStream,
    OutputFormat,
    Setup,
    UserTranscript,
    encode,
)
from custom_components.playai.agent.testing import Peer

from .conftest import Serve
from .talk import KEY, E, S, now, settings_for

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
type Host = Callable[..., Awaitable[int]]


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    """Serve a handler, optionally with TLS, and return its port."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler, tls: ssl.SSLContext | None = None) -> int:
        app = web.Application()
        app.router.add_get("/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        runners.append(runner)
        return int(runner.addresses[0][1])

    yield start
    for runner in runners:
        await runner.cleanup()


async def failure(http: aiohttp.ClientSession, url: str) -> AgentError:
    with pytest.raises(AgentError) as caught:
        await Connection.open(http, settings_for(url))
    return caught.value


async def kind(http: aiohttp.ClientSession, url: str) -> ErrorKind:
    return (await failure(http, url)).kind


async def accept(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for _ in socket:
        pass
    return socket


def status(number: int, **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=number, headers=headers)

    return handler


@pytest.mark.parametrize(
    ("endpoint", "agent_id", "address"),
    [
        ("ws://h:8765/v1/a", "x", "ws://h:8765/v1/a?agentId=x"),
        (" wss://h/v1/a ", "a b&c/d+é", "wss://h/v1/a?agentId=a%20b%26c%2Fd%2B%C3%A9"),
        ("wss://h/v1/talk/{agent_id}", "a/b c", "wss://h/v1/talk/a%2Fb%20c"),
        ("ws://h/?agent={agent_id}&v=1", "x&y", "ws://h/?agent=x%26y&v=1"),
        ("ws://h/a?v=1", "x", "ws://h/a?v=1&agentId=x"),
        ("ws://h/a?agentId=old", "new", "ws://h/a?agentId=new"),
        ("ws://[::1]:8765", "x", "ws://[::1]:8765/?agentId=x"),
        ("ws://h/a#f", "x", "ws://h/a?agentId=x"),
        ("ws://h/a?v=1#f", "x", "ws://h/a?v=1&agentId=x"),
        ("ws://h/{agent_id}#f", "x", "ws://h/x"),
    ],
)
def test_agent_url(endpoint: str, agent_id: str, address: str) -> None:
    assert str(agent_url(endpoint, agent_id)) == address


@pytest.mark.parametrize(
    "endpoint", ["", "http://h/", "h:8765", "ws://", "ws:///path", "ws://h:port/", "{agent_id}"]
)
async def test_invalid_addresses(http: aiohttp.ClientSession, endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        agent_url(endpoint, "x")
    assert await kind(http, endpoint) is ErrorKind.NOT_THIS_SERVER


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (200, ErrorKind.NOT_THIS_SERVER),
        (401, ErrorKind.NOT_THIS_SERVER),
        (404, ErrorKind.NOT_THIS_SERVER),
        (429, ErrorKind.TOO_MANY_CONNECTIONS),
        (500, ErrorKind.CANNOT_CONNECT),
        (503, ErrorKind.CANNOT_CONNECT),
    ],
)
async def test_http_status(
    http: aiohttp.ClientSession, host: Host, number: int, expected: ErrorKind
) -> None:
    port = await host(status(number))
    assert await kind(http, f"ws://127.0.0.1:{port}/") is expected


async def test_nobody_listens(http: aiohttp.ClientSession, host: Host) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    error = await failure(http, f"ws://127.0.0.1:{port}/")
    assert error.kind is ErrorKind.CANNOT_CONNECT
    assert error.message == "Connection refused"


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        (OSError(None, "Domain name not found"), "Domain name not found"),
        (OSError("agent.example"), "OSError"),
    ],
)
async def test_no_such_name(reason: OSError, message: str) -> None:
    class NoNames(AbstractResolver):
        async def resolve(self, *_: object, **__: object) -> list[ResolveResult]:
            raise reason

        async def close(self) -> None:
            pass

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoNames())) as http:
        error = await failure(http, "ws://agent.example/")
    assert error.kind is ErrorKind.CANNOT_CONNECT
    assert error.message == message


async def test_server_of_another_protocol(http: aiohttp.ClientSession) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await kind(http, f"ws://127.0.0.1:{port}/") is ErrorKind.NOT_THIS_SERVER
    server.close()


async def test_server_that_closes_without_an_answer(http: aiohttp.ClientSession) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await kind(http, f"ws://127.0.0.1:{port}/") is ErrorKind.CANNOT_CONNECT
    server.close()


def tls_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def test_certificate_is_verified(http: aiohttp.ClientSession, host: Host) -> None:
    port = await host(accept, tls_context(trustme.CA(), "127.0.0.1"))
    assert await kind(http, f"wss://127.0.0.1:{port}/") is ErrorKind.TLS


async def test_certificate_of_another_host_is_refused(host: Host) -> None:
    authority = trustme.CA()
    port = await host(accept, tls_context(authority, "other.example"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as http:
        assert await kind(http, f"wss://127.0.0.1:{port}/") is ErrorKind.TLS


async def test_trusted_certificate_is_accepted(host: Host) -> None:
    authority = trustme.CA()
    port = await host(accept, tls_context(authority, "127.0.0.1"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as http:
        connection = await Connection.open(http, settings_for(f"wss://127.0.0.1:{port}/"))
        await connection.close()


async def test_tls_with_a_server_that_has_none(http: aiohttp.ClientSession, host: Host) -> None:
    port = await host(accept)
    assert await kind(http, f"wss://127.0.0.1:{port}/") is ErrorKind.TLS


class Records:
    """A server that records every request and every message."""

    def __init__(self) -> None:
        self.received: list[str] = []

    async def record(self, request: web.Request) -> web.StreamResponse:
        self.received.append("request")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.received += [str(frame.data) async for frame in socket]
        return socket


class Names(AbstractResolver):
    """Resolves every name to one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=self._address, port=port, family=family, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("number", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http", "ws", "https", "wss", ""])
async def test_redirect_is_not_followed(
    http: aiohttp.ClientSession, host: Host, number: int, scheme: str
) -> None:
    elsewhere = Records()
    target = (
        f"{scheme}://127.0.0.1:{await host(elsewhere.record)}/a?secret" if scheme else "/a?secret"
    )
    port = await host(status(number, Location=target))
    error = await failure(http, f"ws://127.0.0.1:{port}/")
    assert error.kind is ErrorKind.NOT_THIS_SERVER
    assert str(number) in error.message
    assert "redirects" in error.message
    assert "secret" not in error.message
    assert elsewhere.received == []


async def test_redirect_away_from_tls_is_not_followed(host: Host) -> None:
    elsewhere, authority = Records(), trustme.CA()
    redirect = status(302, Location=f"http://127.0.0.1:{await host(elsewhere.record)}/")
    port = await host(redirect, tls_context(authority, "127.0.0.1"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as http:
        assert await kind(http, f"wss://127.0.0.1:{port}/") is ErrorKind.NOT_THIS_SERVER
    assert elsewhere.received == []


async def test_probe_does_not_follow_a_redirect(http: aiohttp.ClientSession, host: Host) -> None:
    elsewhere = Records()
    port = await host(status(302, Location=f"http://127.0.0.1:{await host(elsewhere.record)}/"))
    with pytest.raises(AgentError) as caught:
        await probe(http, settings_for(f"ws://127.0.0.1:{port}/"))
    assert caught.value.kind is ErrorKind.NOT_THIS_SERVER
    assert elsewhere.received == []


@pytest.fixture
def loopback_is_far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat loopback as a public address, because tests cannot reach one."""
    networks = [network for network in LOCAL_NETWORKS if not network.is_loopback]
    monkeypatch.setattr("custom_components.playai.agent.addresses.LOCAL_NETWORKS", networks)


@pytest.mark.usefixtures("loopback_is_far_away")
async def test_key_is_not_sent_unencrypted_to_a_public_address(host: Host) -> None:
    server = Records()
    port = await host(server.record)
    # The name says nothing about the address, which may have changed since it was entered.
    connector = aiohttp.TCPConnector(resolver=Names("127.0.0.1"))
    async with aiohttp.ClientSession(connector=connector) as http:
        assert await kind(http, f"ws://agent.local:{port}/") is ErrorKind.NOT_ENCRYPTED
        assert await kind(http, f"ws://127.0.0.1:{port}/") is ErrorKind.NOT_ENCRYPTED
    assert [text for text in server.received if "apiKey" in text] == []
    assert server.received.count("request") == 2


@pytest.mark.usefixtures("loopback_is_far_away")
async def test_key_is_sent_encrypted_to_a_public_address(host: Host) -> None:
    authority = trustme.CA()
    port = await host(accept, tls_context(authority, "127.0.0.1"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as http:
        connection = await Connection.open(http, settings_for(f"wss://127.0.0.1:{port}/"))
        await connection.close()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("192.168.1.5", True),
        ("100.64.0.1", True),
        ("::1", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:192.168.1.5", True),
        ("::ffff:127.0.0.1", True),
        ("8.8.8.8", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("2001:db8::1", False),
        ("64:ff9b::c0a8:105", False),
        ("2002:c0a8:105::1", False),
        ("::ffff:8.8.8.8", False),
        ("2606:4700::1111%eth0", False),
    ],
)
def test_local_addresses(address: str, expected: bool) -> None:
    assert is_local(address) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (1000, ErrorKind.AGENT_HUNG_UP),
        (1001, ErrorKind.CONNECTION_LOST),
        (1011, ErrorKind.CONNECTION_LOST),
        (4001, ErrorKind.CONNECTION_LOST),
        (4401, ErrorKind.CONNECTION_LOST),  # A message code means nothing here …
        (4429, ErrorKind.TOO_MANY_CONNECTIONS),  # … but this one.
    ],
)
async def test_close_code(
    http: aiohttp.ClientSession, serve: Serve, code: int, expected: ErrorKind
) -> None:
    async def script(peer: Peer) -> None:
        await peer.close(code)

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    with pytest.raises(AgentError) as caught:
        await connection.receive()
    assert caught.value.kind is expected
    await connection.close()


async def test_client_that_reads_slowly_hears_everything(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.01)
        await peer.send(*[AudioStream(bytes(20_000))] * 50)
        await peer.close()

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    await connection.send(AudioIn(bytes(160)))
    for _ in range(50):
        await connection.receive()
        await asyncio.sleep(0.01)
        await connection.send(AudioIn(bytes(160)))
    with pytest.raises(AgentError) as caught:
        await connection.receive()
    assert caught.value.kind is ErrorKind.AGENT_HUNG_UP
    await connection.close()


@pytest.mark.parametrize("code", [1004, 1005, 1006, 1015])
async def test_reserved_close_code_breaks_the_protocol(
    http: aiohttp.ClientSession, serve: Serve, code: int
) -> None:
    async def script(peer: Peer) -> None:
        transport = peer._request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"\x88\x02" + code.to_bytes(2))
        await peer.closed.wait()

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    with pytest.raises(AgentError) as caught:
        await connection.receive()
    assert caught.value.kind is ErrorKind.BAD_MESSAGE
    await connection.close()


async def test_broken_connection_is_lost(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        peer.abort()

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    with pytest.raises(AgentError) as caught:
        await connection.receive()
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    with pytest.raises(AgentError) as caught:
        await connection.send(AudioIn(b""))
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    await connection.close()


async def test_stream_that_just_ends_is_lost(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        transport = peer._request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.write_eof()

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    with pytest.raises(AgentError) as caught:
        await connection.receive()
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    await connection.close()


async def test_server_that_answers_no_ping_is_lost(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    async def script(peer: Peer) -> None:
        transport = peer._request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        await asyncio.sleep(60)

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    began = now()
    with pytest.raises(AgentError) as caught:
        await connection.receive()
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    assert now() - began == pytest.approx(15, abs=1)
    await connection.close()


async def send_without_end(connection: Connection) -> None:
    while True:
        await connection.send(AudioIn(bytes(1_000_000)))


async def test_server_that_stops_reading_is_lost(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        transport = peer._request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        await asyncio.sleep(60)

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    with pytest.raises(AgentError) as caught:
        await send_without_end(connection)
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    began = now()
    await connection.close()
    assert now() - began <= 0.5


async def test_messages_up_to_the_limit_are_read(http: aiohttp.ClientSession, serve: Serve) -> None:
    audio = bytes((MAX_MESSAGE_SIZE - 100) // 4 * 3)

    async def script(peer: Peer) -> None:
        await peer.send(AudioStream(audio), AudioStream(audio + bytes(150)))
        await peer.closed.wait()

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    assert await connection.receive() == AudioStream(audio)
    with pytest.raises(AgentError) as caught:
        await connection.receive()
    assert caught.value.kind is ErrorKind.BAD_MESSAGE
    await connection.close()


async def test_key_that_the_server_repeats_is_removed(
    http: aiohttp.ClientSession, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def script(peer: Peer) -> None:
        await peer.send(
            f'{{"type":"{KEY}"}}', ErrorMessage(2002, f"Key {KEY} is wrong"), NewAudioStream()
        )

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    assert await connection.receive() == ErrorMessage(2002, "Key *** is wrong")
    assert await connection.receive() == NewAudioStream()
    await connection.close()
    assert KEY not in caplog.text


async def test_opening_that_is_cancelled_leaves_nothing_open(
    http: aiohttp.ClientSession, host: Host
) -> None:
    async def wait(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(100)
        return web.Response()

    port = await host(wait)
    opening = asyncio.create_task(Connection.open(http, settings_for(f"ws://127.0.0.1:{port}/")))
    await asyncio.sleep(1)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert http.connector is not None
    assert not http.connector._acquired


async def test_binary_frames_are_read_like_texts(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(encode(S).encode(), b"\x00\x01\x02", b"", encode(E).encode())

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    assert [await connection.receive() for _ in range(2)] == [S, E]
    await connection.close()


async def test_debug_log_has_every_message_without_key_and_audio(
    http: aiohttp.ClientSession, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.playai.agent")

    async def script(peer: Peer) -> None:
        await peer.hear(0.04)
        await peer.send(S, UserTranscript(f"my key is {KEY}"), AudioStream(b"\x55" * 999))

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    await connection.send(AudioIn(b"\x55" * 640))
    for _ in range(3):
        await connection.receive()
    await connection.close()
    setup = Setup(KEY, enable_vad=True, output_format=OutputFormat.RAW)
    assert [record.getMessage() for record in caplog.records] == [
        f"Sent: {setup!r}",
        "Sent: AudioIn(640 bytes)",
        "Received: VoiceActivityStart()",
        "Received: UserTranscript(message='my key is ***')",
        "Received: AudioStream(999 bytes)",
    ]
    assert KEY not in caplog.text
    assert "VVVV" not in caplog.text


async def test_hidden_characters_do_not_hide_the_key(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(ErrorMessage(2002, f"Key {KEY[:5]}\u200b{KEY[5:]}"), UserTranscript(KEY))

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    assert await connection.receive() == ErrorMessage(2002, "Key ***")
    assert await connection.receive() == UserTranscript("***")
    await connection.close()
