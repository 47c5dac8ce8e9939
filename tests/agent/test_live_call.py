"""A live call with a server over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from custom_components.playai.agent.events import ReplyInterrupted, Status
from custom_components.playai.agent.messages import Ask, UserTranscript
from custom_components.playai.agent.reply import Reply
from custom_components.playai.agent.testing import Peer
from custom_components.playai.agent.turn import Turn

from .conftest import Meet
from .home_link import AGENT, OFFER, Home
from .talk import AE, E, N, S, Talk, pcm, speech, until, voice

HELLO = UserTranscript("Hello.")


class Caller:
    """A user whose microphone is open all the time."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.byte = 0x10
        self.turns: list[Turn] = []
        talk.session.begin_call(self.turns.append)

    async def keep_talking(self) -> None:
        while True:
            self.talk.session.hear(voice(0.02, self.byte))
            await asyncio.sleep(0.02)

    async def turn(self, number: int) -> Turn:
        await until(lambda: len(self.turns) >= number)
        return self.turns[number - 1]

    async def reply(self, number: int) -> Reply:
        return await (await self.turn(number)).wait_reply()


@asynccontextmanager
async def calling(talk: Talk) -> AsyncIterator[Caller]:
    caller = Caller(talk)
    talking = asyncio.create_task(caller.keep_talking())
    try:
        yield caller
    finally:
        talking.cancel()


async def heard(reply: Reply) -> bytes:
    return b"".join([piece async for piece in reply.stream(fills_pauses=False)])


async def test_turns_come_from_the_server(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        for number in (1, 2):
            await peer.hear_voice(0.3 * number)
            await peer.send(S, E, HELLO, N, speech(0.2, number), AE)
        await peer.closed.wait()

    talk = await meet(script)
    async with calling(talk) as caller:
        assert talk.session.is_busy
        first = await caller.turn(1)
        assert (await first.wait_end()).text == "Hello."
        assert await heard(await first.wait_reply()) == pcm(0.2, 1)
        assert await heard(await caller.reply(2)) == pcm(0.2, 2)
    assert talk.errors == []


async def test_microphone_is_heard_during_the_reply_which_speech_interrupts(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO, N, speech(10, 1))
        while bytes([0x22]) not in peer.voice:  # noqa: ASYNC110 (there is no event)
            await asyncio.sleep(0.01)
        await peer.send(S, E, HELLO, N, speech(0.2, 2), AE)
        await peer.closed.wait()

    talk = await meet(script)
    async with calling(talk) as caller:
        reply = await caller.reply(1)
        stream = reply.stream(fills_pauses=False)
        await anext(stream)
        reply.heard(0.05)
        assert 0.049 <= reply.heard_seconds <= 0.1
        caller.byte = 0x22
        assert await heard(await caller.reply(2)) == pcm(0.2, 2)
        assert [piece async for piece in stream] == []
    (interrupted,) = talk.told(ReplyInterrupted)
    assert interrupted.duration <= 0.1


async def test_home_answers_in_a_call(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO, Ask("1", "Hello."))
        words = [message async for message in peer.answer("1")]
        assert len(words) == 3
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    async with calling(talk) as caller:
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

    talk = await meet(script, home=OFFER, features=AGENT)
    async with calling(talk) as caller:
        turn = talk.session.send_text("Hello.")
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

    talk = await meet(cut, answer)
    async with calling(talk) as caller:
        assert await heard(await caller.reply(1)) == pcm(0.2)
        assert len(caller.turns) == 1
    assert talk.errors == []


async def test_agent_greets(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script)
    async with calling(talk) as caller:
        assert await heard(await caller.reply(1)) == pcm(0.2)


async def test_user_interrupts_without_speaking(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO, N, speech(10))
        await peer.closed.wait()

    talk = await meet(script)
    async with calling(talk) as caller:
        reply = await caller.reply(1)
        await anext(reply.stream(fills_pauses=False))
        talk.session.interrupt()
        assert reply.was_interrupted
        assert talk.session.status is Status.LISTENING
        talk.session.keep_awake()
        assert not talk.session.is_closed


async def test_listener_that_fails_cancels_the_turn(
    meet: Meet, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, HELLO)
        await peer.closed.wait()

    def fail(_: Turn) -> None:
        raise ValueError

    talk = await meet(script)
    talk.session.begin_call(fail)
    talk.session.hear(voice(0.4))
    await until(lambda: "The listener of a live call failed" in caplog.text)
    assert not talk.session.is_closed


async def test_one_call_in_a_session(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.closed.wait()

    talk = await meet(script)
    talk.session.hear(voice(0.1))  # Ignored: there is no call.
    talk.session.begin_call(lambda _: None)
    with pytest.raises(RuntimeError, match="has a live call"):
        talk.session.begin_call(lambda _: None)
    await talk.session.close()
    assert not talk.session.is_busy
    talk.session.hear(voice(0.1))
    with pytest.raises(RuntimeError, match="closed"):
        talk.session.begin_call(lambda _: None)
