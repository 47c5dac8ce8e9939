"""Turns that fail."""

import pytest

from custom_components.playai.agent.errors import AgentError
from custom_components.playai.agent.messages import ErrorMessage, Hangup
from custom_components.playai.agent.testing import Peer

from .talk import AE, E, N, S, Talk, speak, speech


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


async def answer_once(peer: Peer) -> None:
    await peer.hear_voice(1)
    await peer.send(S, E, N, speech(0.5), AE)
