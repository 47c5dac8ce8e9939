"""Agents for pages: scripts of talks."""

from custom_components.playai.agent.messages import AgentTranscript, UserTranscript
from custom_components.playai.agent.testing import Peer
from tests.agent.talk import AE, N, speech

from .agents import hear_out

HELLO = UserTranscript("Hello.")


async def waits(peer: Peer) -> None:
    """Hear, and never answer."""
    await peer.closed.wait()


async def greets_back(peer: Peer) -> None:
    """Answer everything that is said, each time with another level."""
    for number in range(1, 100):
        await hear_out(peer)
        level = number * 100
        await peer.send(HELLO, AgentTranscript("Good morning."), N, speech(0.5, level), AE)


async def answers_at_length(peer: Peer) -> None:
    """Answer once, for 20 s."""
    await hear_out(peer)
    await peer.send(HELLO, N, speech(20, 100), AE)
    await peer.closed.wait()
