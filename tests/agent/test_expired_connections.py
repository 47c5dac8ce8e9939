"""Connections that the server ends, and connections that cannot be opened."""

import asyncio
import logging

import aiohttp
import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import Disconnected
from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.agent.session import Session
from custom_components.playai.agent.testing import Peer

from .conftest import Meet, Serve
from .failing import answer_once, failing_turn
from .talk import S, answers, listen, make_talk, now, settings_for, speak, until, voice


@pytest.mark.parametrize("close_code", [None, 4429])
async def test_room_is_made_for_a_turn_once(meet: Meet, close_code: int | None) -> None:
    calls: list[float] = []

    async def make_room() -> bool:
        calls.append(now())
        await asyncio.sleep(0.5)
        return True

    async def full(peer: Peer) -> None:
        await peer.hear_voice(0.3)
        if close_code is None:
            await peer.send(ErrorMessage(4429, "Too many."))
        await peer.close(close_code or 1000)

    talk = await meet(full, answers(), make_room=make_room)
    turn = talk.session.start_turn()
    await speak(turn, 1)
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]
    assert len(calls) == 1
    assert talk.errors == []

    talk = await meet(full, make_room=make_room)
    assert (await failing_turn(talk)).kind is ErrorKind.TOO_MANY_CONNECTIONS
    assert len(calls) == 2
    assert talk.server.connections == 2


async def test_http_429_is_too_many_connections(http: aiohttp.ClientSession) -> None:
    async def refuse(request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        return aiohttp.web.Response(status=429)

    runner = aiohttp.web.ServerRunner(aiohttp.web.Server(refuse))
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    session = Session(http, settings_for(f"ws://127.0.0.1:{runner.addresses[0][1]}/"))
    turn = session.start_turn()
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.TOO_MANY_CONNECTIONS
    await runner.cleanup()


async def test_closed_http_session_is_a_typed_error(serve: Serve, caplog) -> None:
    server = await serve(answers())
    http = aiohttp.ClientSession()
    await http.close()
    talk = make_talk(server, http)
    turn = talk.session.start_turn()
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.CANNOT_CONNECT
    assert "Traceback" not in caplog.text


async def test_refused_connection_is_reported(meet: Meet) -> None:
    async def refuse(peer: Peer) -> None:
        await peer.send(ErrorMessage(5001, "full"))
        await peer.close()

    talk = await meet(refuse)
    await failing_turn(talk)
    assert [(e.error.code, e.is_refusal) for e in talk.told(Disconnected)] == [(5001, True)]


async def test_lost_connection_is_reported_also_when_nobody_talks(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await answer_once(peer)
        await asyncio.sleep(5)
        peer.abort()

    talk = await meet(script)
    await talk.ask()
    await asyncio.sleep(10)
    (lost,) = talk.told(Disconnected)
    assert (lost.error.kind, lost.is_refusal) == (ErrorKind.CONNECTION_LOST, False)
    assert talk.errors == []


async def test_agent_that_hangs_up_is_not_disconnected(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await answer_once(peer)
        await peer.close()

    talk = await meet(script)
    await talk.ask()
    await until(lambda: talk.session.is_closed)
    assert talk.told(Disconnected) == []


EXPIRES: dict[str, tuple[ErrorMessage | str]] = {
    "unknown code": (ErrorMessage(7777, "session expired"),),
    "unreadable code": ('{"type":"error","code":"SESSION_EXPIRED"}',),
    "unknown and fatal": (ErrorMessage(7777, "session expired", is_fatal=True),),
    "server fault": (ErrorMessage(5001, "internal"),),
    "internal error": (ErrorMessage(4500, "internal", is_fatal=True),),
}


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize("name", EXPIRES)
async def test_connection_that_expires_while_the_user_speaks_is_opened_again(
    meet: Meet, name: str, closes: bool
) -> None:
    async def expires(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S, *EXPIRES[name])
        if closes:
            await peer.close(4001)
        await peer.closed.wait()

    talk = await meet(expires, answers())
    assert (await talk.ask()).levels == [1000]
    assert talk.server.connections == 2
    assert talk.server.peers[1].voice.startswith(voice(1))
    assert talk.errors == []
    assert talk.told(Disconnected) == []


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize("name", EXPIRES)
async def test_idle_connection_that_expires_is_closed_quietly(
    meet: Meet, caplog: pytest.LogCaptureFixture, name: str, closes: bool
) -> None:
    async def expires(peer: Peer) -> None:
        await answer_once(peer)
        await asyncio.sleep(5)
        await peer.send(*EXPIRES[name])
        if closes:
            await peer.close(4001)
        await peer.closed.wait()

    talk = await meet(expires)
    await talk.ask()
    await until(lambda: talk.session.is_closed)
    assert talk.errors == []
    assert talk.told(Disconnected) == []
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


async def test_connection_that_expires_twice_fails_the_turn(meet: Meet) -> None:
    async def expires(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S, ErrorMessage(7777, "session expired"))
        await peer.close(4001)

    talk = await meet(expires)
    error = await failing_turn(talk)
    assert (error.kind, error.code) == (ErrorKind.SERVER_FAULT, 7777)
    assert talk.server.connections == 2
    assert talk.errors == [ErrorKind.SERVER_FAULT]


async def test_refused_reopening_is_reported_as_a_refusal(meet: Meet) -> None:
    async def hangs_up(peer: Peer) -> None:
        await answer_once(peer)
        await peer.hear_voice(1.2)
        await peer.close()

    async def refuses(peer: Peer) -> None:
        await peer.close()

    talk = await meet(hangs_up, refuses)
    await talk.ask()
    await failing_turn(talk)
    assert [event.is_refusal for event in talk.told(Disconnected)] == [True]
