"""Rules 8, 9 and 11: limits, the end of a session, and unclaimed replies."""

import asyncio
import logging
from typing import Any

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import ReplyInterrupted, SessionEnded, SessionStarted
from custom_components.playai.agent.messages import AudioStream, Init, Message, UserTranscript
from custom_components.playai.agent.settings import EndOfTurn, ServerTraits
from custom_components.playai.agent.testing import Peer
from custom_components.playai.agent.turn import Speech

from .conftest import Meet
from .talk import (
    AE,
    E,
    N,
    S,
    Talk,
    answers,
    listen,
    now,
    speak,
    speak_until_heard,
    speech,
    until,
    voice,
)

KNOWN: dict[str, Any] = {"greets": False, "sends_voice_activity": True}


async def listens(peer: Peer) -> None:
    await peer.closed.wait()


async def test_no_speech_in_15_s_is_silence_and_no_error(meet: Meet) -> None:
    talk = await meet(listens, traits=ServerTraits(**KNOWN))
    turn = talk.session.start_turn()
    began = now()
    speaker = asyncio.create_task(speak_until_heard(turn))
    said = await turn.wait_end()
    assert (said.text, said.is_silent) == ("", True)
    assert now() - began == pytest.approx(15, abs=0.1)
    assert talk.errors == []
    assert not talk.session.is_busy
    await speaker


async def test_button_pressed_and_nothing_said(meet: Meet) -> None:
    talk = await meet(listens, traits=ServerTraits(**KNOWN))
    turn = talk.session.start_turn()
    await speak(turn, 1)
    turn.end_input()
    began = now()
    assert (await turn.wait_end()).is_silent
    assert now() - began == pytest.approx(3, abs=0.1)
    # The next turn need not wait for the silence of this one.
    await speak(talk.session.start_turn(), 0.1, 0x22)
    assert 0x22 in talk.server.peers[0].voice


async def test_silence_proves_nothing_about_an_unknown_server(
    meet: Meet, caplog: pytest.LogCaptureFixture
) -> None:
    talk = await meet(listens)
    began = now()
    assert (await silent_turn(talk)).is_silent
    assert now() - began <= 20.1
    assert talk.traits.sends_voice_activity is None
    assert talk.errors == []
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


@pytest.mark.parametrize("sends_voice_activity", [True, False, None])
@pytest.mark.parametrize("end_of_turn", list(EndOfTurn))
async def test_silence_until_home_gives_up_is_not_an_error(
    meet: Meet, end_of_turn: EndOfTurn, sends_voice_activity: bool | None
) -> None:
    traits = ServerTraits(greets=False, sends_voice_activity=sends_voice_activity)
    talk = await meet(listens, end_of_turn=end_of_turn, traits=traits)
    turn = talk.session.start_turn()
    await speak(turn, 14.98)  # Home Assistant's detector ends the stream then.
    turn.end_input()
    ended = now()
    assert (await turn.wait_end()).is_silent
    assert now() - ended <= 5.1
    await asyncio.sleep(40)
    assert talk.errors == []


async def test_home_assistant_ends_a_silent_stream_and_a_server_heard_nothing(meet: Meet) -> None:
    talk = await meet(listens, end_of_turn=EndOfTurn.HOME_ASSISTANT, traits=ServerTraits(**KNOWN))
    turn = talk.session.start_turn()
    await speak(turn, 4)
    turn.end_input()
    ended = now()
    assert (await turn.wait_end()).is_silent
    assert now() - ended <= 3.1
    assert talk.errors == []


@pytest.mark.parametrize("message", [S, N, UserTranscript("yes")])
async def test_home_assistant_waits_for_a_slow_server(meet: Meet, message: Message) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(2)
        await peer.send(message)
        await peer.hear(4)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script, end_of_turn=EndOfTurn.HOME_ASSISTANT, traits=ServerTraits(**KNOWN))
    turn = talk.session.start_turn()
    await speak(turn, 1)
    turn.end_input()
    ended = now()
    assert not (await turn.wait_end()).is_silent
    assert now() - ended == pytest.approx(1, abs=0.1)
    assert (await listen(await turn.wait_reply())).levels == [1000]


@pytest.mark.parametrize("end_of_turn", list(EndOfTurn))
async def test_noise_without_words_is_silence(meet: Meet, end_of_turn: EndOfTurn) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, UserTranscript(""))
        await peer.closed.wait()

    talk = await meet(script, end_of_turn=end_of_turn, traits=ServerTraits(**KNOWN))
    turn = talk.session.start_turn()
    await speak(turn, 1.5)
    turn.end_input()
    assert (await turn.wait_end()).is_silent
    await asyncio.sleep(40)
    assert talk.errors == []


async def test_answer_without_words_is_heard(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, UserTranscript(""))
        await peer.hear(3)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script, traits=ServerTraits(**KNOWN))
    assert (await talk.ask()).levels == [1000]


async def test_silence_is_not_an_error_where_a_later_edition_says_hello(meet: Meet) -> None:
    """A server that sends `init` would report speech, so no reply is awaited."""

    async def script(peer: Peer) -> None:
        await peer.send(Init("c-1"))

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1)
    turn.end_input()
    ended = now()
    assert (await turn.wait_end()).is_silent
    assert now() - ended <= 3.1
    assert talk.errors == []


