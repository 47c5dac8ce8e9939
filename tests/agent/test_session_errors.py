"""The table of errors: what each cause does to the turn and to the session."""

import asyncio
import contextvars
import logging
from base64 import encodebytes
from functools import partial

import aiohttp
import orjson
import pytest

from custom_components.playai.agent.errors import MESSAGE_CODES, AgentError, ErrorKind
from custom_components.playai.agent.events import (
    Disconnected,
    ErrorOccurred,
    SessionEnded,
    SessionEvent,
)
from custom_components.playai.agent.messages import ErrorMessage, Hangup, encode
from custom_components.playai.agent.session import Session
from custom_components.playai.agent.settings import ServerTraits
from custom_components.playai.agent.testing import Peer
from custom_components.playai.agent.turn_taking.listening import Listening

from .conftest import Meet, Serve
from .talk import (
    AE,
    KEY,
    RATE,
    E,
    N,
    S,
    Talk,
    answers,
    listen,
    make_talk,
    now,
    pcm,
    settings_for,
    speak,
    speech,
    until,
    voice,
)

FATAL = {1001, 1002, 1003, 1005, 2002, 2003, 4401, 4429}
AGENT_FAILED = {3001, 3002, 3003, 3004}
OURS = {2001, 4400}
FAULTS = {4500, 5001, 7777}


async def failing_turn(talk: Talk) -> AgentError:
    turn = talk.session.start_turn()
    await speak(turn, 1.2)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    return caught.value


def after_the_end(*messages: ErrorMessage | Hangup) -> object:
    """A server that fails once, when it should answer, and answers the next turn."""

    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, *messages)
        await peer.hear_voice(2)
        await peer.send(S, E, N, speech(0.5), AE)

    return script


def test_every_code_of_the_table_is_tested() -> None:
    assert set(MESSAGE_CODES) == FATAL | AGENT_FAILED | OURS | (FAULTS - {7777})


@pytest.mark.parametrize("code", sorted(FATAL))
async def test_fatal_code_fails_the_turn_and_closes_the_session(meet: Meet, code: int) -> None:
    talk = await meet(after_the_end(ErrorMessage(code, "No.")))
    error = await failing_turn(talk)
    assert (error.kind, error.code, error.message) == (MESSAGE_CODES[code], code, "No.")
    assert talk.session.is_closed
    assert talk.errors == [MESSAGE_CODES[code]]


@pytest.mark.parametrize("code", sorted(FATAL))
async def test_fatal_code_as_the_first_answer(meet: Meet, code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(ErrorMessage(code, "No."))
        await peer.close()

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 0.5)
    assert not turn.is_open
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is MESSAGE_CODES[code]
    assert talk.errors == [MESSAGE_CODES[code]]  # Once, though a close followed.


@pytest.mark.parametrize("code", sorted(AGENT_FAILED | FAULTS))
async def test_failure_fails_the_turn_and_the_next_one_works(meet: Meet, code: int) -> None:
    talk = await meet(after_the_end(ErrorMessage(code, "Failed.")))
    error = await failing_turn(talk)
    assert error.kind is MESSAGE_CODES.get(code, ErrorKind.SERVER_FAULT)
    assert not talk.session.is_closed
    assert (await talk.ask()).levels == [1000]
    assert talk.server.connections == 1


@pytest.mark.parametrize("code", sorted(AGENT_FAILED))
async def test_agent_failure_before_the_end_is_recorded_and_fails_nothing(
    meet: Meet, code: int
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S, ErrorMessage(code, "Failed."))
        await peer.hear_voice(1)
        await peer.send(E, N, speech(0.5), AE)

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]
    assert talk.errors == [ErrorKind.AGENT_FAILED]


async def test_agent_failure_without_a_turn_is_recorded(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(0.5), AE)
        await asyncio.sleep(3)
        await peer.send(ErrorMessage(3003, "Failed."))
        await peer.hear_voice(2)
        await peer.send(S, E, N, speech(0.5), AE)

    talk = await meet(script)
    await talk.ask()
    await asyncio.sleep(5)
    assert talk.errors == [ErrorKind.AGENT_FAILED]
    assert (await talk.ask()).levels == [1000]


@pytest.mark.parametrize("code", sorted(AGENT_FAILED | FAULTS))
async def test_failure_in_the_middle_of_a_reply_plays_what_came(meet: Meet, code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(1), ErrorMessage(code, "Failed."), speech(1, 222))
        await peer.hear_voice(2)
        await peer.send(S, E, N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.2)
    await turn.wait_end()
    reply = await turn.wait_reply()
    assert (await listen(reply)).levels == [1000]
    assert reply.error is not None
    assert reply.error.code == code
    assert len(talk.errors) == 1
    await asyncio.sleep(2)
    assert (await talk.ask()).levels == [1000]


