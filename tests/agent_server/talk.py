"""A conversation with scripted engines, for tests with a virtual clock."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np

from agent_server.audio import Samples
from agent_server.config import Agent, EndOfTurn
from agent_server.conversation import ClientGoneError
from agent_server.conversation.cascade import CascadeConversation
from agent_server.conversation.events import (
    AgentSaid,
    Event,
    ReplyAudio,
    ReplyEnded,
    ReplyStarted,
    UserSaid,
)
from agent_server.engines import Local
from agent_server.home import FromHome, HomeOffer
from agent_server.limits import Limits
from agent_server.registry import Engines
from agent_server.turn_detection import BackgroundHeard
from agent_server.turn_detection import SpeechEnded as Ended
from agent_server.turn_detection import SpeechStarted as Started
from agent_server.turn_detection.policy import TurnEndPolicy
from agent_server.workers import Workers

from .fakes import Detections, Ears, Encoder, Mind, Speech, Step

LIMITS = Limits(longest_idle=100.0, backlog=10.0)
START = Started()


def speech(samples: int) -> Samples:
    """Audio with its own number of samples, by which `Ears` know it."""
    return np.ones(samples, np.float32)


class Talk:
    """A conversation and everything around it."""

    def __init__(
        self,
        greeting: str = "",
        limits: Limits = LIMITS,
        languages: Sequence[str] = (),
        end_of_turn: EndOfTurn = EndOfTurn.NORMAL,
    ) -> None:
        """`languages` are those of the engines, if they are known."""
        self.script: deque[Step] = deque()
        self.ears, self.judge = Ears(), Ears()
        self.ears.words = self.judge.words = {1: "one", 2: "two", 3: "three", 9: ""}
        self.mind = Mind("Good day.")
        self.voice = Speech()
        self.events: list[Event] = []
        self.is_gone = False
        self.taking = asyncio.Event()
        self.taking.set()
        self.endpointers = 0
        self._end_of_turn = end_of_turn
        self.speech: Samples | None
        self.workers = Workers(30.0)
        self.conversation = CascadeConversation(
            Agent("agent", "key", greeting),
            Engines(
                endpointer=self._new_endpointer,
                speech_to_text=self._speech_to_text,
                brains={"auto": lambda: self.mind},
                text_to_speech=lambda _: self.voice,
                judge=lambda _: self.judge,
                sources=[Local("engines", languages)] if languages else [],
            ),
            self.workers,
            limits,
            emit=self._emit,
            new_encoder=Encoder,
            address="1.2.3.4",
        )
        self.task = asyncio.create_task(self.conversation.run())

    async def hear(
        self,
        *found: Started | Ended | BackgroundHeard,
        so_far: Samples | None = None,
        speech: Samples | None = None,
    ) -> None:
        """Hear audio in which the endpointer finds these events.

        `so_far` is the speech before a pause, and `speech` that in which there is none.
        """
        self.speech = so_far if speech is None else speech
        await self._feed((list(found), so_far))

    async def get(self, *messages: FromHome) -> None:
        """Receive messages of the home."""
        for message in messages:
            self.conversation.receive(message)
        await settle()

    async def introduce_home(self) -> None:
        """Receive the offer of a home that answers."""
        self.mind.asks_home = True
        await self.get(HomeOffer("en", answers=True))

    async def hurt(self) -> None:
        """Hear audio that the endpointer cannot take."""
        await self._feed(None)

    async def say(self, samples: int) -> None:
        """Speak, and pause for long enough."""
        await self.hear(START)
        await self.hear(Ended(speech(samples)))

    def take(self) -> list[Event]:
        """The events since the last call; the audio between them is left out."""
        taken, self.events = self.events, []
        return [event for event in taken if not isinstance(event, ReplyAudio)]

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError, ClientGoneError):
            await self.task
        self.workers.stop()

    async def _feed(self, step: Step) -> None:
        self.script.append(step)
        self.conversation.feed(b"\xff")
        await settle()

    async def _emit(self, event: Event) -> None:
        await self.taking.wait()
        if self.is_gone:
            raise ClientGoneError
        self.events.append(event)

    def _new_endpointer(self) -> Any:
        self.endpointers += 1
        self.speech = None
        self.detections = Detections(self.script, lambda: self.speech)
        self.detections.policy = TurnEndPolicy(self._end_of_turn)
        return self.detections

    def _speech_to_text(self, threads: Any) -> Ears:
        self.threads = threads
        return self.ears


def now() -> float:
    return asyncio.get_running_loop().time()


async def settle() -> None:
    """Run all tasks that are ready."""
    await asyncio.sleep(1e-6)


@asynccontextmanager
async def talking(
    greeting: str = "",
    limits: Limits = LIMITS,
    languages: Sequence[str] = (),
    end_of_turn: EndOfTurn = EndOfTurn.NORMAL,
) -> AsyncIterator[Talk]:
    """Yield a conversation that runs."""
    talk = Talk(greeting, limits, languages, end_of_turn)
    try:
        yield talk
    finally:
        await talk.stop()


def spoken(sentence: str) -> list[Event]:
    """The events of a reply."""
    return [AgentSaid(sentence), ReplyStarted(), ReplyEnded()]


def answered(question: str, sentence: str) -> list[Event]:
    """The events of a reply from the words of the user on."""
    return [UserSaid(question), *spoken(sentence)]