async def silent_turn(talk: Talk) -> Speech:
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    said = await turn.wait_end()
    await speaker
    return said


async def test_no_reply_in_30_s(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E)
        await peer.closed.wait()

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.05)
    ended = now()
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.NO_REPLY
    assert now() - ended == pytest.approx(30, abs=0.1)
    assert not talk.session.is_closed


async def test_n_without_audio_for_30_s(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, N)
        await peer.closed.wait()

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.05)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.EMPTY_REPLY


async def test_audio_too_short_to_decode_for_30_s(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, N, AudioStream(b"\x00"))
        await peer.closed.wait()

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.05)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.BAD_AUDIO


async def test_microphone_becomes_silence_after_60_s(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S)
        await peer.hear(61)
        await peer.send(E, N, speech(0.5), AE)
        await peer.closed.wait()

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]
    assert len(talk.server.peers[0].voice) == 60 * 16_000
    await speaker


async def test_microphone_that_stops_without_an_end_is_given_up(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S)
        await peer.closed.wait()

    talk = await meet(script)
    turn = talk.session.start_turn()
    began = now()
    await speak(turn, 1)
    await turn.wait_end()
    assert now() - began == pytest.approx(60 + 10 + 3, abs=0.1)


async def test_idle_session_ends(meet: Meet) -> None:
    talk = await meet(answers(seconds=1), idle_timeout=20)
    await talk.ask()
    await asyncio.sleep(20.5)  # The reply plays for a second, of which 0.3 s have passed.
    assert not talk.session.is_closed
    await asyncio.sleep(1)
    assert talk.session.is_closed
    assert talk.events[-1] == SessionEnded(was_started=True)
    await talk.server.peers[0].closed.wait()
    assert talk.server.peers[0].close_code == 1000
    with pytest.raises(RuntimeError):
        talk.session.start_turn()


async def test_new_turn_wins_against_the_idle_timeout(meet: Meet) -> None:
    talk = await meet(answers(seconds=0.5), idle_timeout=5)
    await talk.ask()
    await until(lambda: not talk.session.is_busy)
    await asyncio.sleep(4.95)
    assert (await talk.ask()).levels == [1000]
    assert talk.server.connections == 1


async def test_idle_timeout_wins_against_the_new_turn(meet: Meet) -> None:
    talk = await meet(answers(seconds=0.5), idle_timeout=5)
    await talk.ask()
    await until(lambda: talk.session.is_closed)
    # It left its owner's table before anything was awaited: nobody starts a turn on it.
    assert talk.events[-1] == SessionEnded(was_started=True)


async def test_close_gives_an_open_turn_up_without_an_error(meet: Meet) -> None:
    talk = await meet(listens)
    turn = talk.session.start_turn()
    ending = asyncio.create_task(turn.wait_end())
    await speak(turn, 1)
    began = now()
    await talk.session.close()
    assert (await ending).is_silent
    assert now() - began <= 0.6
    assert talk.errors == []
    await talk.session.close()  # Twice is harmless.


async def test_close_interrupts_a_reply(meet: Meet) -> None:
    talk = await meet(answers(seconds=30))
    await talk.ask()
    await asyncio.sleep(1)
    await talk.session.close()
    assert len(talk.told(ReplyInterrupted)) == 1
    assert [type(event) for event in talk.events if isinstance(event, SessionStarted)]


async def test_server_that_does_not_close_is_cut_off(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.2)
        transport = peer._request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        await asyncio.sleep(30)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 0.5)
    began = now()
    await talk.session.close()
    assert now() - began <= 0.6


async def test_unclaimed_turn_is_dropped_after_5_s(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E)
        await asyncio.sleep(1)
        await peer.send(N, speech(10, 111), AE)
        await peer.hear_voice(2)
        await peer.send(S, E, N, speech(0.5, 222), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    await asyncio.sleep(4.9)
    assert talk.session.is_busy
    await asyncio.sleep(0.2)
    assert not talk.session.is_busy
    assert talk.errors == []
    assert not talk.told(ReplyInterrupted)  # Nobody had heard it.
    assert (await talk.ask(0x22)).levels == [222]


async def test_unclaimed_reply_is_dropped_after_5_s(meet: Meet) -> None:
    talk = await meet(answers(seconds=60))
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    reply = await turn.wait_reply()
    reply.expect_listener()
    await asyncio.sleep(4.9)
    assert not reply.is_over
    await asyncio.sleep(0.2)
    assert reply.is_over
    assert talk.errors == []
    assert not talk.session.is_busy
    assert not [event for event in talk.events if "Reply" in type(event).__name__]


async def test_claimed_reply_is_kept(meet: Meet) -> None:
    talk = await meet(answers(seconds=10))
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    await asyncio.sleep(4)
    reply = await turn.wait_reply()
    await asyncio.sleep(6)
    reply.expect_listener()
    await asyncio.sleep(3)
    assert (await listen(reply)).seconds(1000) == 10


async def test_long_backlog_has_its_time_before_the_reply_is_due(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(59.9)
        await asyncio.sleep(20)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script, end_of_turn=EndOfTurn.HOME_ASSISTANT)
    turn = talk.session.start_turn()
    turn.feed(voice(60))  # Takes 15 s to send.
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]
