"""A home, and servers that call it over a real socket."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from custom_components.playai.agent.home import (
    AgentFeatures,
    AnswerEnd,
    Delta,
    Feature,
    HomeOffer,
    Tool,
    ToolResult,
)
from custom_components.playai.agent.messages import Ask, Init, Message, ToolCall, UserTranscript
from custom_components.playai.agent.testing import Peer, Script
from custom_components.playai.agent.turn import Turn

from .conftest import Meet
from .talk import E, S, Talk, listen, voice

AGENT = AgentFeatures("Agent", ("en",), frozenset({Feature.SAY, Feature.USER_TEXT}))
OFFER = HomeOffer("en", True, (Tool("turn_on", "Turn on", {"type": "object"}),), "Be kind.", ("a",))
ASK = Ask("1", "What time is it?")
TOOL = ToolCall("t", "turn_on", {"area": "kitchen"})
WORDS = UserTranscript("What time is it?")

type Answer = Callable[[str], AsyncGenerator[Any]]

where: ContextVar[str] = ContextVar("where", default="nowhere")


class Home:
    """A scripted home, which records the questions."""

    def __init__(self, *parts: Delta | AnswerEnd | Exception | asyncio.Event) -> None:
        self.parts = parts or (Delta("It is "), Delta("late."), AnswerEnd())
        self.tool: Callable[[str, dict[str, Any]], Awaitable[Any]] | None = None
        self.asked: list[str] = []
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.places: list[str] = []
        self.cancelled = 0

    async def answer(self, text: str) -> AsyncGenerator[Delta | AnswerEnd]:
        self.asked.append(text)
        self.places.append(where.get())
        where.set("home")
        try:
            for part in self.parts:
                if isinstance(part, asyncio.Event):
                    await part.wait()
                elif isinstance(part, Exception):
                    raise part
                else:
                    yield part
        except asyncio.CancelledError, GeneratorExit:
            self.cancelled += 1
            raise

    def was_called(self, times: int) -> bool:
        return len(self.called) >= times

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        self.called.append((name, arguments))
        self.places.append(where.get())
        try:
            return (
                ToolResult({"on": True}) if self.tool is None else await self.tool(name, arguments)
            )
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


def turn_of(*messages: Message) -> Script:
    """A server that hears a turn and sends these messages."""

    async def script(peer: Peer) -> None:
        await peer.send(Init("c"))
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, *messages)
        await peer.closed.wait()

    return script


async def speak(talk: Talk) -> Turn:
    """Speak, and wait until speech-to-text returns."""
    turn = talk.session.start_turn()
    turn.feed(voice(0.4))
    await turn.wait_end()
    return turn


async def reply_to(turn: Turn, home: Home | None = None) -> float:
    """Hear a reply, and return its length in seconds."""
    return (await listen(await turn.wait_reply(home))).seconds(1000)


def first_peer(talk: Talk) -> Peer:
    return talk.server.peers[0]


async def answered_with(meet: Meet, home: Any, *messages: Message) -> tuple[Talk, Peer]:
    """Let a server ask a home; return the server's side of the connection, too."""
    talk = await meet(turn_of(*(messages or (ASK,))), home=OFFER, features=AGENT)
    turn = await speak(talk)
    talk.claim = asyncio.create_task(turn.wait_reply(home))  # type: ignore[attr-defined]
    return talk, first_peer(talk)
