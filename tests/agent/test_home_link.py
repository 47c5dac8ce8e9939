"""The home link over a real socket: the home answers what the server asks."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import aiohttp
import pytest

from custom_components.playai.agent.check import probe
from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.home import (
    AgentFeatures,
    AnswerEnd,
    Delta,
    Feature,
    HomeOffer,
    Tool,
    ToolResult,
)
from custom_components.playai.agent.home_tasks import MAX_TASKS
from custom_components.playai.agent.messages import (
    AgentMessage,
    AnswerDelta,
    AnswerEndMessage,
    Ask,
    Cancel,
    Handled,
    HomeMessage,
    Init,
    Message,
    Say,
    ToolCall,
    ToolResultMessage,
    UserText,
    UserTranscript,
)
from custom_components.playai.agent.session import Session
from custom_components.playai.agent.settings import ServerTraits, Timings
from custom_components.playai.agent.testing import Peer, Script
from custom_components.playai.agent.turn import Turn

from .conftest import Meet, Serve
from .talk import AE, KEY, E, N, S, Talk, listen, settings_for, speech, until, voice

AGENT = AgentFeatures("Agent", ("en",), frozenset({Feature.SAY, Feature.USER_TEXT}))
OFFER = HomeOffer("en", True, (Tool("turn_on", "Turn on", {"type": "object"}),), "Be kind.", ("a",))
ASK = Ask("1", "What time is it?")
TOOL = ToolCall("t", "turn_on", {"area": "kitchen"})
WORDS = UserTranscript("What time is it?")

type Answer = Callable[[str], AsyncGenerator[Any]]

where: ContextVar[str] = ContextVar("where", default="nowhere")


class Home:
    """A home that answers as a test says, and records what it was asked."""

    def __init__(self, *parts: Delta | AnswerEnd | Exception | asyncio.Event) -> None:
        self.parts = parts or (Delta("It is "), Delta("late."), AnswerEnd())
        self.tool: Callable[[str, dict[str, Any]], Awaitable[Any]] | None = None
        self.asked: list[str] = []
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.places: list[str] = []
        self.cancelled = 0

    async def answer(self, text: str) -> AsyncGenerator[Delta | AnswerEnd]:
        self.asked.append(text)
        self.places.append(where.get())
        where.set("home")
        try:
            for part in self.parts:
                if isinstance(part, asyncio.Event):
                    await part.wait()
                elif isinstance(part, Exception):
                    raise part
                else:
                    yield part
        except asyncio.CancelledError, GeneratorExit:
            self.cancelled += 1
            raise

    def was_called(self, times: int) -> bool:
        return len(self.called) >= times

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        self.called.append((name, arguments))
        self.places.append(where.get())
        try:
            return (
                ToolResult({"on": True}) if self.tool is None else await self.tool(name, arguments)
            )
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


def turn_of(*messages: Message) -> Script:
    """A server that hears a turn and sends these messages."""

    async def script(peer: Peer) -> None:
        await peer.send(Init("c"))
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, *messages)
        await peer.closed.wait()

    return script


async def speak(talk: Talk) -> Turn:
    """Have a turn until speech-to-text returns."""
    turn = talk.session.start_turn()
    turn.feed(voice(0.4))
    await turn.wait_end()
    return turn


async def reply_to(turn: Turn, home: Home | None = None) -> float:
    """Hear a reply, and return its length in seconds."""
    return (await listen(await turn.wait_reply(home))).seconds(1000)


def first_peer(talk: Talk) -> Peer:
    return talk.server.peers[0]


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


async def test_probe_learns_the_features(http: aiohttp.ClientSession, serve: Serve) -> None:
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


async def test_probe_of_an_agent_that_greets_learns_the_features(
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


# A bad home.


async def answered_with(meet: Meet, home: Any, *messages: Message) -> tuple[Talk, Peer]:
    """The messages that a server gets from a home, which is asked."""
    talk = await meet(turn_of(*(messages or (ASK,))), home=OFFER, features=AGENT)
    turn = await speak(talk)
    talk.claim = asyncio.create_task(turn.wait_reply(home))  # type: ignore[attr-defined]
    return talk, first_peer(talk)


async def test_home_that_raises(meet: Meet, caplog: pytest.LogCaptureFixture) -> None:
    home = Home(Delta("It is "), ValueError("broken"))
    _, peer = await answered_with(meet, home)
    assert (await peer.receive(AnswerEndMessage)).end.error == "failed"
    assert "The home failed to answer" in caplog.text


async def test_home_that_ends_without_a_word(meet: Meet) -> None:
    class Silent(Home):
        async def answer(self, text: str) -> AsyncGenerator[Delta | AnswerEnd]:
            parts: tuple[Delta, ...] = ()
            for part in parts:
                yield part

    _, peer = await answered_with(meet, Silent())
    assert (await peer.receive(AnswerEndMessage)).end == AnswerEnd()


NONSENSE: Any = 5


@pytest.mark.parametrize(
    "part", [None, 5, Delta(NONSENSE), AnswerEnd(NONSENSE), AnswerEnd(error=NONSENSE)]
)
async def test_home_that_answers_nonsense(meet: Meet, part: Any) -> None:
    _, peer = await answered_with(meet, Home(part))
    await peer.receive(AnswerEndMessage)
    assert not peer.closed.is_set()


async def test_home_without_an_answer_method(meet: Meet, caplog: pytest.LogCaptureFixture) -> None:
    _, peer = await answered_with(meet, object(), ASK, TOOL)
    assert (await peer.receive(AnswerEndMessage)).end.error == "failed"
    assert (await peer.receive(ToolResultMessage)).result.is_error


async def test_tool_that_raises(meet: Meet, caplog: pytest.LogCaptureFixture) -> None:
    home = Home()

    async def fail(name: str, arguments: dict[str, Any]) -> ToolResult:
        raise ValueError("broken")

    home.tool = fail
    _, peer = await answered_with(meet, home, TOOL)
    result = await peer.receive(ToolResultMessage)
    assert result == ToolResultMessage("t", ToolResult("failed", is_error=True))
    assert "A tool of the home failed" in caplog.text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (object(), "the result cannot be written as JSON"),
        ("\ud800", "the result cannot be written as JSON"),
        ("a" * 40_000, "the result is too long"),
    ],
    ids=["object", "surrogate", "long"],
)
async def test_result_that_cannot_be_sent(meet: Meet, data: Any, reason: str) -> None:
    home = Home()

    async def run(name: str, arguments: dict[str, Any]) -> ToolResult:
        return ToolResult(data)

    home.tool = run
    _, peer = await answered_with(meet, home, TOOL)
    result = await peer.receive(ToolResultMessage)
    assert result == ToolResultMessage("t", ToolResult(reason, is_error=True))


async def test_home_that_hangs(meet: Meet) -> None:
    home = Home(asyncio.Event())
    timings = Timings(delta=0.1, first_audio=0.1)
    talk = await meet(turn_of(ASK), home=OFFER, features=AGENT, timings=timings)
    turn = await speak(talk)
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply(home)
    assert caught.value.kind is ErrorKind.NO_REPLY
    end = await first_peer(talk).receive(AnswerEndMessage)
    assert end.end.error == "timeout"
    assert home.cancelled == 1


async def test_home_that_ignores_its_cancellation(meet: Meet) -> None:
    """Its tasks are limited, and do not keep the session from ending."""
    release = asyncio.Event()

    class Stubborn(Home):
        async def call_tool(self, name: str, arguments: dict[str, Any]) -> ToolResult:
            self.called.append((name, arguments))
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    self.cancelled += 1
            return ToolResult({})

    home = Stubborn()

    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS)
        for n in range(MAX_TASKS):
            await peer.send(ToolCall(str(n), "turn_on", {}))
            await until(partial(home.was_called, n + 1))
            await peer.send(Cancel(str(n)))
        await peer.send(TOOL)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    claim = asyncio.create_task((await speak(talk)).wait_reply(home))
    result = await first_peer(talk).receive(ToolResultMessage)
    assert result == ToolResultMessage("t", ToolResult("too_many", is_error=True))
    await talk.session.close()
    assert (len(home.called), home.cancelled) == (MAX_TASKS, MAX_TASKS)
    release.set()
    with pytest.raises(AgentError):
        await claim


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


# A bad server.


async def test_server_that_asks_without_end(meet: Meet) -> None:
    home = Home()

    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS)
        for n in range(10_000):
            await peer.send(Ask(str(n), "What?"))
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = await speak(talk)
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply(home)
    assert caught.value.kind is ErrorKind.BAD_MESSAGE
    assert len(home.asked) <= 1


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"ask"}',
        '{"type":"ask","id":"","text":"x"}',
        '{"type":"ask","id":5,"text":"x"}',
        '{"type":"ask","id":"1"}',
        '{"type":"toolCall","id":"1"}',
        '{"type":"toolCall","id":"1","name":"x","arguments":[]}',
        '{"type":"toolCall","id":"1","name":"x","arguments":{"a":"%s"}}' % ("a" * 40_000),
        '{"type":"toolCall","id":"1","name":"x","arguments":{"a":"%s"}}' % ("a" * 2_000_000),
        '{"type":"toolCall","id":"1","name":"x","arguments":{"a":%s}}' % ("[" * 99 + "]" * 99),
        '{"type":"cancel","id":"unknown"}',
        '{"type":"cancel"}',
        '{"type":"agent"}',
        '{"type":"agent","name":5,"languages":5,"features":{},"health":5}',
        '{"type":"home"}',
        '{"type":"handled"}',
    ],
    ids=lambda text: text[:60],
)
async def test_server_that_sends_nonsense(meet: Meet, text: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, text, N, speech(0.1), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    home = Home()
    assert await reply_to(await speak(talk), home) == pytest.approx(0.1)
    assert (home.asked, home.called) == ([], [])


async def test_server_that_sends_ten_megabytes_of_arguments(meet: Meet) -> None:
    text = '{"type":"toolCall","id":"1","name":"x","arguments":{"a":"%s"}}' % ("a" * 10_000_000)

    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, text)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = await speak(talk)
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply(Home())
    assert caught.value.kind is ErrorKind.BAD_MESSAGE


async def test_server_that_calls_before_any_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(ASK, TOOL)
        await peer.receive(AnswerEndMessage)
        await peer.receive(ToolResultMessage)
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, N, speech(0.1), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT, traits=ServerTraits(greets=False))
    talk.traits.sends_voice_activity = True
    home = Home()
    turn = talk.session.start_turn()
    turn.feed(voice(0.1))
    await until(lambda: bool(talk.server.peers))
    await first_peer(talk).receive(ToolResultMessage)
    turn.feed(voice(0.3))
    await turn.wait_end()
    assert await reply_to(turn, home) == pytest.approx(0.1)
    assert (home.asked, home.called) == ([], [])


async def test_key_in_a_call_is_redacted(meet: Meet) -> None:
    home = Home()
    call = ToolCall("t", "turn_on", {KEY: [KEY, {"a": KEY}]})
    _, peer = await answered_with(meet, home, call)
    await peer.receive(ToolResultMessage)
    assert home.called == [("turn_on", {"***": ["***", {"a": "***"}]})]


# Texts.


async def test_agent_speaks_a_text_of_the_home(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.receive(Say)
        await peer.send(N, speech(0.2))
        await until(lambda: any(say.is_final for say in peer.received(Say)))
        await peer.send(AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = talk.session.say("en")
    turn.push_text("It is ")
    turn.push_text("late.")
    turn.end_text()
    assert await reply_to(turn) == pytest.approx(0.2)
    texts = first_peer(talk).received(Say)
    assert "".join(say.text for say in texts) == "It is late."
    assert [say.is_final for say in texts][-1]
    assert {say.language for say in texts} == {"en"}
    assert first_peer(talk).frames == []


async def test_typed_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        assert (await peer.receive(UserText)).text == "What time is it?"
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = talk.session.send_text("What time is it?")
    assert (await turn.wait_end()).text == "What time is it?"
    assert await reply_to(turn) == pytest.approx(0.2)


async def test_home_answers_a_turn_itself(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, ASK)
        await peer.receive(Handled)
        await until(lambda: any(say.is_final for say in peer.received(Say)))
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = await speak(talk)
    turn.answer_locally("en")
    turn.push_text("Done.")
    turn.end_text()
    home = Home()
    assert await reply_to(turn, home) == pytest.approx(0.2)
    assert home.asked == []


async def test_local_answer_replaces_a_reply_that_was_handed_out(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, N, speech(0.3, 2000), AE)
        await peer.receive(Handled)
        await peer.receive(Say)
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = await speak(talk)
    await turn.wait_reply()
    turn.answer_locally("en")
    turn.push_text("Done.")
    turn.end_text()
    heard = await listen(await turn.wait_reply())
    assert heard.seconds(2000) == 0
    assert heard.seconds(1000) == pytest.approx(0.2)


async def test_agent_that_cannot_speak_texts(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AgentFeatures("Mute"))
    turn = talk.session.say()
    turn.push_text("Hello.")
    turn.end_text()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.PROTOCOL
    with pytest.raises(AgentError) as caught:  # Known by now.
        await talk.session.send_text("Hello.").wait_reply()
    assert caught.value.kind is ErrorKind.PROTOCOL


async def test_text_that_cannot_be_sent(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    for text in ("", " ", "a" * 40_000):
        with pytest.raises(ValueError, match="text"):
            talk.session.send_text(text)
    with pytest.raises(ValueError, match="language"):
        talk.session.say("English please")
    await talk.session.close()
    with pytest.raises(RuntimeError):
        talk.session.say()
    with pytest.raises(RuntimeError):
        talk.session.send_text("Hello.")
