"""The table of errors: the effect of each cause on the turn and on the session."""

import asyncio
import logging

import pytest

from custom_components.playai.agent.errors import MESSAGE_CODES, AgentError, ErrorKind
from custom_components.playai.agent.events import ErrorOccurred
from custom_components.playai.agent.messages import ErrorMessage, Hangup
from custom_components.playai.agent.testing import Peer

from .conftest import Meet
from .failing import after_the_end, failing_turn
from .talk import AE, KEY, E, N, S, answers, listen, settings_for, speak, speech

FATAL = {1001, 1002, 1003, 1005, 2002, 2003, 4401, 4429}
AGENT_FAILED = {3001, 3002, 3003, 3004}
OURS = {2001, 4400}
FAULTS = {4500, 5001, 7777}


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
async def test_protocol_error_is_reported_and_the_turn_continues(
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


def test_errors_say_what_happened_without_the_key() -> None:
    error = AgentError(ErrorKind.NO_REPLY)
    assert str(error) == "no_reply"
    assert ErrorOccurred(error).error is error
    assert KEY not in repr(settings_for("ws://localhost"))


@pytest.mark.parametrize("code", [3003, 5001, 1005])
async def test_error_while_a_complete_reply_plays_is_reported(meet: Meet, code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(5), AE)
        await asyncio.sleep(2)
        await peer.send(ErrorMessage(code, "x"))

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]
    await asyncio.sleep(8)
    assert len(talk.errors) == 1


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