async def test_server_fault_while_the_user_speaks_fails_the_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S, ErrorMessage(5001, "Failed."))
        await peer.closed.wait()

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 0.7)
    said = await turn.wait_end()
    assert not said.is_silent
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.SERVER_FAULT


@pytest.mark.parametrize("code", sorted(OURS))
async def test_our_own_fault_is_reported_and_the_turn_goes_on(
    meet: Meet, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(ErrorMessage(code, f"apiKey {KEY} in the wrong place"))
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(0.5), AE)

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]
    assert talk.errors == [ErrorKind.PROTOCOL]
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]  # Its owner logs it.
    assert KEY not in caplog.text


async def test_close_within_a_second_belongs_to_the_error(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(ErrorMessage(2001, "No setup."))
        await asyncio.sleep(0.9)
        await peer.close(1011)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 2)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.PROTOCOL
    assert talk.errors == [ErrorKind.PROTOCOL]
    assert talk.server.connections == 1


async def test_close_later_than_a_second_is_a_loss_of_its_own(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(ErrorMessage(2001, "No setup."))
        await asyncio.sleep(1.1)
        await peer.close(1011)

    talk = await meet(script, answers())
    assert (await talk.ask()).levels == [1000]
    assert talk.server.connections == 2


async def test_is_fatal_overrides_the_table(meet: Meet) -> None:
    talk = await meet(after_the_end(ErrorMessage(3003, "Failed.", is_fatal=True)))
    assert (await failing_turn(talk)).kind is ErrorKind.AGENT_FAILED
    assert talk.session.is_closed

    talk = await meet(after_the_end(ErrorMessage(1005, "No credits.", is_fatal=False)))
    assert (await failing_turn(talk)).kind is ErrorKind.NO_CREDITS
    assert not talk.session.is_closed
    assert (await talk.ask()).levels == [1000]


async def test_hangup_while_waiting(meet: Meet) -> None:
    talk = await meet(after_the_end(Hangup("agent")))
    assert (await failing_turn(talk)).kind is ErrorKind.AGENT_HUNG_UP
    assert talk.session.is_closed


async def test_hangup_while_the_user_speaks(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S, Hangup("agent"))
        await peer.closed.wait()

    talk = await meet(script)
    assert (await failing_turn(talk)).kind is ErrorKind.AGENT_HUNG_UP
    assert talk.server.connections == 1


async def test_hangup_that_crosses_the_beginning_of_a_turn_opens_another(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(0.5), AE)
        await peer.hear_voice(1.2)  # It hung up on the silence before.
        await peer.close()

    talk = await meet(script, answers())
    await talk.ask()
    await asyncio.sleep(2)
    assert (await talk.ask()).levels == [1000]
    assert talk.errors == []


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


@pytest.mark.parametrize("close_code", [None, 4429])
async def test_room_is_made_for_a_turn_once(meet: Meet, close_code: int | None) -> None:
    calls: list[float] = []

    async def make_room() -> bool:
        calls.append(now())
        await asyncio.sleep(0.5)
        return True

    async def full(peer: Peer) -> None:
        await peer.hear_voice(0.3)
        if close_code is None:
            await peer.send(ErrorMessage(4429, "Too many."))
        await peer.close(close_code or 1000)

    talk = await meet(full, answers(), make_room=make_room)
    turn = talk.session.start_turn()
    await speak(turn, 1)
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]
    assert len(calls) == 1
    assert talk.errors == []

    talk = await meet(full, make_room=make_room)
    assert (await failing_turn(talk)).kind is ErrorKind.TOO_MANY_CONNECTIONS
    assert len(calls) == 2
    assert talk.server.connections == 2


