"""The home link over a real socket: the home answers the server's questions."""

import asyncio
import logging

import aiohttp
import pytest

from custom_components.playai.agent.check import probe
from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.home import (
    AgentFeatures,
    AnswerEnd,
    Delta,
    HomeOffer,
    ToolResult,
)
from custom_components.playai.agent.messages import (
    AgentMessage,
    AnswerDelta,
    AnswerEndMessage,
    Cancel,
    Handled,
    HomeMessage,
    Init,
    ToolResultMessage,
)
from custom_components.playai.agent.session import Session
from custom_components.playai.agent.settings import ServerTraits, Timings
from custom_components.playai.agent.testing import Peer
from custom_components.playai.agent.turn import Turn

from .conftest import Meet, Serve
from .home_link import (
    AGENT,
    ASK,
    OFFER,
    TOOL,
    WORDS,
    Home,
    answered_with,
    first_peer,
    reply_to,
    speak,
    turn_of,
    where,
)
from .talk import AE, E, N, S, Talk, settings_for, speech, until, voice

# Negotiation.


async def test_offer_and_features(meet: Meet) -> None:
    talk = await meet(turn_of(N, speech(0.1), AE), home=OFFER, features=AGENT)
    assert talk.session.features is None
    await reply_to(await speak(talk))
    assert first_peer(talk).home_messages == [HomeMessage(OFFER)]
    assert first_peer(talk).offer == OFFER
    assert talk.session.features == AGENT
    assert talk.traits.features == AGENT


async def test_changed_offer_is_sent_again(meet: Meet) -> None:
    talk = await meet(turn_of(N, speech(0.1), AE), home=OFFER, features=AGENT)
    turn = await speak(talk)
    talk.session.update_home(OFFER)
    talk.session.update_home(HomeOffer("de", False))
    await reply_to(turn)
    await first_peer(talk).receive(HomeMessage, 2)
    assert first_peer(talk).offer == HomeOffer("de", False)


@pytest.mark.parametrize(
    ("home", "features"), [(None, AGENT), (OFFER, None)], ids=["not offered", "not selected"]
)
async def test_nothing_of_the_link_without_negotiation(
    meet: Meet, caplog: pytest.LogCaptureFixture, home: HomeOffer | None, features: AgentFeatures
) -> None:
    """The scripted server fails when it receives a message of the link."""
    caplog.set_level(logging.ERROR, "aiohttp.websocket")
    script = turn_of(AgentMessage(AGENT), ASK, TOOL, Cancel("1"), N, speech(0.1), AE)
    talk = await meet(script, home=home, features=features)
    handler = Home()
    turn = await speak(talk)
    assert await reply_to(turn, handler) == pytest.approx(0.1)
    assert not first_peer(talk).has_home
    assert talk.session.features is None
    assert (handler.asked, handler.called) == ([], [])
    cancelled = await speak_and_cancel(talk)
    assert cancelled.is_over


async def speak_and_cancel(talk: Talk) -> Turn:
    turn = talk.session.start_turn()
    turn.feed(voice(0.1))
    turn.cancel()
    return turn


