"""The short session that checks whether an agent works."""

import asyncio
import itertools

import aiohttp
import pytest

from custom_components.playai.agent.check import probe, wait_until_it_works
from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.messages import (
    AgentGreeting,
    ErrorMessage,
    Init,
    NewAudioStream,
)
from custom_components.playai.agent.testing import Peer

from .conftest import Serve
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


async def test_failed_greeting_is_not_a_refusal(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(ErrorMessage(3002, "No voice."))

    assert (await probe(http, settings_for((await serve(script)).url))).greets is False


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ((3001, 1005), ErrorKind.NO_CREDITS),
        ((5001, 1005), ErrorKind.NO_CREDITS),
        ((4400, 2002), ErrorKind.INVALID_KEY),
        ((3001, 5001), ErrorKind.SERVER_FAULT),
        ((5001, 3001), ErrorKind.SERVER_FAULT),
    ],
)
@pytest.mark.parametrize("closes", [True, False])
async def test_gravest_error_is_raised(
    http: aiohttp.ClientSession,
    serve: Serve,
    codes: tuple[int, int],
    kind: ErrorKind,
    closes: bool,
) -> None:
    async def script(peer: Peer) -> None:
        for code in codes:
            await peer.send(ErrorMessage(code, "No."))
            await asyncio.sleep(0.2)
        if closes:
            await peer.close(1011)
        await peer.closed.wait()

    with pytest.raises(AgentError) as caught:
        await probe(http, settings_for((await serve(script)).url))
    assert caught.value.kind is kind


async def test_agent_that_closes(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.close()

    with pytest.raises(AgentError) as caught:
        await probe(http, settings_for((await serve(script)).url))
    assert caught.value.kind is ErrorKind.AGENT_HUNG_UP


async def test_waiting_until_it_works(http: aiohttp.ClientSession, serve: Serve) -> None:
    """It tries after 1, 2, 4, 8 and then every 10 s, and reports each failure."""
    began: list[float] = []

    async def refuse(peer: Peer) -> None:
        began.append(now())
        await peer.send(ErrorMessage(1005, "No."))

    async def accept(peer: Peer) -> None:
        began.append(now())
        await peer.closed.wait()

    server = await serve(*[refuse] * 8, accept)
    failures: list[AgentError] = []
    start = now()
    traits = await wait_until_it_works(http, settings_for(server.url), failures.append)
    assert traits.greets is False
    assert [error.kind for error in failures] == [ErrorKind.NO_CREDITS] * 8
    pauses = [later - earlier for earlier, later in itertools.pairwise([start, *began])]
    assert pauses == pytest.approx([1, 2, 4, 8, 10, 10, 10, 10, 10], abs=0.3)


async def test_waiting_ends_when_the_key_is_refused(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    async def refuse(peer: Peer) -> None:
        await peer.send(ErrorMessage(2003, "No."))

    server = await serve(refuse)
    with pytest.raises(AgentError) as caught:
        await wait_until_it_works(http, settings_for(server.url))
    assert caught.value.kind is ErrorKind.KEY_NOT_ALLOWED
    assert server.connections == 1
