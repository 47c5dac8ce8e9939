"""A user who talks with a scripted server, and the audio of both sides."""

import array
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.events import ErrorOccurred, SessionEvent
from custom_components.playai.agent.home import HomeOffer
from custom_components.playai.agent.messages import (
    AudioStream,
    AudioStreamEnd,
    NewAudioStream,
    OutputFormat,
    UserTranscript,
    VoiceActivityEnd,
    VoiceActivityStart,
)
from custom_components.playai.agent.reply import Reply
from custom_components.playai.agent.session import Session
from custom_components.playai.agent.settings import AgentSettings, ServerTraits, Timings
from custom_components.playai.agent.testing import Peer, Script, ScriptedServer
from custom_components.playai.agent.turn import Turn

KEY = "ak-0123456789abcdef"
RATE = 24_000


def settings_for(url: str, **changes: Any) -> AgentSettings:
    """Settings that request raw PCM, so that the audio heard equals the audio sent."""
    values: dict[str, Any] = {
        "api_key": KEY,
        "output_format": OutputFormat.RAW,
        "output_sample_rate": RATE,
        **changes,
    }
    return AgentSettings(url=url, agent_id="agent-1", **values)


def known() -> ServerTraits:
    """Traits of a server that marks the end of its streams."""
    return ServerTraits(greets=False, sends_voice_activity=True, marks_stream_end=True)


def voice(seconds: float, byte: int = 0x10) -> bytes:
    """µ-law of a user; the byte identifies the utterance."""
    return bytes([byte]) * round(seconds * 16_000)


def pcm(seconds: float, level: int = 1000) -> bytes:
    """16-bit audio of an answer; the level identifies it."""
    return array.array("h", [level]).tobytes() * round(seconds * RATE)


def speech(seconds: float, level: int = 1000) -> AudioStream:
    """A message with a part of an answer."""
    return AudioStream(pcm(seconds, level))


@dataclass
class Heard:
    """The audio of one reply as its listener received it, with times."""

    steps: list[tuple[float, bytes]] = field(default_factory=list)

    @property
    def audio(self) -> bytes:
        return b"".join(data for _, data in self.steps)

    @property
    def levels(self) -> list[int]:
        """The different levels in the order in which they were heard, silence as 0."""
        samples = array.array("h", self.audio)
        return [level for n, level in enumerate(samples) if n == 0 or samples[n - 1] != level]

    def seconds(self, level: int) -> float:
        """How long a level was heard in all."""
        return array.array("h", self.audio).count(level) / RATE


async def listen(reply: Reply) -> Heard:
    """Hear a reply to its end, as fast as it comes."""
    heard = Heard()
    async for step in reply.stream():
        heard.steps.append((now(), step))
    return heard


async def speak(turn: Turn, seconds: float, byte: int = 0x10) -> None:
    """Speak in real time, in the chunks of 10 ms that Home Assistant delivers."""
    for _ in range(round(seconds * 100)):
        turn.feed(voice(0.01, byte))
        await asyncio.sleep(0.01)


async def speak_until_heard(turn: Turn, byte: int = 0x10) -> None:
    """Keep the microphone open until the turn has ended, as a satellite does."""
    while turn.is_open:
        turn.feed(voice(0.01, byte))
        await asyncio.sleep(0.01)


async def until(is_true: Callable[[], bool]) -> None:
    """Wait until a condition is true, with a precision of 10 ms."""
    while not is_true():  # noqa: ASYNC110 (there is no event for the condition)
        await asyncio.sleep(0.01)


def now() -> float:
    """Return the time on the loop's clock."""
    return asyncio.get_running_loop().time()


@dataclass(kw_only=True)
class Noted:
    """The events of a session."""

    events: list[SessionEvent] = field(default_factory=list)

    def told[T](self, kind: type[T]) -> list[T]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def errors(self) -> list[ErrorKind]:
        """The kinds of all reported errors, in order."""
        return [event.error.kind for event in self.events if isinstance(event, ErrorOccurred)]


@dataclass
class Talk(Noted):
    """A session with a scripted server, and all events of the session."""

    server: ScriptedServer
    session: Session
    traits: ServerTraits

    async def ask(self, byte: int = 0x10) -> Heard:
        """Have one turn with a microphone that stays open, and hear the answer."""
        turn = self.session.start_turn()
        speaker = asyncio.create_task(speak_until_heard(turn, byte))
        await turn.wait_end()
        heard = await listen(await turn.wait_reply())
        await speaker
        return heard


def make_talk(
    server: ScriptedServer,
    http: aiohttp.ClientSession,
    traits: ServerTraits | None = None,
    *,
    make_room: Callable[[], Awaitable[bool]] | None = None,
    home: HomeOffer | None = None,
    timings: Timings | None = None,
    **changes: Any,
) -> Talk:
    """Make a session with a scripted server."""
    traits = traits or ServerTraits(greets=False)
    events: list[SessionEvent] = []
    session = Session(
        http,
        settings_for(server.url, **changes),
        traits=traits,
        on_event=events.append,
        make_room=make_room,
        home=home,
        timings=timings,
    )
    return Talk(server, session, traits, events=events)


S, E = VoiceActivityStart(), VoiceActivityEnd()
N, AE = NewAudioStream(), AudioStreamEnd()


def answers(level: int = 1000, seconds: float = 1.0, words: str | None = None) -> Script:
    """A server that hears a second of voice and answers, in every turn."""

    async def script(peer: Peer) -> None:
        heard = 0.0
        while not peer.closed.is_set():
            heard += 1
            await peer.hear_voice(heard)
            await peer.send(S, E)
            if words is not None:
                await peer.send(UserTranscript(words))
            await peer.send(N, speech(seconds, level), AE)

    return script
