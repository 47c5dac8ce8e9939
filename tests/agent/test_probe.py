"""The short session that tells whether an agent can be talked with."""

import asyncio

import aiohttp
import pytest
from agent.errors import AgentError, ErrorKind
from agent.messages import AgentGreeting, ErrorMessage, Init, NewAudioStream
from agent.probe import probe

from .conftest import Serve
from .scripted import Peer
from .talk import now, settings_for, speech


async def test_agent_that_says_nothing(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(Init("c"))
        await peer.closed.wait()

    server = await serve(script)
    began = now()
    traits = await probe(http, settings_for(server.url))
    assert traits.greets is False
    assert now() - began == pytest.approx(2, abs=0.1)
    assert server.peers[0].frames == []
    await server.peers[0].closed.wait()


@pytest.mark.parametrize("message", [NewAudioStream(), AgentGreeting("Hello")])
async def test_agent_that_greets(
    http: aiohttp.ClientSession, serve: Serve, message: NewAudioStream
) -> None:
    async def script(peer: Peer) -> None:
        await asyncio.sleep(1)
        await peer.send(message, speech(1))

    traits = await probe(http, settings_for((await serve(script)).url))
    assert traits.greets is True


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (2002, ErrorKind.INVALID_KEY),
        (1002, ErrorKind.UNKNOWN_AGENT),
        (2001, ErrorKind.PROTOCOL),
        (5001, ErrorKind.SERVER_FAULT),
    ],
)
async def test_agent_that_refuses(
    http: aiohttp.ClientSession, serve: Serve, code: int, kind: ErrorKind
) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(ErrorMessage(code, "No."))

    with pytest.raises(AgentError) as caught:
        await probe(http, settings_for((await serve(script)).url))
    assert caught.value.kind is kind


async def test_failed_greeting_is_no_refusal(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(ErrorMessage(3002, "No voice."))

    assert (await probe(http, settings_for((await serve(script)).url))).greets is False


async def test_agent_that_closes(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.close()

    with pytest.raises(AgentError) as caught:
        await probe(http, settings_for((await serve(script)).url))
    assert caught.value.kind is ErrorKind.AGENT_HUNG_UP
