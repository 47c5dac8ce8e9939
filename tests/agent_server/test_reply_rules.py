"""A reply from the pieces of an answer to its audio, with scripted engines."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from agent_server.brain import BrainError
from agent_server.conversation import ClientGoneError, events
from agent_server.conversation.events import (
    AgentSaid,
    Event,
    Failed,
    Fault,
    ReplyAudio,
    ReplyEnded,
    ReplyStarted,
)
from agent_server.conversation.faults import TurnError, map_errors_to
from agent_server.conversation.reply import Reply
from agent_server.limits import Limits
from agent_server.tts import Audio, TextToSpeechError

from .fakes import RATE, Encoder, Speech

LIMITS = Limits(brain=30.0, reply=300.0)


class Inline:
    """Threads that run everything immediately."""

    def __init__(self) -> None:
        self.calls = 0

    async def run_short[T](self, function: Callable[[], T]) -> T:
        self.calls += 1
        await asyncio.sleep(0)
        return function()


class Stage:
    """A reply with everything around it."""

    def __init__(self, limits: Limits = LIMITS, trailer: bytes = b"end;") -> None:
        self.events: list[Event] = []
        self.speech = Speech()
        self.encoders: list[Encoder] = []
        self.codec_error: Exception | None = None
        self.may_begin = asyncio.Event()
        self.may_begin.set()
        self.taking = asyncio.Event()
        self.taking.set()
        self.is_gone = False
        self._trailer = trailer
        self.threads = Inline()
        threads: Any = self.threads
        self.reply = Reply(
            self._emit,
            self.speech,
            threads,
            language="de",
            limits=limits,
            new_encoder=self._new_encoder,
            next_stream=count(1).__next__,
        )

    async def speak(self, *pieces: str, with_transcript: bool = True) -> None:
        await self.reply.speak(
            answer(*pieces), may_begin=self.may_begin.wait, with_transcript=with_transcript
        )

    @property
    def said(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, AgentSaid)]

    @property
    def audio(self) -> bytes:
        return b"".join(event.data for event in self.events if isinstance(event, ReplyAudio))

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]

    async def _emit(self, event: Event) -> None:
        await self.taking.wait()
        if self.is_gone:
            raise ClientGoneError
        self.events.append(event)

    def _new_encoder(self, rate: int) -> Encoder:
        if self.codec_error is not None:
            raise self.codec_error
        self.encoders.append(Encoder(rate, self._trailer))
        return self.encoders[-1]


async def answer(*pieces: str) -> AsyncGenerator[str]:
    for piece in pieces:
        if piece == "fail":
            raise BrainError("too hard")
        yield piece


def failure(error: TurnError) -> tuple[Fault, str, bool]:
    event = error.event()
    return event.fault, str(event.error), event.is_expected


WORD = b"200;" * 5


async def test_events_of_a_reply() -> None:
    stage = Stage()
    await stage.speak("Hi. ", "Good day.")
    assert [kind for kind in stage.kinds if kind is not AgentSaid] == [
        *(ReplyStarted, *[ReplyAudio] * 16, ReplyEnded)
    ]
    assert stage.said == ["Hi.", "Good day."]
    assert stage.audio == WORD * 3 + b"end;"
    assert stage.events[-1] == ReplyEnded(is_cut_off=False)
    assert stage.events.index(ReplyStarted()) < stage.events.index(ReplyAudio(b"200;"))
    assert stage.speech.sentences == [("Hi.", "de", None), ("Good day.", "de", None)]
    assert [encoder.rate for encoder in stage.encoders] == [RATE]
    assert stage.reply.playback.sent == pytest.approx(3)
    assert (stage.reply.has_begun, stage.reply.has_ended) == (True, True)


async def test_first_sentence_is_sent_before_its_audio() -> None:
    stage = Stage()
    await stage.speak("Hi.")
    assert stage.kinds == [AgentSaid, ReplyStarted, *[ReplyAudio] * 6, ReplyEnded]


async def test_reply_without_a_transcript() -> None:
    stage = Stage()
    await stage.speak("Hi. Good day.", with_transcript=False)
    assert stage.said == []
    assert stage.audio == WORD * 3 + b"end;"


async def test_nothing_has_begun_before_the_first_audio() -> None:
    stage = Stage()
    assert (stage.reply.has_begun, stage.reply.has_ended) == (False, False)
    await stage.reply.send_end()
    assert stage.events == []


async def test_end_is_sent_once() -> None:
    stage = Stage()
    await stage.speak("Hi.")
    await stage.reply.send_end()
    assert stage.kinds.count(ReplyEnded) == 1


async def test_start_is_prepared_and_nothing_is_sent_until_it_may_begin() -> None:
    stage = Stage()
    stage.may_begin.clear()
    task = asyncio.create_task(stage.speak("a b c d e f g h i."))
    await asyncio.sleep(1)
    assert stage.events == []
    # The sentence and the first step are ready, and the second step waits for room.
    assert stage.speech.steps == 2
    stage.may_begin.set()
    await task
    assert stage.audio == WORD * 9 + b"end;"


async def test_brain_is_at_most_eight_sentences_ahead() -> None:
    stage = Stage()
    asked = 0

    async def endless() -> AsyncGenerator[str]:
        nonlocal asked
        while asked < 100:
            asked += 1
            yield "Yes. "

    stage.speech.may.clear()
    speaking = stage.reply.speak(endless(), may_begin=stage.may_begin.wait, with_transcript=False)
    task = asyncio.create_task(speaking)
    await asyncio.sleep(1)
    # One is spoken, eight wait, and one waits for room.
    assert asked == 10
    stage.speech.may.set()
    await task
    assert stage.reply.playback.sent == pytest.approx(100)


async def test_long_speech_is_encoded_in_steps_of_a_second_and_messages_of_a_fifth() -> None:
    stage = Stage()

    async def speak(text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        yield Audio(np.ones(2_250, np.float32), RATE)

    stage.speech.speak = speak  # type: ignore[method-assign]
    await stage.speak("Hi.")
    assert stage.threads.calls == 3 + 1
    assert stage.encoders[0].sizes == [200] * 5 + [200] * 5 + [200, 50]
    assert stage.audio == b"200;" * 11 + b"50;" + b"end;"
    assert stage.reply.playback.sent == pytest.approx(2.25)


async def test_interrupted_reply_wastes_little_speech() -> None:
    stage = Stage()
    task = asyncio.create_task(stage.speak("a " * 200))
    stage.taking.clear()
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    steps = stage.speech.steps
    assert steps <= 4
    stage.taking.set()
    await asyncio.sleep(1)
    assert stage.speech.steps == steps
    assert len(stage.speech.closed) == 1
    assert len(asyncio.all_tasks()) == 1


async def test_interrupted_reply_waits_until_the_voice_has_stopped() -> None:
    stage = Stage()
    stopped = False

    async def speak(text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        nonlocal stopped
        try:
            await asyncio.sleep(100)
            yield Audio(np.ones(RATE, np.float32), RATE)
        finally:
            await asyncio.sleep(1)
            stopped = True

    stage.speech.speak = speak  # type: ignore[method-assign]
    task = asyncio.create_task(stage.speak("Hi."))
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert stopped


async def test_interrupted_reply_waits_until_the_brain_has_stopped() -> None:
    stage = Stage()
    stopped = False

    async def slow() -> AsyncGenerator[str]:
        nonlocal stopped
        try:
            await asyncio.sleep(10)
            yield "Hi."
        finally:
            await asyncio.sleep(1)
            stopped = True

    task = asyncio.create_task(stage.reply.speak(slow(), may_begin=stage.may_begin.wait))
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert stopped


async def test_sentences_are_those_of_the_audio() -> None:
    stage = Stage()
    await stage.speak("One two. Three.")
    playback = stage.reply.playback
    assert playback.heard_words() == ""
    await asyncio.sleep(1.5)
    assert playback.heard_words() == "One"
    await asyncio.sleep(1)
    assert playback.heard_words() == "One two."
    await asyncio.sleep(1)
    assert playback.heard_words() == "One two. Three."


async def test_audio_without_bytes_starts_no_reply() -> None:
    stage = Stage(trailer=b"")
    with pytest.raises(TurnError) as raised:
        await stage.speak("quiet")
    assert failure(raised.value) == (
        Fault.TEXT_TO_SPEECH,
        "the voice produced no audio",
        True,
    )
    assert stage.kinds == [AgentSaid]
    assert not stage.reply.has_begun


async def test_codec_that_keeps_everything_back_until_the_end() -> None:
    stage = Stage()
    await stage.speak("quiet")
    assert stage.kinds == [AgentSaid, ReplyStarted, ReplyAudio, ReplyEnded]
    assert stage.audio == b"end;"


async def test_reply_that_has_ended_has_no_codec() -> None:
    stage = Stage()
    await stage.speak("Hi.")
    assert stage.reply._encoder is None
    assert stage.reply.playback.sent == 1


# Limits.


async def test_reply_is_cut_off_at_its_limit() -> None:
    stage = Stage(Limits(reply=3.0))
    await stage.speak("a b c d e f.")
    assert stage.audio == WORD * 3 + b"end;"
    assert stage.events[-1] == ReplyEnded(is_cut_off=True)
    assert stage.speech.steps < 6


async def test_reply_that_is_cut_off_does_not_wait_for_a_failure() -> None:
    stage = Stage(Limits(reply=1.0))
    await stage.speak("a mute.")
    assert stage.events[-1] == ReplyEnded(is_cut_off=True)


async def test_reply_below_the_limit_is_not_cut_off() -> None:
    stage = Stage(Limits(reply=3.25))
    await stage.speak("a b c.")
    assert stage.events[-1] == ReplyEnded(is_cut_off=False)


async def test_brain_has_a_limit_for_each_piece() -> None:
    stage = Stage()

    async def slow() -> AsyncGenerator[str]:
        await asyncio.sleep(29)
        yield "One."
        await asyncio.sleep(29)
        yield " Two."
        await asyncio.sleep(31)
        yield " Three."

    began = asyncio.get_running_loop().time()
    with pytest.raises(TurnError) as raised:
        await stage.reply.speak(slow(), may_begin=stage.may_begin.wait)
    assert asyncio.get_running_loop().time() - began == pytest.approx(88)
    fault, _, is_expected = failure(raised.value)
    assert (fault, is_expected) == (Fault.BRAIN, True)
    assert stage.said == ["One."]


# Failures.


@pytest.mark.parametrize("pieces", [(), ("",), (" ", "\n")])
async def test_empty_answer_fails(pieces: tuple[str, ...]) -> None:
    stage = Stage()
    with pytest.raises(TurnError) as raised:
        await stage.speak(*pieces)
    assert failure(raised.value) == (Fault.BRAIN, "there is nothing to say", True)
    assert stage.events == []


async def test_brain_that_fails_later_ends_the_reply_after_what_it_said() -> None:
    stage = Stage()
    with pytest.raises(TurnError) as raised:
        await stage.speak("One two. ", "fail")
    assert failure(raised.value) == (Fault.BRAIN, "BrainError: too hard", True)
    assert stage.audio == WORD * 2 + b"end;"
    assert stage.events[-1] == ReplyEnded()
    assert stage.kinds.count(ReplyEnded) == 1


async def test_brain_that_fails_at_once_starts_no_reply() -> None:
    stage = Stage()
    with pytest.raises(TurnError):
        await stage.speak("fail")
    assert stage.events == []


async def test_voice_that_fails_ends_the_reply_after_what_it_said() -> None:
    stage = Stage()
    with pytest.raises(TurnError) as raised:
        await stage.speak("One mute. Three.")
    assert failure(raised.value) == (Fault.TEXT_TO_SPEECH, "TextToSpeechError: no voice", True)
    assert stage.audio == WORD + b"end;"
    assert stage.events[-1] == ReplyEnded()
    assert [text for text, _, _ in stage.speech.sentences] == ["One mute."]


async def test_codec_that_fails_is_a_fault_of_the_turn() -> None:
    stage = Stage()
    stage.codec_error = ZeroDivisionError("no codec")
    with pytest.raises(TurnError) as raised:
        await stage.speak("Hi.")
    assert failure(raised.value) == (Fault.TURN, "ZeroDivisionError: no codec", False)


async def test_codec_that_fails_at_the_end_is_a_fault_of_the_turn() -> None:
    stage = Stage()

    def broken(encoder: Encoder) -> bytes:
        raise ZeroDivisionError("no end")

    task = asyncio.create_task(stage.speak("Hi."))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Encoder, "finish", broken)
        with pytest.raises(TurnError) as raised:
            await task
    assert failure(raised.value) == (Fault.TURN, "ZeroDivisionError: no end", False)


async def test_client_that_is_gone_ends_it() -> None:
    stage = Stage()
    stage.is_gone = True
    with pytest.raises(ClientGoneError):
        await stage.speak("Hi. " * 50)
    await asyncio.sleep(1)
    assert len(asyncio.all_tasks()) == 1
    assert stage.speech.steps < 10


async def test_failure_leaves_no_task_behind() -> None:
    stage = Stage()
    with pytest.raises(TurnError):
        await stage.speak("One mute. ", *["More. "] * 50)
    assert len(asyncio.all_tasks()) == 1


# Faults.


def test_every_error_is_blamed_on_a_part() -> None:
    with pytest.raises(TurnError) as raised, map_errors_to(Fault.BRAIN):
        raise BrainError("too hard")
    error = raised.value
    assert str(error) == "BrainError: too hard"
    assert error.event() == Failed(Fault.BRAIN, error, is_expected=True)
    assert isinstance(error.__cause__, BrainError)


@pytest.mark.parametrize(
    ("error", "is_expected"),
    [(TimeoutError(), True), (TextToSpeechError(), True), (ValueError(), False)],
)
def test_which_errors_are_expected(error: Exception, is_expected: bool) -> None:
    with pytest.raises(TurnError) as raised, map_errors_to(Fault.TURN):
        raise error
    assert raised.value.event().is_expected is is_expected


@pytest.mark.parametrize("error", [TurnError(Fault.BRAIN, "first"), ClientGoneError()])
def test_error_that_was_blamed_before_is_kept(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, map_errors_to(Fault.TURN):
        raise error
    assert raised.value is error


def test_failure_is_expected_by_default() -> None:
    assert TurnError(Fault.TURN, "why").event().is_expected
    assert not TurnError(Fault.TURN, "why", is_expected=False).event().is_expected


def test_reply_is_complete_by_default() -> None:
    assert events.ReplyEnded().is_cut_off is False


async def test_transcript_keeps_the_markdown_of_an_answer():
    stage = Stage()
    await stage.speak("**Done.** See:\n- Lamp\n")
    assert stage.said == ["**Done.** See:", "- Lamp"]
    assert [text for text, *_ in stage.speech.sentences] == ["Done. See:", "Lamp."]


async def test_answer_of_code_alone():
    stage = Stage()
    with pytest.raises(TurnError) as caught:
        await stage.speak("```\nprint(1)\n```")
    assert failure(caught.value) == (Fault.BRAIN, "the answer has no words to speak", True)
