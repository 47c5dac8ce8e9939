"""Agents for the scripted server: scripts that run after the user has spoken."""

from collections.abc import Awaitable, Callable

from homeassistant.components.assist_pipeline import PipelineEventType

from custom_components.playai.agent.messages import AgentTranscript, ErrorMessage, UserTranscript
from custom_components.playai.agent.testing import Peer, Script
from tests.agent.talk import AE, E, N, S, speech, until

from .satellite import Run

VOICE_SECONDS = 0.2
"""The seconds of voice that these agents hear as a question."""


def each_turn(answer: Callable[[Peer], Awaitable[None]]) -> Script:
    """Hear the user's whole turn, then call `answer`, for every turn."""

    async def script(peer: Peer) -> None:
        while not peer.closed.is_set():
            await hear_out(peer)
            await answer(peer)

    return script


async def hear_out(peer: Peer) -> None:
    """Hear a question that begins now, and report its start and end.

    Wait for nothing else first: speech before the call is not part of the question. Nor is the
    rest of a question that was answered in the middle, if the two have different levels.
    """
    before = len(peer.voice)
    missing = VOICE_SECONDS
    while missing > 0:
        await peer.hear_voice(len(peer.voice) / 16_000 + missing)
        voice = peer.voice[before:]
        missing = VOICE_SECONDS - (len(voice) - len(voice.rstrip(voice[-1:]))) / 16_000
    await peer.send(S, E)


async def sent_all(peer: Peer, run: Run) -> None:
    """Hear a question, and wait until the client would not send it again over a new connection."""
    await hear_out(peer)
    await until(lambda: PipelineEventType.STT_END in run.kinds)
    # Silence follows once all audio of the user was sent.
    await until(lambda: not peer.frames[-1][1].strip(b"\xff"))


async def tool_name(peer: Peer, ending: str = "HassTurnOn") -> str:
    """Wait for the tools of the home; return the name of one, which differs between versions."""
    # The first offer, at the start of the conversation, may have none yet.
    await until(lambda: peer.offer is not None and bool(peer.offer.tools))
    assert peer.offer is not None
    [name] = [tool.name for tool in peer.offer.tools if tool.name.endswith(ending)]
    return name


async def fails(peer: Peer) -> None:
    """Fail at the first question."""
    await hear_out(peer)
    await peer.send(ErrorMessage(3003, "no idea"))
    await peer.closed.wait()


def says(
    level: int = 1000, seconds: float = 0.2, asked: str | None = None, words: str | None = None
) -> Script:
    """Answer every question with a sound of one level."""

    async def answer(peer: Peer) -> None:
        if asked is not None:
            await peer.send(UserTranscript(asked))
        if words is not None:
            await peer.send(AgentTranscript(words))
        await peer.send(N, speech(seconds, level), AE)

    return each_turn(answer)


def level_for(byte: int) -> int:
    """Return the level of the answer to a question that was asked with this byte."""
    return 1000 + 100 * byte


def echoes(seconds: float = 0.2) -> Script:
    """Answer every question with a level that identifies the question."""

    async def answer(peer: Peer) -> None:
        await peer.send(N, speech(seconds, level_for(peer.voice[-1])), AE)

    return each_turn(answer)
