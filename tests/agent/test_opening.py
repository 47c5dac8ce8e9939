"""Rule 1: a turn opens its connection, and nothing that the user said is lost."""

import asyncio
import contextlib

import aiohttp
import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import (
    SessionEnded,
    SessionStarted,
    Status,
    StatusChanged,
)
from custom_components.playai.agent.messages import ErrorMessage, Init, UserTranscript
from custom_components.playai.agent.settings import EndOfTurn
from custom_components.playai.agent.testing import Peer

from .conftest import Meet, Serve
from .talk import AE, E, N, S, answers, listen, make_talk, now, speak, speech, voice


async def cut_off(peer: Peer) -> None:
    await peer.hear(0.5)
    peer.abort()


async def refuse(peer: Peer) -> None:
    peer.abort()


async def test_setup_comes_first_with_all_its_fields(meet: Meet) -> None:
    talk = await meet(answers())
    await talk.ask()
    peer = talk.server.peers[0]
    assert peer.query == {"agentId": "agent-1"}
    setup = peer.setup.to_fields()
    assert setup.pop("apiKey")
    assert setup == {"enableVad": True, "outputFormat": "raw", "outputSampleRate": 24000}


async def test_all_that_was_said_while_opening_arrives(meet: Meet) -> None:
    talk = await meet(answers(words="yes"))
    turn = talk.session.start_turn()
    turn.feed(voice(0.8, 0x11))
    await speak(turn, 0.2, 0x22)
    await turn.wait_end()
    await listen(await turn.wait_reply())
    assert talk.server.peers[0].voice == voice(0.8, 0x11) + voice(0.2, 0x22)


@pytest.mark.parametrize("lost", [cut_off, refuse])
async def test_lost_connection_is_opened_again_with_all_the_audio(meet: Meet, lost) -> None:
    talk = await meet(lost, answers())
    turn = talk.session.start_turn()
    await speak(turn, 1)
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]
    assert talk.server.connections == 2
    assert talk.server.peers[-1].voice == voice(1)
    assert talk.errors == []


async def test_connection_lost_after_e_before_the_turn_closes_is_opened_again(
    meet: Meet,
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E)
        await asyncio.sleep(0.2)
        peer.abort()

    talk = await meet(script, answers())
    assert (await talk.ask()).levels == [1000]


async def test_stream_that_ended_before_the_connection_opened_is_sent_again(meet: Meet) -> None:
    talk = await meet(refuse, answers(), end_of_turn=EndOfTurn.HOME_ASSISTANT)
    turn = talk.session.start_turn()
    turn.feed(voice(1))
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]


async def test_only_one_more_connection_is_opened(meet: Meet) -> None:
    talk = await meet(cut_off)
    turn = talk.session.start_turn()
    await speak(turn, 3)
    assert (await turn.wait_end()).text == ""
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    assert talk.server.connections == 2
    assert talk.errors == [ErrorKind.CONNECTION_LOST]


async def test_error_that_forbids_it_opens_no_other(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.5)
        await peer.send(ErrorMessage(2002, "Invalid authorization token."))

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 2)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.INVALID_KEY
    assert talk.server.connections == 1


async def test_connection_lost_while_waiting_fails_the_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, UserTranscript("hello"))
        await asyncio.sleep(1)
        peer.abort()

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.2)
    assert (await turn.wait_end()).text == "hello"
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    assert talk.server.connections == 1


async def test_nobody_listens(serve: Serve, http: aiohttp.ClientSession) -> None:
    server = await serve(answers())
    await server.stop()
    talk = make_talk(server, http)
    turn = talk.session.start_turn()
    await speak(turn, 0.5)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.CANNOT_CONNECT
    assert talk.session.is_closed
    assert talk.events[-1] == SessionEnded(was_started=False)


async def test_session_whose_server_went_away_while_idle(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await answers_once(peer)
        await asyncio.sleep(5)
        await peer.close()

    async def answers_once(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, N, speech(0.5), AE)

    talk = await meet(script)
    await talk.ask()
    await asyncio.sleep(10)
    assert talk.session.is_closed
    assert talk.errors == []  # Quietly: nobody was talking.


@pytest.mark.parametrize("message", [Init("c-1"), S])
async def test_any_message_accepts_the_setup(meet: Meet, message: Init) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.4)
        await peer.send(message)
        await peer.hear(3)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 0.6)
    assert talk.told(SessionStarted)
    turn.cancel()


async def test_2_s_without_an_error_accept_the_setup(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(5)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.9)
    assert not talk.told(SessionStarted)
    await speak(turn, 0.2)
    assert talk.told(SessionStarted)
    turn.cancel()


async def test_close_while_opening(http: aiohttp.ClientSession, serve: Serve) -> None:
    # A server that takes the connection and says nothing, not even the handshake's answer.
    taken: list[asyncio.StreamWriter] = []

    async def stay_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)

    silent = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    server = await serve(answers())
    port = silent.sockets[0].getsockname()[1]
    server.url = f"ws://127.0.0.1:{port}/"
    talk = make_talk(server, http)
    turn = talk.session.start_turn()
    ending = asyncio.create_task(turn.wait_end())
    await speak(turn, 0.5)
    began = now()
    await talk.session.close()
    assert now() - began < 0.6
    assert (await ending).is_silent
    assert talk.errors == []
    for writer in taken:
        writer.close()
    silent.close()


async def test_server_that_never_answers_the_handshake_costs_10_s(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    taken: list[asyncio.StreamWriter] = []

    async def stay_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)

    silent = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    server = await serve(answers())
    server.url = f"ws://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"
    talk = make_talk(server, http)
    turn = talk.session.start_turn()
    began = now()
    assert talk.session.status is Status.CONNECTING
    await turn.wait_end()
    with contextlib.suppress(AgentError):
        await turn.wait_reply()
    assert now() - began == pytest.approx(10, abs=0.1)
    assert talk.errors == [ErrorKind.CANNOT_CONNECT]
    for writer in taken:
        writer.close()
    silent.close()


async def test_status_follows_the_turn(meet: Meet) -> None:
    talk = await meet(answers(words="hello"))
    await talk.ask()
    await asyncio.sleep(2)
    assert [event.status for event in talk.told(StatusChanged)] == [
        Status.CONNECTING,
        Status.LISTENING,
        Status.THINKING,
        Status.SPEAKING,
        Status.IDLE,
    ]