async def test_http_429_is_too_many_connections(http: aiohttp.ClientSession) -> None:
    async def refuse(request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        return aiohttp.web.Response(status=429)

    runner = aiohttp.web.ServerRunner(aiohttp.web.Server(refuse))
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    session = Session(http, settings_for(f"ws://127.0.0.1:{runner.addresses[0][1]}/"))
    turn = session.start_turn()
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.TOO_MANY_CONNECTIONS
    await runner.cleanup()


async def test_events_are_told_in_an_empty_context(
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


def test_errors_say_what_happened_without_the_key() -> None:
    error = AgentError(ErrorKind.NO_REPLY)
    assert str(error) == "no_reply"
    assert ErrorOccurred(error).error is error
    assert KEY not in repr(settings_for("ws://localhost"))


@pytest.mark.parametrize("code", [3003, 5001, 1005])
async def test_error_while_a_complete_reply_plays_is_told(meet: Meet, code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(5), AE)
        await asyncio.sleep(2)
        await peer.send(ErrorMessage(code, "x"))

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]
    await asyncio.sleep(8)
    assert len(talk.errors) == 1


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


async def test_nothing_is_told_after_the_end(meet: Meet) -> None:
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


async def test_closed_http_session_is_a_typed_error(serve: Serve, caplog) -> None:
    server = await serve(answers())
    http = aiohttp.ClientSession()
    await http.close()
    talk = make_talk(server, http)
    turn = talk.session.start_turn()
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.CANNOT_CONNECT
    assert "Traceback" not in caplog.text


async def test_key_is_sent_without_the_blanks_around_it(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.5)
        await peer.send(ErrorMessage(2002, f"bad key {peer.setup.api_key}"))

    talk = await meet(script, api_key=f" {KEY}\n")
    turn = talk.session.start_turn()
    await speak(turn, 1)
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert talk.server.peers[0].setup.api_key == KEY
    assert KEY not in str(caught.value)


async def test_refused_connection_is_told(meet: Meet) -> None:
    async def refuse(peer: Peer) -> None:
        await peer.send(ErrorMessage(5001, "full"))
        await peer.close()

    talk = await meet(refuse)
    await failing_turn(talk)
    assert [(e.error.code, e.is_refusal) for e in talk.told(Disconnected)] == [(5001, True)]


async def test_lost_connection_is_told_also_when_nobody_talks(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await answer_once(peer)
        await asyncio.sleep(5)
        peer.abort()

    talk = await meet(script)
    await talk.ask()
    await asyncio.sleep(10)
    (lost,) = talk.told(Disconnected)
    assert (lost.error.kind, lost.is_refusal) == (ErrorKind.CONNECTION_LOST, False)
    assert talk.errors == []


async def test_agent_that_hangs_up_is_not_disconnected(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await answer_once(peer)
        await peer.close()

    talk = await meet(script)
    await talk.ask()
    await until(lambda: talk.session.is_closed)
    assert talk.told(Disconnected) == []


async def answer_once(peer: Peer) -> None:
    await peer.hear_voice(1)
    await peer.send(S, E, N, speech(0.5), AE)


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


EXPIRES: dict[str, tuple[ErrorMessage | str]] = {
    "unknown code": (ErrorMessage(7777, "session expired"),),
    "unreadable code": ('{"type":"error","code":"SESSION_EXPIRED"}',),
    "unknown and fatal": (ErrorMessage(7777, "session expired", is_fatal=True),),
    "server fault": (ErrorMessage(5001, "internal"),),
    "internal error": (ErrorMessage(4500, "internal", is_fatal=True),),
}


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize("name", EXPIRES)
async def test_connection_that_expires_while_the_user_speaks_is_opened_again(
    meet: Meet, name: str, closes: bool
) -> None:
    async def expires(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S, *EXPIRES[name])
        if closes:
            await peer.close(4001)
        await peer.closed.wait()

    talk = await meet(expires, answers())
    assert (await talk.ask()).levels == [1000]
    assert talk.server.connections == 2
    assert talk.server.peers[1].voice.startswith(voice(1))
    assert talk.errors == []
    assert talk.told(Disconnected) == []


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize("name", EXPIRES)
async def test_idle_connection_that_expires_is_closed_quietly(
    meet: Meet, caplog: pytest.LogCaptureFixture, name: str, closes: bool
) -> None:
    async def expires(peer: Peer) -> None:
        await answer_once(peer)
        await asyncio.sleep(5)
        await peer.send(*EXPIRES[name])
        if closes:
            await peer.close(4001)
        await peer.closed.wait()

    talk = await meet(expires)
    await talk.ask()
    await until(lambda: talk.session.is_closed)
    assert talk.errors == []
    assert talk.told(Disconnected) == []
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


async def test_connection_that_expires_twice_fails_the_turn(meet: Meet) -> None:
    async def expires(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S, ErrorMessage(7777, "session expired"))
        await peer.close(4001)

    talk = await meet(expires)
    error = await failing_turn(talk)
    assert (error.kind, error.code) == (ErrorKind.SERVER_FAULT, 7777)
    assert talk.server.connections == 2
    assert talk.errors == [ErrorKind.SERVER_FAULT]


async def test_refused_reopening_is_told_as_a_refusal(meet: Meet) -> None:
    async def hangs_up(peer: Peer) -> None:
        await answer_once(peer)
        await peer.hear_voice(1.2)
        await peer.close()

    async def refuses(peer: Peer) -> None:
        await peer.close()

    talk = await meet(hangs_up, refuses)
    await talk.ask()
    await failing_turn(talk)
    assert [event.is_refusal for event in talk.told(Disconnected)] == [True]


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
