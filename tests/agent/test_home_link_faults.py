"""The home link with a home or a server that misbehaves."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.home import AnswerEnd, Delta, ToolResult
from custom_components.playai.agent.home_tasks import MAX_TASKS
from custom_components.playai.agent.messages import (
    AnswerEndMessage,
    Ask,
    Cancel,
    ToolCall,
    ToolResultMessage,
)
from custom_components.playai.agent.settings import ServerTraits, Timings
from custom_components.playai.agent.testing import Peer

from .conftest import Meet
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
)
from .talk import AE, KEY, E, N, S, speech, until, voice

# A bad home.


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
