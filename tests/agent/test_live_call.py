"""A live call with a server over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, override

import aiohttp
import pytest

from custom_components.playai.agent.events import ReplyInterrupted, Status
from custom_components.playai.agent.home import AgentFeatures, Feature
from custom_components.playai.agent.live_call import LiveCall
from custom_components.playai.agent.messages import (
    Ask,
    ErrorMessage,
    Hold,
    HomeLinkMessage,
    Played,
    UserTranscript,
)
from custom_components.playai.agent.reply import Reply
from custom_components.playai.agent.settings import ServerTraits
from custom_components.playai.agent.testing import Peer, Script
from custom_components.playai.agent.turn import Turn

from .conftest import Serve
from .home_link import AGENT, OFFER, Home
from .talk import AE, E, N, Noted, S, pcm, settings_for, speech, until, voice

HELLO = UserTranscript("Hello.")


class Caller(Noted):
    """A user in a call with a scripted server."""

    def __init__(self, http: aiohttp.ClientSession, url: str, **options: Any) -> None:
        super().__init__()
        self.byte = 0x10
        self.turns: list[Turn] = []
        self.call = LiveCall(
            http,
            settings_for(url),
            traits=ServerTraits(greets=False),
            on_event=self.events.append,
            **{"on_turn": self.turns.append, **options},
        )

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        """Begin the call with a microphone that is open all the time."""
        self.call.begin()
        talking = asyncio.create_task(self._keep_talking())
        try:
            yield
        finally:
            talking.cancel()

    async def _keep_talking(self) -> None:
        while True:
            self.call.hear(voice(0.02, self.byte))
            await asyncio.sleep(0.02)

    async def turn(self, number: int) -> Turn:
        await until(lambda: len(self.turns) >= number)
        return self.turns[number - 1]

    async def reply(self, number: int) -> Reply:
        return await (await self.turn(number)).wait_reply()


type Meet = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def meet(serve: Serve, http: aiohttp.ClientSession) -> AsyncIterator[Meet]:
    """Start a server, and make a call that has not begun; both end with the test."""
    callers: list[Caller] = []

    async def start(
        *scripts: Script, features: AgentFeatures | None = None, **options: Any
    ) -> Caller:
        server = await serve(*scripts, features=features)
        callers.append(Caller(http, server.url, **options))
        return callers[-1]

    yield start
    for caller in callers:
        await caller.call.close()


async def heard(reply: Reply) -> bytes:
    return b"".join([piece async for piece in reply.stream(fills_pauses=False)])


async def test_turns_come_from_the_server(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        for number in (1, 2):
            await peer.hear_voice(0.3 * number)
            await peer.send(S, E, HELLO, N, speech(0.2, number), AE)
        await peer.closed.wait()

    caller = await meet(script)
    async with caller.talking():
        assert caller.call.is_busy
        first = await caller.turn(1)
        assert (await first.wait_end()).text == "Hello."
        assert await heard(await first.wait_reply()) == pcm(0.2, 1)
        assert await heard(await caller.reply(2)) == pcm(0.2, 2)
    assert caller.errors == []


async def test_room_is_made_for_a_call_that_begins(meet: Meet) -> None:
    async def full(peer: Peer) -> None:
        await peer.send(ErrorMessage(4429, "Too many connections."))
        await peer.close(4429)

    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.3)
        await peer.send(S, E, HELLO, N, speech(0.2, 1), AE)
        await peer.closed.wait()

    asked: list[None] = []

    async def make_room() -> bool:
        asked.append(None)
        return True

    caller = await meet(full, script, make_room=make_room)
    async with caller.talking():
        assert await heard(await caller.reply(1)) == pcm(0.2, 1)
    assert len(asked) == 1
    assert caller.errors == []


async def test_microphone_is_heard_during_the_reply_which_speech_interrupts(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO, N, speech(10, 1))
        while bytes([0x22]) not in peer.voice:  # noqa: ASYNC110 (there is no event)
            await asyncio.sleep(0.01)
        await peer.send(S, E, HELLO, N, speech(0.2, 2), AE)
        await peer.closed.wait()

    caller = await meet(script)
    async with caller.talking():
        reply = await caller.reply(1)
        stream = reply.stream(fills_pauses=False)
        await anext(stream)
        reply.heard(0.05)
        assert 0.049 <= reply.heard_seconds <= 0.1
        caller.byte = 0x22
        assert await heard(await caller.reply(2)) == pcm(0.2, 2)
        assert [piece async for piece in stream] == []
    (interrupted,) = caller.told(ReplyInterrupted)
    assert interrupted.duration <= 0.1


async def test_server_knows_the_button(meet: Meet) -> None:
    servers: list[Peer] = []
    before: list[tuple[Hold, int]] = []
    """Each message to the server, and the bytes of voice that it had heard before."""

    class Messages(list[HomeLinkMessage]):
        @override
        def append(self, message: HomeLinkMessage) -> None:
            if isinstance(message, Hold):
                before.append((message, len(servers[0].voice)))
            super().append(message)

    async def script(peer: Peer) -> None:
        servers.append(peer)
        peer.home_messages = Messages(peer.home_messages)
        await peer.receive(Hold, 2)
        await peer.send(S, E, HELLO, N, speech(0.2), AE)
        await peer.closed.wait()

    features = AgentFeatures("Agent", ("en",), frozenset({Feature.HOLD}))
    caller = await meet(script, home=OFFER, features=features)
    caller.call.hold(is_held=True)  # Before it begins.
    caller.call.begin()
    await until(lambda: caller.call.features is not None)
    caller.call.hear(voice(0.4, 0xFF))
    caller.call.hold(is_held=True)
    caller.call.hear(voice(0.8, 0x10))
    caller.call.hold(is_held=False)
    caller.call.hear(voice(0.4, 0xFF))
    assert await heard(await caller.reply(1)) == pcm(0.2)
    assert before == [(Hold(is_held=True), 0), (Hold(is_held=False), 0.8 * 16_000)]
    await caller.call.close()
    caller.call.hold(is_held=True)


async def test_server_knows_what_was_heard_of_the_reply(meet: Meet) -> None:
    is_known = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO, N, speech(10))
        assert await peer.receive(Played) == Played(1, 50)
        await peer.send(S)
        assert (await peer.receive(Played, 2)).is_stopped
        assert await peer.receive(Played, 3) == Played(1, 75, True)
        is_known.set()
        await peer.closed.wait()

    features = AgentFeatures("Agent", ("en",), frozenset({Feature.PLAYED}))
    caller = await meet(script, home=OFFER, features=features)
    async with caller.talking():
        reply = await caller.reply(1)
        await anext(reply.stream(fills_pauses=False))
        reply.heard(0.05)
        await caller.turn(2)
        reply.heard(0.075)
        await is_known.wait()


async def test_home_answers_in_a_call(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO, Ask("1", "Hello."))
        words = [message async for message in peer.answer("1")]
        assert len(words) == 3
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    caller = await meet(script, home=OFFER, features=AGENT)
    async with caller.talking():
        turn = await caller.turn(1)
        await turn.wait_end()
        home = Home()
        assert await heard(await turn.wait_reply(home)) == pcm(0.2)
    assert home.asked == ["Hello."]


async def test_typed_turn_in_a_call(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    caller = await meet(script, home=OFFER, features=AGENT)
    async with caller.talking():
        turn = caller.call.send_text("Hello.")
        assert await heard(await turn.wait_reply()) == pcm(0.2)
        assert caller.turns == []


async def test_lost_connection_repeats_the_turn(meet: Meet) -> None:
    async def cut(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S)
        await peer.hear_voice(0.4)
        peer.abort()

    async def answer(peer: Peer) -> None:
        await peer.hear_voice(0.4)
        await peer.send(S, E, HELLO, N, speech(0.2), AE)
        await peer.closed.wait()

    caller = await meet(cut, answer)
    async with caller.talking():
        assert await heard(await caller.reply(1)) == pcm(0.2)
        assert len(caller.turns) == 1
    assert caller.errors == []


async def test_agent_greets(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    caller = await meet(script)
    async with caller.talking():
        assert await heard(await caller.reply(1)) == pcm(0.2)


async def test_user_interrupts_without_speaking(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO, N, speech(10))
        await peer.closed.wait()

    caller = await meet(script)
    async with caller.talking():
        reply = await caller.reply(1)
        await anext(reply.stream(fills_pauses=False))
        caller.call.interrupt()
        assert reply.was_interrupted
        assert caller.call.status is Status.LISTENING
        caller.call.keep_awake()
        assert not caller.call.is_closed


async def test_listener_that_fails_cancels_the_turn(
    meet: Meet, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO)
        await peer.closed.wait()

    def fail(_: Turn) -> None:
        raise ValueError

    caller = await meet(script, on_turn=fail)
    caller.call.begin()
    caller.call.hear(voice(0.4))
    await until(lambda: "The listener of a live call failed" in caplog.text)
    assert not caller.call.is_closed


async def test_call_begins_once(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.closed.wait()

    caller = await meet(script)
    caller.call.hear(voice(0.1))  # Ignored: the call has not begun.
    caller.call.begin()
    with pytest.raises(RuntimeError, match="the call has begun"):
        caller.call.begin()
    await caller.call.close()
    assert not caller.call.is_busy
    caller.call.hear(voice(0.1))
    with pytest.raises(RuntimeError, match="closed"):
        caller.call.begin()
