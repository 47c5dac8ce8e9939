"""Unreadable messages and failing callbacks, which a session survives."""

import asyncio
import contextvars
import logging
from base64 import encodebytes
from functools import partial

import aiohttp
import orjson
import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import ErrorOccurred, SessionEnded, SessionEvent
from custom_components.playai.agent.messages import ErrorMessage, encode
from custom_components.playai.agent.session import Session
from custom_components.playai.agent.settings import ServerTraits
from custom_components.playai.agent.testing import Peer
from custom_components.playai.agent.turn_taking.listening import Listening

from .conftest import Meet, Serve
from .failing import after_the_end, failing_turn
from .talk import AE, RATE, E, N, S, answers, listen, now, pcm, settings_for, speak, speech, until


async def test_too_large_message_ends_the_connection(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(10_000_000 / 2 / RATE))
        await peer.closed.wait()

    talk = await meet(script)
    assert (await failing_turn(talk)).kind is ErrorKind.BAD_MESSAGE
    assert talk.session.is_closed


async def test_bad_messages_do_not_disturb(meet: Meet, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    junk: list[str | bytes] = [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        '{"type": 5}',
        '{"type": "onUserTranscript", "message": []}',
        '{"type": "somethingNew", "field": 1}',
        "[" * 100_000,
        '{"a":' * 100_000,
        b"\x00\x01binary",
    ]

    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(*junk, S, *junk, E, *junk, N, *junk, speech(0.5), *junk, AE, *junk)

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]
    assert talk.errors == []
    lines = [r for r in caplog.records if r.getMessage().startswith("Ignored")]
    assert {r.levelno for r in lines} == {logging.DEBUG}
    assert len(lines) == len({r.getMessage() for r in lines})  # Each kind is said once.


async def test_error_whose_code_cannot_be_read_is_a_server_fault(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, '{"type":"error","code":{},"message":7}')
        await peer.hear_voice(2)
        await peer.send(S, E, N, speech(0.5), AE)

    talk = await meet(script)
    error = await failing_turn(talk)
    assert (error.kind, error.code) == (ErrorKind.SERVER_FAULT, None)


async def test_events_are_reported_in_an_empty_context(
    serve: Serve, http: aiohttp.ClientSession
) -> None:
    stage: contextvars.ContextVar[str] = contextvars.ContextVar("stage", default="")
    seen: list[str] = []

    def note(event: SessionEvent) -> None:
        seen.append(stage.get())

    server = await serve(answers(seconds=0.5))
    session = Session(http, settings_for(server.url), on_event=note)
    stage.set("a stage of the pipeline")
    turn = session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    reply = await turn.wait_reply()
    await listen(reply)
    await asyncio.sleep(2)
    await session.close()
    assert len(seen) > 5
    assert set(seen) == {""}


async def test_fault_in_the_library_fails_the_turn_and_is_logged(
    meet: Meet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    talk = await meet(after_the_end(), traits=ServerTraits(greets=False))
    monkeypatch.setattr(Listening, "speech_started", lambda *_: 1 / 0)
    assert (await failing_turn(talk)).kind is ErrorKind.SERVER_FAULT
    assert talk.session.is_closed
    assert "ended by a fault" in caplog.text


async def test_long_message_becomes_one_short_line(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(
            S, E, ErrorMessage(5001, "x" * 3_000_000 + "\n"), ErrorMessage(3003, "a\nb")
        )

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert len(caught.value.message) <= 200
    await asyncio.sleep(0.1)
    assert talk.told(ErrorOccurred)[-1].error.message == "a b"


async def test_nothing_is_reported_after_the_end(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(S)

    for ticks in range(40):
        talk = await meet(script)
        talk.session.start_turn()
        await until(partial(bool, talk.server.peers))
        await asyncio.sleep(0.2)
        sending = asyncio.ensure_future(talk.server.peers[0].send(E, S))
        for _ in range(ticks):
            await asyncio.sleep(0)
        await talk.session.close()
        await asyncio.gather(sending, return_exceptions=True)
        assert isinstance(talk.events[-1], SessionEnded)


@pytest.mark.parametrize("data", ["null", "5", '"???"', '"AAAAA"'])
async def test_audio_that_is_not_base64_fails_the_turn_at_once(meet: Meet, data: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, f'{{"type":"audioStream","data":{data}}}')
        await peer.hear_voice(2)
        await peer.send(S, E, N, speech(0.5), AE)

    talk = await meet(script)
    began = now()
    assert (await failing_turn(talk)).kind is ErrorKind.BAD_AUDIO
    assert now() - began < 3
    assert (await talk.ask()).levels == [1000]


async def test_audio_that_is_not_base64_does_not_begin_an_unannounced_reply(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, '{"type":"audioStream","data":"???"}')
        await asyncio.sleep(0.2)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]


async def test_base64_with_line_breaks_and_without_padding_is_heard(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N)
        for _ in range(5):
            lines = encodebytes(pcm(0.1)[:-2]).decode().replace("=", "")
            await peer.send(orjson.dumps({"type": "audioStream", "data": lines}).decode())
        await peer.send(AE)

    talk = await meet(script)
    assert (await talk.ask()).seconds(1000) == pytest.approx(0.5, abs=0.01)


async def test_server_that_sends_binary_frames_is_understood(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(*[encode(message).encode() for message in (S, E, N, speech(0.5), AE)])

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]


async def test_session_survives_its_listener(
    serve: Serve, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[SessionEvent] = []

    def fail(event: SessionEvent) -> None:
        seen.append(event)
        raise RuntimeError("a fault of the listener")

    server = await serve(answers(seconds=0.5))
    session = Session(http, settings_for(server.url), on_event=fail)
    for _ in range(2):
        turn = session.start_turn()
        assert session.is_busy
        await speak(turn, 1.1)
        await turn.wait_end()
        assert (await listen(await turn.wait_reply())).levels == [1000]
        await until(lambda: not session.is_busy)
    await session.close()
    assert isinstance(seen[-1], SessionEnded)
    assert caplog.text.count("Traceback") == 1
    assert "a fault of the listener" in caplog.text


async def test_session_survives_its_owner_that_makes_no_room(
    meet: Meet, caplog: pytest.LogCaptureFixture
) -> None:
    async def make_room() -> bool:
        raise RuntimeError("a fault of the owner")

    async def full(peer: Peer) -> None:
        await peer.send(ErrorMessage(4429, "Too many."))
        await peer.close()

    talk = await meet(full, make_room=make_room)
    assert (await failing_turn(talk)).kind is ErrorKind.TOO_MANY_CONNECTIONS
    assert "a fault of the owner" in caplog.text
