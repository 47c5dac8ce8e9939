"""Rule 7: interrupting a reply, replacing a turn, cancelling a turn."""

import asyncio

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import ReplyFinished, ReplyInterrupted
from custom_components.playai.agent.messages import UserTranscript
from custom_components.playai.agent.settings import EndOfTurn, ServerTraits
from custom_components.playai.agent.testing import Peer

from .conftest import Meet
from .talk import AE, E, N, S, answers, listen, now, speak, speak_until_heard, speech


async def test_new_turn_interrupts_an_unfinished_reply(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N)
        for _ in range(100):
            await peer.send(speech(0.1, 111))
            await asyncio.sleep(0.1)
            if 0x22 in peer.voice:
                break
        await peer.hear_voice(2.5)
        await peer.send(S, speech(0.1, 111), E, speech(0.1, 111), N, speech(0.5, 222), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    hearing = asyncio.create_task(listen(await turn.wait_reply()))
    await asyncio.sleep(1)
    second = await talk.ask(0x22)
    assert hearing.done()
    assert hearing.result().levels == [111]
    assert second.levels == [222]
    (interrupted,) = talk.told(ReplyInterrupted)
    assert interrupted.duration == pytest.approx(1, abs=0.15)
    assert talk.errors == []


async def test_reply_that_is_complete_but_still_plays_is_interrupted(meet: Meet) -> None:
    talk = await meet(answers(seconds=20))
    await talk.ask(0x11)  # The stream is over, 20 s are in the player.
    await asyncio.sleep(2)
    await talk.ask(0x22)
    assert len(talk.told(ReplyInterrupted)) == 1
    assert not talk.told(ReplyFinished)


async def test_waiting_turn_is_replaced_at_once(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, UserTranscript("first"))
        await peer.hear_voice(2)
        await peer.send(N, speech(0.5, 111))  # The answer to the turn that was replaced.
        await peer.hear_voice(3)
        await peer.send(S, E, UserTranscript("second"), N, speech(0.5, 222), AE)

    talk = await meet(script)
    first = talk.session.start_turn()
    await speak(first, 1.1)
    await first.wait_end()
    waiting = asyncio.create_task(first.wait_reply())
    await asyncio.sleep(1)
    began = now()
    second = asyncio.create_task(talk.ask(0x22))
    with pytest.raises(AgentError) as caught:
        await waiting
    assert caught.value.kind is ErrorKind.REPLACED
    assert now() == began
    assert (await second).levels == [222]


async def test_open_turn_is_replaced(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S)
        await peer.hear(1.5)
        await peer.send(E, N, speech(0.5, 111), AE)
        await peer.hear_voice(1.5)
        await peer.send(S, E, N, speech(0.5, 222), AE)

    talk = await meet(script)
    first = talk.session.start_turn()
    await speak(first, 0.6)
    ending = asyncio.create_task(first.wait_end())
    await asyncio.sleep(0)
    second = asyncio.create_task(talk.ask(0x22))
    assert not (await ending).is_silent
    with pytest.raises(AgentError) as caught:
        await first.wait_reply()
    assert caught.value.kind is ErrorKind.REPLACED
    assert (await second).levels == [222]
    assert talk.errors == [ErrorKind.REPLACED]


async def test_cancelled_turn_sends_silence_until_e_and_then_the_next_one(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S)
        await peer.hear(2)  # The server ends the turn after a second of silence.
        assert 0x22 not in peer.voice
        await peer.send(E)
        await peer.hear_voice(1.5)
        await peer.send(N, speech(0.5, 111))
        await peer.hear_voice(2)
        await peer.send(S, E, N, speech(0.5, 222), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1)
    turn.cancel()
    assert (await talk.ask(0x22)).levels == [222]
    assert talk.errors == []


async def test_cancelled_turn_is_flushed_for_3_s_without_e(meet: Meet) -> None:
    talk = await meet(answers())  # It says S and E only after a second of voice.
    turn = talk.session.start_turn()
    await speak(turn, 0.5)
    began = now()
    turn.cancel()
    await talk.ask(0x22)
    peer = talk.server.peers[0]
    first_voice = next(when for when, data in peer.frames if 0x22 in data)
    assert first_voice - began == pytest.approx(3, abs=0.1)
    assert len(peer.heard.split(b"\x22")[0].strip(b"\x10")) == pytest.approx(48_000, abs=1300)


async def test_cancelled_turn_that_sent_nothing_is_not_flushed(meet: Meet) -> None:
    talk = await meet(answers())
    talk.session.start_turn().cancel()
    began = now()
    await talk.ask(0x22)
    assert now() - began < 2.5


async def test_cancelled_turn_and_then_the_next_with_the_stream_s_end(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(4.1)  # The cancelled turn and its silence.
        await peer.hear_voice(1.5)
        await peer.send(N, speech(0.5, 111))  # Late: it answers the cancelled turn.
        await peer.hear_voice(2)
        await peer.send(N, speech(0.5, 222), AE)

    traits = ServerTraits(greets=False, sends_voice_activity=False)
    talk = await meet(script, end_of_turn=EndOfTurn.HOME_ASSISTANT, traits=traits)
    turn = talk.session.start_turn()
    await speak(turn, 1)
    turn.cancel()
    turn = talk.session.start_turn()
    await speak(turn, 5)
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [222]


async def test_cancelling_wait_end_cancels_the_turn(meet: Meet) -> None:
    talk = await meet(answers())
    turn = talk.session.start_turn()
    ending = asyncio.create_task(turn.wait_end())
    await speak(turn, 0.3)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert turn.is_over
    assert not talk.session.is_busy
    assert talk.errors == []


async def test_cancelling_wait_reply_drops_the_reply(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E)
        await asyncio.sleep(2)
        await peer.send(N, speech(0.5, 111), AE)
        await peer.hear_voice(2)
        await peer.send(S, E, N, speech(0.5, 222), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    waiting = asyncio.create_task(turn.wait_reply())
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not talk.session.is_busy
    await asyncio.sleep(3)
    assert (await talk.ask(0x22)).levels == [222]


async def test_many_overlapping_turns_end_with_the_last(meet: Meet) -> None:
    talk = await meet(answers(seconds=0.5))
    turns = []
    for _ in range(20):
        turns.append(talk.session.start_turn())
        await speak(turns[-1], 0.1)
    last = asyncio.create_task(speak_until_heard(turns[-1]))
    for turn in turns[:-1]:
        await turn.wait_end()
        with pytest.raises(AgentError):
            await turn.wait_reply()
    await turns[-1].wait_end()
    assert (await listen(await turns[-1].wait_reply())).levels == [1000]
    await last
    assert talk.errors == [ErrorKind.REPLACED] * 19
