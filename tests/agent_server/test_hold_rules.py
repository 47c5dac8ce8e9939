"""A button that the user holds to talk: where the turn ends, frame by frame."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from agent_server.conversation import BacklogError
from agent_server.conversation.events import (
    AgentSaid,
    Failed,
    ReplyStarted,
    SpeechEnded,
    SpeechStarted,
    UserSaid,
)
from agent_server.conversation.inbox import SLICE, Inbox
from agent_server.home import Handled, Hold, Say, UserText
from agent_server.limits import Limits
from agent_server.turn_detection import FRAME, Paused
from agent_server.turn_detection import SpeechEnded as Ended
from agent_server.turn_detection.endpointing import LONGEST_HOLD, Endpointer
from agent_server.turn_detection.score import Evidence

from .talk import START, Talk, answered, settle, speech, talking
from .test_endpointing_rules import LEAD, LONGEST, PAUSE, TAIL, Run, Script, numbers_of

PRESS, RELEASE = Hold(is_held=True), Hold(is_held=False)
HELD = round(LONGEST_HOLD * 16_000 / FRAME)
LONG_PAUSE = 94
"""Frames: 3 s."""


def released(run: Run) -> tuple[int, int]:
    """Release the button; return the first and the last frame of the turn that ends."""
    (event,) = run.endpointer.release()
    assert isinstance(event, Ended)
    assert not run.endpointer.is_held
    return numbers_of(event.audio)


# The end of the turn.


def test_no_pause_ends_the_turn_while_the_button_is_held() -> None:
    run = Run((0, 50), (1, 13), (0, LONG_PAUSE), (1, 13), (0, 20)).feed(20)
    run.endpointer.press()
    run.feed(50 + 13 + LONG_PAUSE + 13 + 20 - 20)
    assert run.turns == [(52, None)]
    end = 50 + 13 + LONG_PAUSE + 13 - 1
    assert released(run) == (53 - LEAD, end + TAIL)


def test_no_evidence_ends_the_turn_while_the_button_is_held() -> None:
    run = Run((1, 13), (0, 30))
    run.endpointer.press()
    heard = run.endpointer.feed(np.zeros(FRAME * 18, np.float32))
    paused = heard[-1]
    assert isinstance(paused, Paused)
    assert run.endpointer.judge(paused, Evidence(2.0, 1.0, 1.0, "stop it", is_command=True)) == []


def test_release_ends_the_turn_at_once() -> None:
    run = Run((1, 13), (0, 30))
    run.endpointer.press()
    run.feed(14)
    (event,) = run.endpointer.release()
    assert isinstance(event, Ended)
    assert numbers_of(event.audio) == (0, 13)
    assert event.silence == pytest.approx(0.032)
    assert run.feed(60).turns == [(2, None)]


def test_release_in_the_middle_of_a_word_keeps_all_of_it() -> None:
    run = Run((1, 100))
    run.endpointer.press()
    run.feed(10)
    run.endpointer.feed(np.full(100, 10, np.float32))
    (event,) = run.endpointer.release()
    assert isinstance(event, Ended)
    assert event.audio.size == 11 * FRAME
    assert list(event.audio[-FRAME:]) == [10.0] * 100 + [0.0] * (FRAME - 100)


def test_word_that_starts_in_the_last_samples() -> None:
    run = Run((1, 3))
    run.endpointer.press()
    run.feed(2).endpointer.feed(np.ones(1, np.float32))
    kinds = [type(event).__name__ for event in run.endpointer.release()]
    assert kinds == ["SpeechStarted", "SpeechEnded"]


def test_button_that_is_held_without_speech() -> None:
    run = Run((0, 1000))
    run.endpointer.press()
    run.feed(200)
    assert run.endpointer.release() == []
    assert run.turns == []


def test_turn_after_a_release_ends_as_usual() -> None:
    run = Run((1, 13), (0, 10), (1, 13), (0, PAUSE))
    run.endpointer.press()
    released(run.feed(13))
    run.feed(10 + 13 + PAUSE)
    number, audio = run.turns[-1]
    assert number == 13 + 10 + 13 + PAUSE - 1
    assert audio is not None


def test_release_ends_the_turn_of_a_user_who_did_not_hold_the_button() -> None:
    run = Run((1, 20)).feed(10)
    assert released(run) == (0, 9)


# Bounds.


def test_button_counts_as_released_after_a_minute() -> None:
    run = Run((0, 50), (1, HELD))
    run.endpointer.press()
    run.feed(HELD - 1)
    assert run.turns == [(52, None)]
    run.endpointer.press()  # It is held already.
    run.feed(1)
    assert run.turns[1:] == [(HELD - 1, (53 - LEAD, HELD - 1))]
    assert not run.endpointer.is_held


def test_button_that_is_held_for_a_minute_without_speech_counts_as_released() -> None:
    run = Run((0, HELD), (1, 13), (0, PAUSE))
    run.endpointer.press()
    run.feed(HELD)
    assert not run.endpointer.is_held
    run.feed(13 + PAUSE)
    assert [number for number, _ in run.turns] == [HELD + 2, HELD + 13 + PAUSE - 1]


def test_voice_that_continues_after_a_minute_is_bounded_as_usual() -> None:
    run = Run((1, HELD + 2 * LONGEST))
    run.endpointer.press()
    run.feed(HELD + LONGEST + 10)
    assert len(run.turns) == 3
    assert len(run.background) == 1


# Each voice counts.


def test_long_voice_is_the_users_while_the_button_is_held() -> None:
    run = Run((1, 2 * LONGEST))
    run.endpointer.press()
    run.feed(2 * LONGEST)
    assert run.background == []
    assert released(run) == (0, 2 * LONGEST - 1)


def test_known_background_does_not_hide_the_user() -> None:
    run = Run((1, LONGEST + 200)).feed(LONGEST + 10)
    assert len(run.background) == 1
    run.endpointer.press()
    run.feed(10)
    assert len(run.turns) == 2
    assert released(run) == (LONGEST + 10, LONGEST + 19)


class Voice(Run):
    """Feeds noise of different levels, in dB."""

    def say(self, level: float, frames: int) -> None:
        for _ in range(frames):
            frame = np.full(FRAME, 10 ** (level / 20), np.float32)
            self.events += [(0, event) for event in self.endpointer.feed(frame)]  # type: ignore[misc]


def test_voice_that_becomes_quiet_is_the_users() -> None:
    run = Voice((1, 1000))
    run.endpointer.press()
    run.say(-20, 40)
    run.say(-50, 100)
    (event,) = run.endpointer.release()
    assert isinstance(event, Ended)
    assert event.audio.size == 140 * FRAME


def test_user_is_heard_although_the_agent_is_believed_to_speak() -> None:
    run = Run((0, 20), (1, 3))
    run.endpointer.agent_speaks = True
    run.endpointer.press()
    assert run.feed(23).turns == [(22, None)]


def test_words_before_the_press_are_not_meant() -> None:
    run = Run((1, 2), (0, 20), (1, 13)).feed(22)
    run.endpointer.press()
    run.feed(13)
    assert released(run) == (22, 34)


def test_turn_that_is_open_continues() -> None:
    run = Run((1, 10), (0, PAUSE + 10)).feed(5)
    run.endpointer.press()
    run.feed(PAUSE + 10)
    assert len(run.turns) == 1
    assert released(run)[0] == 0


def test_detector_that_is_held_is_like_any_other() -> None:
    script = Script((1, 5))
    endpointer = Endpointer(script)
    endpointer.press()
    endpointer.feed(np.ones(FRAME + 7, np.float32))
    endpointer.release()
    assert len(script.frames) == 2
    endpointer.release()
    assert len(script.frames) == 2


# The queue.


async def test_button_keeps_its_place_in_the_audio() -> None:
    inbox = Inbox(Limits())
    inbox.put(b"a" * 10)
    inbox.put_hold(PRESS)
    inbox.put(b"b" * (SLICE + 5))
    inbox.put_request(Handled())
    inbox.put_hold(RELEASE)
    inbox.put_hold(PRESS)
    inbox.wake()
    inbox.put(b"c")
    taken = [await inbox.take() for _ in range(9)]
    assert taken == [
        *(Handled(), None, b"a" * 10, PRESS, b"b" * SLICE, b"b" * 5, RELEASE, PRESS, b"c"),
    ]
    inbox.put_hold(RELEASE)
    assert await inbox.take() == RELEASE
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.take()


async def test_few_presses_may_wait() -> None:
    inbox = Inbox(Limits(home_requests=2))
    inbox.put_hold(PRESS)
    inbox.put_hold(RELEASE)
    with pytest.raises(BacklogError):
        inbox.put_hold(PRESS)
    await inbox.take()
    inbox.put_hold(PRESS)


# A conversation.


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as talk:
        yield talk


async def test_release_ends_the_turn_with_the_words_of_the_last_pause(talk: Talk) -> None:
    await talk.get(PRESS)
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    talk.detections.released = [Ended(speech(1), 0.3)]
    assert talk.take() == [SpeechStarted()]
    await talk.get(RELEASE)
    assert talk.take() == [SpeechEnded(), *answered("one", "Good day.")]
    assert len(talk.ears.utterances) == 1, "the audio is not transcribed again"


async def test_release_ends_the_turn_with_words_after_the_last_pause(talk: Talk) -> None:
    await talk.get(PRESS)
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await talk.hear()
    talk.detections.released = [Ended(speech(2))]
    await talk.get(RELEASE)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("two", "Good day.")]


async def test_button_without_words(talk: Talk) -> None:
    await talk.get(PRESS, RELEASE)
    assert talk.take() == []
    assert not talk.conversation.is_busy


async def test_texts_of_the_home_wait_for_the_button(talk: Talk) -> None:
    await talk.get(PRESS)
    await talk.get(Say("Good evening."))
    assert talk.take() == []
    assert talk.conversation.is_busy
    await talk.get(RELEASE)
    assert talk.take()[:2] == [AgentSaid("Good evening."), ReplyStarted()]


async def test_texts_of_the_home_wait_no_longer_than_the_button_counts(talk: Talk) -> None:
    await talk.get(PRESS)
    await talk.get(Say("Good evening."))
    assert talk.take() == []
    talk.detections.lets_go = True  # After a minute.
    await talk.hear()
    assert talk.take()[:2] == [AgentSaid("Good evening."), ReplyStarted()]


async def test_texts_of_the_home_wait_no_longer_than_a_minute_without_audio(talk: Talk) -> None:
    await talk.get(PRESS)
    await talk.get(Say("Good evening."))
    await asyncio.sleep(LONGEST_HOLD - 1)
    assert talk.take() == []
    await asyncio.sleep(2)
    assert talk.take()[:2] == [AgentSaid("Good evening."), ReplyStarted()]
    assert not talk.detections.is_held


async def test_turn_ends_after_a_minute_although_the_microphone_has_become_silent(
    talk: Talk,
) -> None:
    await talk.get(PRESS)
    await talk.hear(START)
    talk.detections.released = [Ended(speech(1))]
    await asyncio.sleep(LONGEST_HOLD + 1)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]


async def test_each_press_has_its_own_minute(talk: Talk) -> None:
    await talk.get(PRESS)
    await asyncio.sleep(LONGEST_HOLD / 2)
    await talk.get(RELEASE, PRESS)
    await asyncio.sleep(LONGEST_HOLD / 2 + 1)
    assert talk.detections.is_held
    await talk.hurt()
    await talk.get(PRESS)  # It is held already.
    await asyncio.sleep(LONGEST_HOLD / 2)
    assert not talk.detections.is_held


async def test_turn_after_a_release_is_not_limited(talk: Talk) -> None:
    await talk.get(PRESS, RELEASE)
    await talk.hear(START)
    talk.detections.released = [Ended(speech(1))]
    await asyncio.sleep(LONGEST_HOLD + 1)
    assert talk.take() == [SpeechStarted()]


async def test_detector_that_fails_still_knows_the_button(talk: Talk) -> None:
    await talk.get(PRESS)
    await talk.hurt()
    assert talk.endpointers == 2
    assert talk.detections.is_held
    (failed,) = talk.take()
    assert isinstance(failed, Failed)
    talk.detections.released = None
    await talk.get(RELEASE)
    assert talk.endpointers == 3
    assert not talk.detections.is_held


async def test_turn_that_is_dropped_before_its_words_are_known(talk: Talk) -> None:
    talk.ears.may.clear()
    await talk.say(1)
    assert talk.take() == [SpeechStarted(), SpeechEnded()]
    await talk.get(Handled())
    talk.ears.may.set()
    await settle()
    assert talk.take() == []
    await talk.say(2)
    assert UserSaid("two") in talk.take()
    assert talk.mind.turns[-1].history == ()


async def test_greeting_is_not_dropped_as_a_turn() -> None:
    async with talking("Hello.") as talk:
        talk.voice.may.clear()
        await settle()
        await talk.get(Handled())
        talk.voice.may.set()
        await settle()
        assert ReplyStarted() in talk.take()


async def test_typed_turn_while_the_button_is_held_is_answered(talk: Talk) -> None:
    await talk.get(PRESS)
    await talk.get(UserText("hello"))
    assert talk.take()[:2] == [AgentSaid("Good day."), ReplyStarted()]
