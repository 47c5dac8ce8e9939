"""The turns of a conversation, with engines that do what they are told and a virtual clock."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from agent_server.audio import Samples
from agent_server.brain import Exchange
from agent_server.config import Agent
from agent_server.conversation import BacklogError, ClientGoneError
from agent_server.conversation.cascade import CascadeConversation
from agent_server.conversation.events import (
    AgentSaid,
    Event,
    Failed,
    Fault,
    GreetingEnded,
    GreetingStarted,
    Interrupted,
    ReplyAudio,
    ReplyEnded,
    ReplyStarted,
    SpeechEnded,
    SpeechStarted,
    UserSaid,
)
from agent_server.limits import Limits
from agent_server.registry import Engines
from agent_server.turn_detection import SpeechEnded as Ended
from agent_server.turn_detection import SpeechStarted as Started
from agent_server.workers import Workers

from .fakes import Detections, Ears, Encoder, Mind, Speech, Step

LIMITS = Limits(longest_idle=100.0, backlog=10.0)
START = Started()


def speech(samples: int) -> Samples:
    """Audio with its own number of samples, by which `Ears` know it."""
    return np.ones(samples, np.float32)


class Talk:
    """A conversation and everything around it."""

    def __init__(self, greeting: str = "", limits: Limits = LIMITS) -> None:
        self.script: deque[Step] = deque()
        self.ears = Ears()
        self.ears.words = {1: "one", 2: "two", 3: "three", 9: ""}
        self.mind = Mind("Good day.")
        self.voice = Speech()
        self.events: list[Event] = []
        self.is_gone = False
        self.endpointers = 0
        self.workers = Workers(30.0)
        self.conversation = CascadeConversation(
            Agent("agent", "key", greeting),
            Engines(
                endpointer=self._new_endpointer,
                speech_to_text=self._speech_to_text,
                brains={"auto": lambda: self.mind},
                text_to_speech=lambda _: self.voice,
            ),
            self.workers,
            limits,
            emit=self._emit,
            new_encoder=Encoder,
            address="1.2.3.4",
        )
        self.task = asyncio.create_task(self.conversation.run())

    async def hear(self, *found: Started | Ended, so_far: Samples | None = None) -> None:
        """Hear audio in which the endpointer finds these events."""
        await self._feed((list(found), so_far))

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
        if self.is_gone:
            raise ClientGoneError
        self.events.append(event)

    def _new_endpointer(self) -> Any:
        self.endpointers += 1
        return Detections(self.script)

    def _speech_to_text(self, threads: Any) -> Ears:
        self.threads = threads
        return self.ears


def now() -> float:
    return asyncio.get_running_loop().time()


async def settle() -> None:
    """Let everything happen that can happen now."""
    await asyncio.sleep(1e-6)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    talk = Talk()
    yield talk
    await talk.stop()


@pytest.fixture
async def greeter() -> AsyncIterator[Talk]:
    talk = Talk("Good morning to you.")
    yield talk
    await talk.stop()


def answered(question: str, *sentences: str) -> list[Event]:
    """The events of a reply from the words of the user on."""
    return [UserSaid(question), *map(AgentSaid, sentences), ReplyStarted(), ReplyEnded()]


# A turn.


async def test_events_of_a_turn(talk: Talk) -> None:
    await talk.hear()
    assert talk.take() == []
    await talk.hear(START)
    assert talk.take() == [SpeechStarted()]
    await talk.hear(Ended(speech(1)))
    assert talk.take() == [SpeechEnded(), *answered("one", "Good day.")]
    (turn,) = talk.mind.turns
    assert (turn.text, turn.language, turn.history) == ("one", "en", ())
    assert turn.end.is_set()
    assert talk.mind.closed == 1
    assert talk.ears.languages == ["en"]
    assert talk.ears.utterances[0].is_certain


async def test_start_and_end_in_one_piece_of_audio(talk: Talk) -> None:
    await talk.hear(START, Ended(speech(1)))
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]


async def test_second_start_is_not_reported(talk: Talk) -> None:
    await talk.hear(START, START)
    assert talk.take() == [SpeechStarted()]


async def test_audio_is_decoded_for_the_endpointer(talk: Talk) -> None:
    heard: list[Samples] = []
    talk.conversation._listener._endpointer.feed = lambda audio: heard.append(audio) or []  # type: ignore[method-assign, func-returns-value]
    talk.conversation.feed(bytes([0x10, 0xFF]))
    await settle()
    assert heard[0].dtype == np.float32
    assert heard[0][1] == 0
    assert abs(heard[0][0]) > 0.1


async def test_noise_gets_no_answer(talk: Talk) -> None:
    await talk.say(9)
    assert talk.take() == [SpeechStarted(), SpeechEnded()]
    assert talk.mind.turns == []
    assert talk.conversation._utterances._utterances == []
    await talk.say(1)
    assert talk.take()[1:] == [SpeechEnded(), *answered("one", "Good day.")]


async def test_speech_before_the_reply_has_started_continues_the_turn(talk: Talk) -> None:
    talk.voice.may.clear()
    await talk.say(1)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), UserSaid("one"), AgentSaid("Good day.")]
    await talk.hear(START)
    assert talk.take() == [SpeechStarted()]
    assert talk.mind.closed == 1
    talk.voice.may.set()
    await talk.hear(Ended(speech(2)))
    assert talk.take() == [SpeechEnded(), *answered("one two", "Good day.")]
    assert [turn.history for turn in talk.mind.turns] == [(), ()]


# The answer is prepared in a pause.


async def test_answer_is_ready_when_the_pause_ends_the_turn(talk: Talk) -> None:
    await talk.hear(START)
    assert talk.threads._is_certain()
    await talk.hear(so_far=speech(1))
    assert talk.take() == [SpeechStarted()]
    (turn,) = talk.mind.turns
    assert turn.text == "one"
    assert not turn.end.is_set()
    assert not talk.threads._is_certain()
    assert talk.voice.steps > 0
    await talk.hear(so_far=speech(1))
    assert len(talk.mind.turns) == 1
    assert talk.take() == []
    await talk.hear(Ended(speech(1)))
    assert talk.take() == [SpeechEnded(), *answered("one", "Good day.")]
    assert turn.end.is_set()
    assert talk.threads._is_certain()
    assert len(talk.mind.turns) == len(talk.ears.utterances) == 1


async def test_answer_is_dropped_when_the_user_continues(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    assert talk.mind.closed == 0
    await talk.hear()
    assert talk.mind.closed == 1
    talk.mind.may.set()
    await talk.hear(so_far=speech(2))
    await talk.hear(Ended(speech(2)))
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("two", "Good day.")]
    assert [turn.text for turn in talk.mind.turns] == ["one", "two"]
    assert [turn.history for turn in talk.mind.turns] == [(), ()]


async def test_answer_to_other_speech_is_replaced(talk: Talk) -> None:
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await talk.hear(Ended(speech(2)))
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("two", "Good day.")]
    assert talk.mind.closed == 2


async def test_noise_in_a_pause_is_forgotten_when_the_turn_is_over(talk: Talk) -> None:
    await talk.hear(START)
    await talk.hear(so_far=speech(9))
    assert talk.conversation._utterances.is_guessed
    await talk.hear(Ended(speech(9)))
    assert talk.take() == [SpeechStarted(), SpeechEnded()]
    assert talk.conversation._utterances._utterances == []


async def test_failure_in_a_pause_is_reported_when_the_turn_is_over(talk: Talk) -> None:
    talk.mind.pieces = ("fail",)
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    assert talk.take() == [SpeechStarted()]
    await talk.hear(Ended(speech(1)))
    ended, said, failed = talk.take()
    assert (ended, said) == (SpeechEnded(), UserSaid("one"))
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.BRAIN


async def test_transcription_that_fails_in_a_pause_is_reported_when_the_turn_is_over(
    talk: Talk,
) -> None:
    talk.ears.words[1] = "fail"
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await asyncio.sleep(10)
    assert talk.take() == [SpeechStarted()]
    await talk.hear(Ended(speech(1)))
    ended, failed = talk.take()
    assert ended == SpeechEnded()
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.SPEECH_TO_TEXT


# Interruptions.


async def test_interrupted_reply_ends_and_the_history_keeps_what_was_heard(talk: Talk) -> None:
    talk.mind.pieces = ("One two. ", "Three four. ", "Five.")
    may = asyncio.Event()
    original = talk.voice.speak

    async def speak(text: str, language: str, voice: str | None) -> Any:
        if text.startswith("Five"):
            await may.wait()
        async for audio in original(text, language, voice):
            yield audio

    talk.voice.speak = speak  # type: ignore[method-assign]
    await talk.say(1)
    assert ReplyEnded() not in talk.take()
    await asyncio.sleep(2.5)
    await talk.hear(START)
    assert talk.take() == [Interrupted("One two."), ReplyEnded(), SpeechStarted()]
    talk.mind.pieces = ("Yes.",)
    await talk.hear(Ended(speech(2)))
    assert talk.take() == [SpeechEnded(), *answered("two", "Yes.")]
    assert talk.mind.turns[-1].history == (Exchange("one", "One two."),)


async def test_reply_that_still_plays_is_interrupted(talk: Talk) -> None:
    talk.mind.pieces = ("One two.",)
    await talk.say(1)
    talk.take()
    await asyncio.sleep(1.5)
    await talk.hear(START)
    assert talk.take() == [Interrupted("One"), SpeechStarted()]


async def test_reply_that_stalls_is_interrupted_although_nothing_plays(talk: Talk) -> None:
    talk.mind.pieces = ("One. ", "Two.")
    stalled = asyncio.Event()
    original = talk.voice.speak

    async def speak(text: str, language: str, voice: str | None) -> Any:
        if text == "Two.":
            await stalled.wait()
        async for audio in original(text, language, voice):
            yield audio

    talk.voice.speak = speak  # type: ignore[method-assign]
    await talk.say(1)
    talk.take()
    await asyncio.sleep(5)
    assert talk.conversation.idle == 0
    await talk.hear(START)
    assert talk.take() == [Interrupted("One."), ReplyEnded(), SpeechStarted()]


async def test_reply_that_was_heard_is_not_interrupted(talk: Talk) -> None:
    await talk.say(1)
    talk.take()
    await asyncio.sleep(5)
    await talk.say(2)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("two", "Good day.")]
    assert talk.mind.turns[-1].history == (Exchange("one", "Good day."),)


async def test_history_has_the_last_twenty_exchanges(talk: Talk) -> None:
    for number in range(23):
        talk.ears.words[1] = f"word {number}"
        await talk.say(1)
        await asyncio.sleep(5)
    history = talk.mind.turns[-1].history
    assert [exchange.user for exchange in history] == [f"word {n}" for n in range(2, 22)]


# The greeting.


async def test_greeting(greeter: Talk) -> None:
    await settle()
    assert greeter.take() == [
        GreetingStarted("Good morning to you."),
        *(ReplyStarted(), ReplyEnded(), GreetingEnded()),
    ]
    await asyncio.sleep(10)
    await greeter.say(1)
    assert greeter.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]
    assert greeter.mind.turns[0].history == ()


async def test_interrupted_greeting_is_not_in_the_history(greeter: Talk) -> None:
    await settle()
    greeter.take()
    await asyncio.sleep(1.5)
    await greeter.hear(START)
    assert greeter.take() == [Interrupted("Good"), SpeechStarted()]
    await greeter.hear(Ended(speech(1)))
    assert greeter.mind.turns[0].history == ()


async def test_greeting_that_is_interrupted_early_ends(greeter: Talk) -> None:
    greeter.voice.may.clear()
    await settle()
    assert greeter.take() == [GreetingStarted("Good morning to you.")]
    await greeter.hear(START)
    assert greeter.take() == [GreetingEnded(), SpeechStarted()]


async def test_greeting_that_fails_ends_and_is_reported() -> None:
    talk = Talk("mute")
    await settle()
    started, ended, failed = talk.take()
    assert (started, ended) == (GreetingStarted("mute"), GreetingEnded())
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.TEXT_TO_SPEECH
    await talk.stop()


async def test_agent_without_a_greeting_says_nothing(talk: Talk) -> None:
    await settle()
    assert talk.take() == []


# Failures.


async def test_failed_turn_does_not_end_the_conversation(talk: Talk) -> None:
    talk.ears.words[1] = "fail"
    await talk.say(1)
    *_, failed = talk.take()
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.SPEECH_TO_TEXT
    assert str(failed.error) == "SpeechToTextError: no such word"
    assert failed.is_expected
    await talk.say(2)
    # The words of the failed turn are gone.
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("two", "Good day.")]


async def test_error_of_the_program_is_a_fault_of_the_turn(talk: Talk) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    talk.mind.answer = broken  # type: ignore[assignment, method-assign]
    await talk.say(1)
    *_, failed = talk.take()
    assert isinstance(failed, Failed)
    assert (failed.fault, failed.is_expected) == (Fault.TURN, False)


async def test_endpointer_that_fails_is_replaced_and_reported_once(talk: Talk) -> None:
    assert talk.endpointers == 1
    await talk.hear(START)
    talk.take()
    await talk.hurt()
    ended, failed = talk.take()
    assert ended == SpeechEnded()
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.SPEECH_TO_TEXT
    assert talk.endpointers == 2
    await talk.hurt()
    assert talk.take() == []
    assert talk.endpointers == 3
    await talk.hear()
    await talk.hurt()
    (failed,) = talk.take()
    assert isinstance(failed, Failed)
    await talk.say(1)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]


async def test_endpointer_that_fails_at_once_is_reported(talk: Talk) -> None:
    await talk.hurt()
    (failed,) = talk.take()
    assert isinstance(failed, Failed)


async def test_guess_is_dropped_when_the_endpointer_fails(talk: Talk) -> None:
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await talk.hurt()
    assert talk.mind.closed == 1
    assert not talk.conversation._utterances.is_guessed


async def test_client_that_is_gone_ends_the_conversation(talk: Talk) -> None:
    talk.is_gone = True
    await talk.hear(START)
    with pytest.raises(ClientGoneError):
        await talk.task


async def test_client_that_is_gone_ends_a_reply_quietly(talk: Talk) -> None:
    talk.ears.may.clear()
    await talk.say(1)
    talk.is_gone = True
    talk.ears.may.set()
    await settle()
    assert len(asyncio.all_tasks()) == 5  # The test and those of `run`: no answer.
    assert not talk.task.done()


async def test_too_much_audio_is_refused(talk: Talk) -> None:
    with pytest.raises(BacklogError):
        talk.conversation.feed(bytes(10 * 16_000 + 1))


# Idle and the end.


async def test_idle_time_counts_from_the_last_audio(talk: Talk) -> None:
    await asyncio.sleep(5)
    assert talk.conversation.idle == pytest.approx(5, abs=0.01)
    await talk.hear()
    assert talk.conversation.idle == pytest.approx(0, abs=0.01)
    await asyncio.sleep(3)
    talk.conversation.feed(b"")
    assert talk.conversation.idle == pytest.approx(3, abs=0.01)


async def test_conversation_is_not_idle_while_the_agent_speaks(talk: Talk) -> None:
    await talk.say(1)
    await asyncio.sleep(1.9)
    assert talk.conversation.idle == 0
    await asyncio.sleep(0.2)
    assert talk.conversation.idle == pytest.approx(2.1, abs=0.01)


async def test_conversation_is_not_idle_while_an_answer_is_prepared(talk: Talk) -> None:
    talk.voice.may.clear()
    await talk.say(1)
    await asyncio.sleep(20)
    assert talk.conversation.idle == 0


async def test_idle_conversation_ends(talk: Talk) -> None:
    began = now()
    await asyncio.sleep(40)
    await talk.hear()
    await asyncio.sleep(99.9)
    assert not talk.task.done()
    await asyncio.wait_for(talk.task, 10)
    assert now() - began == pytest.approx(140, abs=0.01)


async def test_idle_conversation_is_not_ended_early(talk: Talk) -> None:
    await asyncio.sleep(0.5)
    await talk.hear()
    await asyncio.sleep(99.75)
    assert not talk.task.done()
    await asyncio.sleep(0.5)
    assert talk.task.done()


async def test_reply_keeps_the_conversation(talk: Talk) -> None:
    talk.mind.pieces = ("a " * 99 + "b.",)
    began = now()
    await talk.say(1)
    await asyncio.sleep(99)
    assert talk.conversation.idle == 0
    await talk.task
    assert now() - began == pytest.approx(200, abs=1)


async def test_end_ends_everything(talk: Talk) -> None:
    left: list[Any] = []
    talk.workers.long.leave = left.append  # type: ignore[assignment, method-assign]
    talk.voice.may.clear()
    await talk.say(1)
    await talk.hear(START, so_far=speech(2))
    talk.ears.may.clear()
    await talk.hear(so_far=None)
    await talk.hear(so_far=speech(3))
    began = now()
    talk.conversation.end()
    await talk.task
    assert now() == began
    assert [share.address for share in left] == ["1.2.3.4"]
    assert len(asyncio.all_tasks()) == 1
    assert talk.mind.closed == len(talk.mind.turns)
    assert talk.ears.utterances[-1].is_cancelled


async def test_end_waits_for_the_answer_to_be_closed(talk: Talk) -> None:
    talk.mind.may.clear()
    talk.mind.closing_takes = 1.0
    await talk.say(1)
    talk.conversation.end()
    await talk.task
    assert talk.mind.closed == 1


async def test_conversation_that_is_cancelled_cleans_up(talk: Talk) -> None:
    left: list[Any] = []
    talk.workers.long.leave = left.append  # type: ignore[assignment, method-assign]
    await settle()
    await talk.stop()
    assert len(left) == 1
    assert len(asyncio.all_tasks()) == 1
