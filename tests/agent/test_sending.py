"""Rules 2 and 4: frames, their pace, and silence."""

import asyncio
from itertools import pairwise

import pytest

from custom_components.playai.agent.microphone import FRAME_BYTES
from custom_components.playai.agent.settings import EndOfTurn
from custom_components.playai.agent.testing import Peer

from .conftest import Meet
from .talk import AE, E, N, S, answers, listen, now, speak, speech, voice


def gaps(peer: Peer, start: int = 0, end: int | None = None) -> list[float]:
    times = [when for when, _ in peer.frames[start:end]]
    return [b - a for a, b in pairwise(times)]


async def listens(peer: Peer) -> None:
    await peer.closed.wait()


async def test_frames_are_40_ms_in_real_time(meet: Meet) -> None:
    talk = await meet(listens)
    turn = talk.session.start_turn()
    await speak(turn, 2)
    peer = talk.server.peers[0]
    assert {len(data) for _, data in peer.frames} == {FRAME_BYTES}
    assert sum(gaps(peer)) / len(gaps(peer)) == pytest.approx(0.04, abs=0.001)
    assert peer.heard == voice(2)
    turn.cancel()


async def test_chunk_waits_at_most_one_frame(meet: Meet) -> None:
    talk = await meet(listens)
    turn = talk.session.start_turn()
    await speak(turn, 1)
    first_chunk = now()
    for byte in range(1, 5):
        turn.feed(voice(0.01, byte))
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.005)
    when, data = talk.server.peers[0].frames[-1]
    assert data == b"".join(voice(0.01, byte) for byte in range(1, 5))
    assert when - first_chunk <= 0.045
    turn.cancel()


async def test_backlog_goes_out_four_times_as_fast(meet: Meet) -> None:
    talk = await meet(listens)
    turn = talk.session.start_turn()
    turn.feed(voice(8))
    await asyncio.sleep(2.05)
    peer = talk.server.peers[0]
    assert len(peer.heard) == pytest.approx(8 * 16_000, abs=2 * FRAME_BYTES)
    assert min(gaps(peer, 2)) >= 0.0099
    turn.cancel()


async def test_partial_frame_is_filled_and_silence_follows_in_real_time(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(3)
        await peer.send(S, E, N, speech(1), AE)
        await peer.closed.wait()

    talk = await meet(script, end_of_turn=EndOfTurn.HOME_ASSISTANT)
    turn = talk.session.start_turn()
    await speak(turn, 1)
    turn.feed(voice(0.013))
    turn.end_input()
    await turn.wait_end()
    reply = await turn.wait_reply()
    peer = talk.server.peers[0]
    assert peer.frames[25][1] == voice(0.013) + b"\xff" * (FRAME_BYTES - 208)
    silence = peer.frames[26:]
    assert {data for _, data in silence} == {b"\xff" * FRAME_BYTES}
    assert sum(gaps(peer, 26)) / len(gaps(peer, 26)) == pytest.approx(0.04, abs=0.001)
    # Until the reply has been played, and not a frame more.
    began = now()
    await listen(reply)
    await asyncio.sleep(5)
    assert peer.frames[-1][0] - began == pytest.approx(1, abs=0.1)


async def test_idle_session_sends_nothing(meet: Meet) -> None:
    talk = await meet(answers(seconds=0.5))
    await talk.ask()
    await asyncio.sleep(2)
    frames = len(talk.server.peers[0].frames)
    await asyncio.sleep(40)
    assert len(talk.server.peers[0].frames) == frames
    assert not talk.session.is_closed


async def test_next_turn_of_a_session_uses_its_connection(meet: Meet) -> None:
    talk = await meet(answers(seconds=0.5))
    await talk.ask(0x11)
    await asyncio.sleep(5)
    await talk.ask(0x22)
    assert talk.server.connections == 1
    assert 0x22 in talk.server.peers[0].voice