async def test_link_that_was_not_offered_is_not_selected(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    async def script(peer: Peer) -> None:
        await peer.closed.wait()

    server = await serve(script, features=AGENT)
    session = Session(http, settings_for(server.url))
    turn = session.start_turn()
    await until(lambda: bool(server.peers))
    assert not server.peers[0].has_home
    turn.cancel()
    await session.close()


async def test_probe_detects_the_features(http: aiohttp.ClientSession, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(Init("c"))
        await peer.closed.wait()

    server = await serve(script, features=AGENT)
    traits = await probe(http, settings_for(server.url), Timings(greeting=0.3))
    assert traits.features == AGENT
    known = ServerTraits()
    known.learn(traits)
    assert known.features == AGENT
    assert server.peers[0].home_messages == []


async def test_probe_of_an_agent_that_greets_detects_the_features(
    http: aiohttp.ClientSession, serve: Serve
) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(N, speech(0.1))
        await peer.closed.wait()

    server = await serve(script, features=AGENT)
    traits = await probe(http, settings_for(server.url))
    assert (traits.greets, traits.features) == (True, AGENT)


# The home answers.


async def test_home_answers(meet: Meet) -> None:
    words: list[str] = []

    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, ASK)
        answer = [message async for message in peer.answer("1")]
        words.extend(message.text for message in answer if isinstance(message, AnswerDelta))
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    home = Home(Delta("It is "), Delta("late."), AnswerEnd(None, continue_conversation=True))
    assert await reply_to(await speak(talk), home) == pytest.approx(0.2)
    assert words == ["It is ", "late."]
    assert home.asked == ["What time is it?"]
    end = await first_peer(talk).receive(AnswerEndMessage)
    assert end.end.continue_conversation
    assert talk.errors == []


async def test_calls_run_in_the_context_of_the_claim(meet: Meet) -> None:
    talk = await meet(turn_of(TOOL, ASK, N, speech(0.1), AE), home=OFFER, features=AGENT)
    turn = await speak(talk)
    where.set("kitchen")
    home = Home()
    claim = asyncio.create_task(reply_to(turn, home))
    await first_peer(talk).receive(AnswerEndMessage)
    await claim
    assert home.places == ["kitchen", "kitchen"]
    assert where.get() == "kitchen"


async def test_tool_is_called(meet: Meet) -> None:
    talk = await meet(turn_of(TOOL), home=OFFER, features=AGENT)
    home = Home()
    claim = asyncio.create_task((await speak(talk)).wait_reply(home))
    result = await first_peer(talk).receive(ToolResultMessage)
    assert result == ToolResultMessage("t", ToolResult({"on": True}))
    assert home.called == [("turn_on", {"area": "kitchen"})]
    claim.cancel()


async def test_ask_before_the_claim_waits(meet: Meet) -> None:
    talk = await meet(turn_of(ASK), home=OFFER, features=AGENT)
    turn = await speak(talk)
    home = Home()
    await asyncio.sleep(0.05)
    assert home.asked == []
    claim = asyncio.create_task(turn.wait_reply(home))
    await first_peer(talk).receive(AnswerEndMessage)
    claim.cancel()


async def test_unclaimed_turn_is_handled(meet: Meet) -> None:
    talk = await meet(turn_of(ASK), home=OFFER, features=AGENT, timings=Timings(claim=0.1))
    turn = await speak(talk)
    await first_peer(talk).receive(Handled)
    await until(lambda: turn.is_over)
    assert talk.errors == []


# Interruption.


async def test_user_interrupts_the_home(meet: Meet) -> None:
    home = Home(Delta("It is "), asyncio.Event())
    talk, peer = await answered_with(meet, home)
    await peer.receive(AnswerDelta)
    talk.session.start_turn()
    await peer.receive(Handled)
    await until(lambda: home.cancelled == 1)
    assert peer.received(AnswerEndMessage) == []


async def test_server_cancels_the_answer(meet: Meet) -> None:
    home = Home(asyncio.Event())

    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, ASK)
        await until(lambda: bool(home.asked))
        await peer.send(Cancel("1"), N, speech(0.1), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    assert await reply_to(await speak(talk), home) == pytest.approx(0.1)
    assert home.cancelled == 1
    assert first_peer(talk).received(AnswerEndMessage) == []


async def test_end_of_the_session_cancels_the_home(meet: Meet) -> None:
    home = Home(asyncio.Event())
    talk, _ = await answered_with(meet, home)
    await until(lambda: bool(home.asked))
    await talk.session.close()
    assert home.cancelled == 1


async def test_lost_connection_cancels_the_home(meet: Meet) -> None:
    home = Home(asyncio.Event())
    talk, peer = await answered_with(meet, home)
    await until(lambda: bool(home.asked))
    peer.abort()
    with pytest.raises(AgentError) as caught:
        await talk.claim  # type: ignore[attr-defined]
    assert caught.value.kind is ErrorKind.CONNECTION_LOST
    await until(lambda: home.cancelled == 1)
    assert talk.server.connections == 1
