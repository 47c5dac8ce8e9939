"""A server that sends more than a conversation needs is cut off; a generous one is not."""

import asyncio
import logging
from collections.abc import Callable

import aiohttp
import pytest
from aiohttp import web

from custom_components.playai.agent.check import probe
from custom_components.playai.agent.connection import Connection
from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import Disconnected, ErrorOccurred, VoiceActivity
from custom_components.playai.agent.messages import (
    AgentTranscript,
    AudioStream,
    ErrorMessage,
    Message,
    NewAudioStream,
    encode,
)
from custom_components.playai.agent.testing import Peer

from .conftest import Meet, Serve
from .talk import AE, E, N, S, Talk, now, pcm, settings_for, speak, speech, until

FLOODS: dict[str, tuple[Message | str | bytes, ...]] = {
    "voice activity": (S, E),
    "starts of voice activity": (S,),
    "rejections": (ErrorMessage(4400, "wrong"),),
    "failures": (ErrorMessage(3003, "failed"),),
    "streams": (N, AE),
    "empty audio": (AudioStream(b""),),
    "audio that is not base64": ('{"type":"audioStream","data":"?"}',),
    "unknown messages": ('{"type":"future"}',),
    "not JSON": ("", "x", b"\0"),
    "words": (AgentTranscript("word "),),
}


def floods(*messages: Message | str | bytes) -> Callable[[Peer], object]:
    """A server that never stops, from the first audio on."""

    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.3)
        while not peer.closed.is_set():
            await peer.send(*messages * 100)
            await asyncio.sleep(0)  # Sending does not suspend until megabytes are on their way.

    return script


async def flooded_turn(talk: Talk) -> AgentError:
    turn = talk.session.start_turn()
    await speak(turn, 0.5)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    await until(lambda: talk.session.is_closed)
    return caught.value


@pytest.mark.parametrize("name", FLOODS)
async def test_flood_is_cut_off(meet: Meet, caplog: pytest.LogCaptureFixture, name: str) -> None:
    talk = await meet(floods(*FLOODS[name]))
    assert (await flooded_turn(talk)).kind is ErrorKind.BAD_MESSAGE
    assert talk.server.connections == 1
    assert len(talk.told(VoiceActivity)) <= 110
    assert len(talk.told(ErrorOccurred)) <= 2
    assert len([r for r in caplog.records if r.levelno > logging.DEBUG]) <= 1


async def test_flood_of_pings_is_cut_off(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.3)
        while not peer.closed.is_set():
            for _ in range(100):
                await peer.socket.ping()
            await asyncio.sleep(0)

    talk = await meet(script)
    assert (await flooded_turn(talk)).kind is ErrorKind.BAD_MESSAGE


async def test_ping_is_answered(http: aiohttp.ClientSession) -> None:
    pongs: list[bytes] = []

    async def talk(request: web.BaseRequest) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await socket.receive()
        await socket.ping(b"hello")
        frame = await socket.receive()
        pongs.append(frame.data)
        assert frame.type is aiohttp.WSMsgType.PONG
        await socket.send_str(encode(N))
        return socket

    runner = web.ServerRunner(web.Server(talk))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
    connection = await Connection.open(http, settings_for(url))
    assert await connection.receive() == N
    assert pongs == [b"hello"]
    await connection.close()
    await runner.cleanup()


async def test_flood_of_an_idle_session_ends_it(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(0.5), AE)
        await asyncio.sleep(5)
        while not peer.closed.is_set():
            await peer.send(S, E, ErrorMessage(3003, "failed"), ErrorMessage(2001, "wrong"))
            await asyncio.sleep(0)

    talk = await meet(script)
    await talk.ask()
    await until(lambda: talk.session.is_closed)
    assert [event.error.kind for event in talk.told(Disconnected)] == [ErrorKind.BAD_MESSAGE]
    assert talk.errors == [ErrorKind.AGENT_FAILED, ErrorKind.PROTOCOL]
    assert len(talk.told(VoiceActivity)) <= 110


