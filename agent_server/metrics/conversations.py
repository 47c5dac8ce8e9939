"""Counts the events of conversations, and measures how long users wait."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from ..conversation import events
from ..conversation.events import Event
from ..home import FromHome, Handled, Say, UserText
from ..wire.messages.errors import ErrorCode

_BUCKETS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 3.0, 5.0, 10.0, 30.0)


class Stage(StrEnum):
    """The steps of a turn that a user waits for, in this order."""

    END_OF_TURN = "end_of_turn"
    """The agent is certain that the user has finished."""

    TRANSCRIPT = "transcript"
    FIRST_SENTENCE = "first_sentence"
    FIRST_AUDIO = "first_audio"


class Kind(StrEnum):
    """How a turn begins."""

    SPOKEN = "spoken"
    TYPED = "typed"
    ANNOUNCEMENT = "announcement"
    """A text of the home that the agent speaks."""


class TurnMetrics:
    """The values of all conversations."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.opened: Final = Counter(
            "playai_agent_conversations_opened",
            "Conversations that were opened.",
            registry=registry,
        )
        self.turns: Final = Counter(
            "playai_agent_turns",
            "Turns by how they began. A spoken turn counts when its words are known.",
            ["kind"],
            registry=registry,
        )
        self.replies: Final = Counter(
            "playai_agent_replies", "Replies of which the agent has sent audio.", registry=registry
        )
        self.interruptions: Final = Counter(
            "playai_agent_interruptions",
            "Replies that were stopped because the user spoke or typed.",
            registry=registry,
        )
        self.errors: Final = Counter(
            "playai_agent_errors",
            "Error messages to clients, by their code in the protocol.",
            ["code"],
            registry=registry,
        )
        self.seconds: Final = Histogram(
            "playai_agent_turn_seconds",
            "Seconds from the end of the user's speech to a stage of the answer.",
            ["stage"],
            buckets=_BUCKETS,
            registry=registry,
        )
        # All series exist from the start: a rate needs a value before the first change.
        for kind in Kind:
            self.turns.labels(kind)
        for code in ErrorCode:
            self.errors.labels(str(code.value))
        for stage in Stage:
            self.seconds.labels(stage)


class ConversationMetrics:
    """Measures one conversation by its events."""

    def __init__(self, turns: TurnMetrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._turns = turns
        self._clock = clock
        self._silence = 0.0
        self._spoken_until: float | None = None
        """When the user stopped speaking; None while speaking, after a typed turn or a failure."""

        self._awaited: set[Stage] = set()
        """The stages of the current turn that are still to come."""

        self._is_handled = False
        """Whether the next text of the home is its answer to a turn, and no announcement."""

    def opened(self) -> None:
        """Count the conversation: the key is valid, and there is a place."""
        self._turns.opened.inc()

    def failed(self, code: ErrorCode) -> None:
        """Count an error message."""
        self._turns.errors.labels(str(code.value)).inc()

    def received(self, message: FromHome) -> None:
        """Count a message of the home."""
        match message:
            case UserText():
                self._turns.turns.labels(Kind.TYPED).inc()
                self._forget()
            case Handled():
                self._is_handled = True
            case Say(is_final=True) if self._is_handled:
                self._is_handled = False
            case Say(is_final=True):
                self._turns.turns.labels(Kind.ANNOUNCEMENT).inc()

    def happened(self, event: Event) -> None:
        """Count and measure the next event."""
        match event:
            case events.SpeechStarted() | events.Failed():
                self._forget()
            case events.SpeechEnded(silence):
                self._silence = silence
                self._spoken_until = self._clock() - silence
            case events.UserSaid(final=True):
                self._turns.turns.labels(Kind.SPOKEN).inc()
                self._transcribed()
            case events.AgentSaid():
                self._reached(Stage.FIRST_SENTENCE)
            case events.ReplyStarted():
                self._turns.replies.inc()
                self._reached(Stage.FIRST_AUDIO)
            case events.Interrupted():
                self._turns.interruptions.inc()

    def _transcribed(self) -> None:
        if self._spoken_until is not None:
            self._turns.seconds.labels(Stage.END_OF_TURN).observe(self._silence)
            self._awaited = {Stage.TRANSCRIPT, Stage.FIRST_SENTENCE, Stage.FIRST_AUDIO}
            self._reached(Stage.TRANSCRIPT)

    def _reached(self, stage: Stage) -> None:
        if stage in self._awaited and self._spoken_until is not None:
            self._awaited.discard(stage)
            self._turns.seconds.labels(stage).observe(self._clock() - self._spoken_until)

    def _forget(self) -> None:
        self._spoken_until = None
        self._awaited = set()
        self._is_handled = False
