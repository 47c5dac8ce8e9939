"""Late messages about a turn must not affect the next turn."""

import asyncio

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import ErrorOccurred
from custom_components.playai.agent.messages import (
    AgentTranscript,
    ErrorMessage,
    Hangup,
    UserTranscript,
)
from custom_components.playai.agent.settings import EndOfTurn
from custom_components.playai.agent.testing import Peer

from .conftest import Meet
from .talk import AE, E, N, S, answers, known, listen, now, speak, speak_until_heard, speech, voice

HOME_ASSISTANT = EndOfTurn.HOME_ASSISTANT


@pytest.mark.parametrize("enable_vad", [True, False])
async def test_answer_to_a_cancelled_turn_is_not_given_to_one_fed_at_once(
    meet: Meet, enable_vad: bool
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(2)
        await peer.send(S, E, N, speech(0.5, 111), AE)
        await peer.hear_voice(1.5)
        await peer.send(N, speech(0.5, 222), AE)

    changes = {"end_of_turn": HOME_ASSISTANT, "enable_vad": enable_vad}
    talk = await meet(script, traits=known(), **changes)
    turn = talk.session.start_turn()
    await speak(turn, 1)
    turn.cancel()
    turn = talk.session.start_turn()
    turn.feed(voice(1, 0x22))
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [222]


@pytest.mark.parametrize("code", [3003, 5001])
async def test_error_of_a_cancelled_turn_does_not_fail_the_next(meet: Meet, code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(2)
        await peer.send(E, ErrorMessage(code, "for the cancelled turn"))
        await peer.hear_voice(1.8)
        await peer.send(S, E, N, speech(0.5, 222), AE)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    await speak(turn, 1)
    turn.cancel()
    assert (await talk.ask(0x22)).levels == [222]
    assert len(talk.told(ErrorOccurred)) == 1


@pytest.mark.parametrize("has_begun", [True, False])
async def test_answer_to_a_turn_that_failed_is_not_given_to_the_next(
    meet: Meet, has_begun: bool
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.3)
        await peer.send(*[S] * has_begun, ErrorMessage(5001, "still, the server goes on"))
        await peer.hear(0.8)  # Silence ends the turn that failed.
        await peer.send(*[S] * (not has_begun), E, UserTranscript("the first question"))
        await peer.send(N, AgentTranscript("the first answer"), speech(0.5, 111), AE)
        await peer.hear_voice(1.3)
        await peer.send(S, E, UserTranscript("the second question"))
        await peer.send(N, AgentTranscript("the second answer"), speech(0.5, 222), AE)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    await speak(turn, 0.5)
    with pytest.raises(AgentError, match="goes on"):
        await turn.wait_reply()
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn, 0x22))
    assert (await turn.wait_end()).text == "the second question"
    reply = await turn.wait_reply()
    assert (await listen(reply)).levels == [222]
    assert reply.transcript == "the second answer"
    await speaker


async def test_next_answer_is_heard_when_the_cancelled_turn_gets_none(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1.5)
        await peer.send(S, E, N, speech(0.5, 222), AE)

    talk = await meet(script, traits=known(), end_of_turn=HOME_ASSISTANT)
    turn = talk.session.start_turn()
    await speak(turn, 0.5)
    turn.cancel()
    await asyncio.sleep(5)
    turn = talk.session.start_turn()
    await speak(turn, 1.5, 0x22)
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [222]


async def test_reply_of_a_cancelled_turn_is_expected_for_10_s(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1.5)
        await peer.send(N, speech(0.5, 222), AE)

    talk = await meet(script, traits=known(), end_of_turn=HOME_ASSISTANT, enable_vad=False)
    turn = talk.session.start_turn()
    await speak(turn, 0.5)
    turn.cancel()
    await asyncio.sleep(10.1)
    turn = talk.session.start_turn()
    await speak(turn, 1.5, 0x22)
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [222]


async def test_end_of_speech_of_the_turn_before_ends_nothing(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, N, speech(3, 111), AE, S)
        await peer.hear_voice(1.5)
        await peer.send(E)  # Of the speech that began during the reply.
        await asyncio.sleep(0.2)
        await peer.send(N, speech(0.5, 112), AE)  # Unprompted.
        await peer.hear_voice(3)
        await peer.send(S, E, N, speech(0.5, 222), AE)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    await asyncio.sleep(0.2)
    assert (await talk.ask(0x22)).levels == [222]


async def test_nobody_speaks_after_a_stray_end(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.5)
        await peer.send(E)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    began = now()
    speaker = asyncio.create_task(speak_until_heard(turn))
    assert (await turn.wait_end()).is_silent
    assert now() - began == pytest.approx(15, abs=0.1)
    await speaker


async def test_words_of_a_lost_connection_are_forgotten(meet: Meet) -> None:
    async def lost(peer: Peer) -> None:
        await peer.hear_voice(0.5)
        await peer.send(S, UserTranscript("turn on the"))
        await asyncio.sleep(0.1)
        peer.abort()

    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, UserTranscript("Turn on the light."), N, speech(0.5), AE)

    talk = await meet(lost, script, traits=known())
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    assert (await turn.wait_end()).text == "Turn on the light."
    await listen(await turn.wait_reply())
    await speaker


async def test_error_is_not_blamed_on_the_next_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E, ErrorMessage(5001, "x"))
        await asyncio.sleep(0.5)
        await peer.close(1011)

    talk = await meet(script, answers(), traits=known())
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    with pytest.raises(AgentError):
        await turn.wait_reply()
    assert (await talk.ask(0x22)).levels == [1000]
    assert talk.errors == [ErrorKind.SERVER_FAULT]
    assert talk.server.connections == 2


async def full(peer: Peer) -> None:
    """Refuse when the user speaks, because there are too many connections."""
    await peer.hear_voice(0.3)
    await peer.send(ErrorMessage(4429, "too many"))


async def test_new_turn_while_room_is_made_is_heard_whole(meet: Meet) -> None:
    async def make_room() -> bool:
        await asyncio.sleep(1.5)
        return True

    async def listens(peer: Peer) -> None:
        await peer.closed.wait()

    talk = await meet(full, listens, make_room=make_room, traits=known())
    await speak(talk.session.start_turn(), 0.5, 0x11)
    turn = talk.session.start_turn()
    await speak(turn, 2.5, 0x22)
    assert talk.server.peers[-1].voice.count(0x22) > 2 * 16_000
    turn.cancel()


async def test_new_turn_is_tried_when_no_room_was_made_for_the_old_one(meet: Meet) -> None:
    async def make_room() -> bool:
        await asyncio.sleep(1)
        return False

    talk = await meet(full, answers(), make_room=make_room, traits=known())
    await speak(talk.session.start_turn(), 0.5, 0x11)
    assert (await talk.ask(0x22)).levels == [1000]


async def test_key_in_a_hangup_is_not_repeated(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, Hangup(peer.setup.api_key))

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert talk.server.peers[0].setup.api_key not in str(caught.value)
    assert "***" in caught.value.message


async def test_turn_that_nobody_claimed_is_replaced_without_an_error(meet: Meet) -> None:
    """A local command answered it: the next question comes before it was dropped."""

    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E)
        await peer.hear_voice(2)
        await peer.send(N, speech(0.5, 111), AE, S, E, N, speech(0.5, 222), AE)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    await speaker
    assert (await talk.ask(0x22)).levels == [222]
    assert talk.errors == []