async def test_error_without_a_turn_is_reported_once_until_the_next(
    meet: Meet, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(peer: Peer) -> None:
        for turn in (1, 2):
            await peer.hear_voice(turn)
            await peer.send(S, E, N, speech(0.5), AE)
            await asyncio.sleep(3)
            for _ in range(20):
                await peer.send(ErrorMessage(3003, "failed"), ErrorMessage(4400, "wrong"))

    talk = await meet(script)
    for turn in (1, 2):
        await talk.ask()
        await asyncio.sleep(5)
        assert talk.errors == [ErrorKind.AGENT_FAILED, ErrorKind.PROTOCOL] * turn
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


async def test_error_while_a_complete_reply_plays_is_reported_once(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(5), AE)
        await asyncio.sleep(2)
        await peer.send(*[ErrorMessage(5001, "failed")] * 20)

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]
    await asyncio.sleep(3)
    assert talk.errors == [ErrorKind.SERVER_FAULT]


async def test_minute_of_audio_in_20_ms_sent_at_once_is_heard(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, *[AudioStream(pcm(0.02))] * 3000, AE)

    talk = await meet(script)
    assert (await talk.ask()).seconds(1000) == pytest.approx(60)
    assert talk.errors == []


async def test_words_one_by_one_are_read(meet: Meet) -> None:
    words = [f" word{number}" for number in range(1500)]

    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(0.5), *[AgentTranscript(word) for word in words], AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    reply = await turn.wait_reply()
    assert "".join([word async for word in reply.words()]) == "".join(words).lstrip()


async def test_voice_activity_of_a_hasty_detector_is_read(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    async def script(peer: Peer) -> None:
        for _ in range(5 * 60 * 4):
            await peer.send(S, E)
            await asyncio.sleep(0.25)

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    for _ in range(5 * 60 * 4):
        assert [await connection.receive(), await connection.receive()] == [S, E]
    await connection.close()


async def test_probe_of_a_server_that_floods_ends(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    async def script(peer: Peer) -> None:
        while not peer.closed.is_set():
            await peer.send(*["not json"] * 100)
            await asyncio.sleep(0)

    server = await serve(script)
    began = now()
    with pytest.raises(AgentError) as caught:
        await probe(http, settings_for(server.url))
    assert caught.value.kind is ErrorKind.BAD_MESSAGE
    assert now() - began < 3
    await server.peers[0].closed.wait()


@pytest.mark.parametrize("message", ['{"type":"newAudioStream"}', '{"type":"future"}'])
async def test_other_tasks_run_while_messages_are_read(
    http: aiohttp.ClientSession, serve: Serve, message: str
) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(*[message] * 1000, AE)
        await peer.closed.wait()

    turns_of_others = 0

    async def others() -> None:
        nonlocal turns_of_others
        while True:
            turns_of_others += 1
            await asyncio.sleep(0)

    connection = await Connection.open(http, settings_for((await serve(script)).url))
    await asyncio.sleep(5)  # Until all of it is in the buffer.
    task = asyncio.create_task(others())
    while isinstance(await connection.receive(), NewAudioStream):
        pass
    task.cancel()
    assert turns_of_others > 50  # Every 16 messages; without a pause it would be one.
    await connection.close()


async def test_flood_of_bytes_is_cut_off(http: aiohttp.ClientSession, serve: Serve) -> None:
    """Few messages of the maximum size."""
    text = encode(AudioStream(bytes(3_000_000)))

    async def script(peer: Peer) -> None:
        await peer.send(*[text] * 40)

    server = await serve(script)
    connection = await Connection.open(http, settings_for(server.url))
    received: list[Message] = []

    async def receive() -> None:
        while True:
            received.append(await connection.receive())

    with pytest.raises(AgentError) as caught:
        await receive()
    await connection.close()
    await server.peers[0].closed.wait()
    assert caught.value.kind is ErrorKind.BAD_MESSAGE
    assert 10 < len(received) < 30
