"""When the agent speaks, when it is interrupted, and how much it remembers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from agent_server.brain import Exchange, Turn
from agent_server.conversation.events import (
    AgentSaid,
    CallCancelled,
    Failed,
    Interrupted,
    NothingSaid,
    ReplyEnded,
    ReplyStarted,
    SpeechEnded,
    SpeechStarted,
)
from agent_server.home import AnswerDelta, Handled, Say, UserText
from agent_server.limits import Limits
from agent_server.turn_detection import BackgroundHeard
from agent_server.turn_detection import SpeechEnded as Ended

from .talk import LIMITS, START, Talk, answered, settle, speech, spoken, talking


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as talk:
        yield talk


# Interruptions and the history.


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


def stubborn(stop: Callable[[], Awaitable[object]]) -> Callable[[Turn], AsyncGenerator[str]]:
    """Return a brain's answer that takes long to stop after it was cancelled."""

    async def answer(turn: Turn) -> AsyncGenerator[str]:
        try:
            yield "One two. "
            await asyncio.Event().wait()
        finally:
            await stop()

    return answer


async def test_interruption_does_not_wait_for_a_brain_that_stops_slowly(talk: Talk) -> None:
    original = talk.mind.answer
    talk.mind.answer = stubborn(partial(asyncio.sleep, 5))  # type: ignore[assignment, method-assign]
    await talk.say(1)
    await asyncio.sleep(2.5)
    talk.take()
    await talk.hear(START)
    await asyncio.sleep(0.1)
    assert talk.take() == [Interrupted("One two."), ReplyEnded(), SpeechStarted()]
    talk.mind.answer = original  # type: ignore[method-assign]
    await talk.hear(Ended(speech(2)))
    await asyncio.sleep(1)
    assert talk.take() == [SpeechEnded()]  # The next answer waits for the brain.
    await asyncio.sleep(5)
    assert talk.take() == answered("two", "Good day.")


async def test_brain_that_never_stops_delays_the_next_answer_only_once(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    original, may_stop = talk.mind.answer, asyncio.Event()
    talk.mind.answer = stubborn(may_stop.wait)  # type: ignore[assignment, method-assign]
    await talk.say(1)
    await asyncio.sleep(2.5)
    talk.mind.answer = original  # type: ignore[method-assign]
    await talk.say(2)
    await asyncio.sleep(1)
    assert talk.take()[-1] == SpeechEnded()
    await asyncio.sleep(LIMITS.stop - 2)
    assert talk.take() == []
    await asyncio.sleep(2)
    assert talk.take() == answered("two", "Good day.")
    assert "has not stopped within 10 s" in caplog.text
    await asyncio.sleep(3)
    await talk.say(3)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("three", "Good day.")]
    may_stop.set()
    await settle()
    assert talk.take() == []


async def test_conversation_ends_in_spite_of_a_brain_that_never_stops(talk: Talk) -> None:
    may_stop = asyncio.Event()
    talk.mind.answer = stubborn(may_stop.wait)  # type: ignore[assignment, method-assign]
    await talk.say(1)
    talk.conversation.end()
    _, running = await asyncio.wait({talk.task}, timeout=LIMITS.stop + 1)
    assert not running
    may_stop.set()


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


async def test_text_that_was_not_heard_is_not_in_the_history(talk: Talk) -> None:
    await talk.get(Say("Dinner is ready."))
    await talk.say(1)
    assert Interrupted("") in talk.take()
    assert talk.mind.turns[0].history == ()


async def test_reply_that_was_not_heard_is_in_the_history() -> None:
    async with talking(limits=Limits(take_back=0.0)) as talk:
        await talk.say(1)
        await talk.say(2)
        assert talk.mind.turns[-1].text == "two"
        assert talk.mind.turns[-1].history == (Exchange("one", ""),)


async def test_reply_that_came_too_early_is_taken_back(talk: Talk) -> None:
    await talk.say(1)
    await talk.say(2)
    assert talk.mind.turns[-1].text == "one two"
    assert talk.mind.turns[-1].history == ()


async def test_typed_turn_interrupts_a_reply(talk: Talk) -> None:
    talk.mind.pieces = ("One two.",)
    await talk.say(1)
    await asyncio.sleep(1.5)
    talk.take()
    await talk.get(UserText("hello"))
    assert talk.take() == [Interrupted("One"), *spoken("One two.")]
    assert talk.mind.turns[-1].history == (Exchange("one", "One"),)


async def test_failed_turn_is_not_in_the_history(talk: Talk) -> None:
    talk.mind.pieces = ("fail",)
    await talk.say(1)
    talk.mind.pieces = ("Good day.",)
    await talk.say(2)
    assert talk.mind.turns[-1].text == "two"
    assert talk.mind.turns[-1].history == ()


# Texts of the home wait for their turn.


async def test_texts_follow_each_other_when_they_were_played(talk: Talk) -> None:
    await talk.get(Say("One two."), Say("Three."), Say("Four."))
    assert talk.take() == spoken("One two.")
    await asyncio.sleep(1.9)
    assert talk.take() == []
    await asyncio.sleep(0.2)
    assert talk.take() == spoken("Three.")
    await asyncio.sleep(1)
    assert talk.take() == spoken("Four.")
    await asyncio.sleep(5)
    await talk.say(1)
    assert talk.mind.turns[0].history == tuple(
        Exchange("", words) for words in ("One two.", "Three.", "Four.")
    )


async def test_text_waits_for_the_last_words_to_be_played(talk: Talk) -> None:
    await talk.get(Say("One."))
    await asyncio.sleep(0.5)
    talk.take()
    await talk.get(Say("Two."))
    assert talk.take() == []
    await asyncio.sleep(0.6)
    assert talk.take() == spoken("Two.")


async def test_there_is_one_timer_for_texts_that_wait(talk: Talk) -> None:
    loop: Any = asyncio.get_running_loop()
    await talk.get(Say("One two."))
    before = len([timer for timer in loop._scheduled if not timer.cancelled()])
    for _ in range(10):
        await talk.get(Say("More."))
    after = len([timer for timer in loop._scheduled if not timer.cancelled()])
    assert after == before + 1
    talk.conversation.end()
    await talk.task
    assert not [timer for timer in loop._scheduled if not timer.cancelled()]


async def test_text_waits_for_an_answer(talk: Talk) -> None:
    talk.voice.may.clear()
    await talk.say(1)
    talk.take()
    await talk.get(Say("Later."))
    await asyncio.sleep(5)
    assert talk.take() == []
    talk.voice.may.set()
    await asyncio.sleep(1.9)
    assert talk.take() == spoken("Good day.")[1:]
    await asyncio.sleep(0.2)
    assert talk.take() == spoken("Later.")


async def test_text_waits_while_the_user_speaks(talk: Talk) -> None:
    await talk.hear(START)
    await talk.get(Say("Later."))
    await asyncio.sleep(5)
    assert talk.take() == [SpeechStarted()]
    await talk.hear(Ended(speech(9)))
    assert talk.take() == [SpeechEnded(), NothingSaid(), *spoken("Later.")]


async def test_text_waits_for_the_answer_to_the_words_of_the_user(talk: Talk) -> None:
    await talk.hear(START)
    await talk.get(Say("Later."))
    await talk.hear(Ended(speech(1)))
    await asyncio.sleep(2.1)
    assert talk.take() == [
        *(SpeechStarted(), SpeechEnded()),
        *(*answered("one", "Good day."), *spoken("Later.")),
    ]


async def test_text_is_spoken_when_the_endpointer_fails(talk: Talk) -> None:
    await talk.hear(START)
    await talk.get(Say("Later."))
    await talk.hurt()
    ended, *events = talk.take()[1:]
    assert ended == SpeechEnded()
    assert [event for event in events if not isinstance(event, Failed)] == spoken("Later.")


async def test_speech_drops_texts_that_wait(talk: Talk) -> None:
    await talk.get(Say("One two."), Say("Three."), Say("Four, ", is_final=False))
    await asyncio.sleep(1.5)  # What is left is not worth continuing.
    await talk.hear(START)
    await talk.get(Say("five."), Say("Six."))
    talk.take()
    await talk.hear(Ended(speech(9)))
    assert talk.take() == [SpeechEnded(), NothingSaid(), *spoken("Six.")]


# Turns that the home has answered.


async def test_turn_that_the_home_has_answered(talk: Talk) -> None:
    await talk.introduce_home()
    await talk.say(1)
    talk.take()
    await talk.get(Handled())
    assert talk.take() == [CallCancelled("1")]
    await talk.get(Handled(), Say("Done."))
    assert talk.take() == spoken("Done.")
    await asyncio.sleep(5)
    talk.mind.asks_home = False
    await talk.say(2)
    # It is a new turn.
    assert talk.mind.turns[-1].text == "two"
    assert talk.mind.turns[-1].history == (Exchange("one", "Done."),)


async def test_words_after_a_turn_that_the_home_has_answered_are_a_new_turn(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.say(1)
    await talk.get(Handled())
    assert talk.mind.closed == 1
    talk.mind.may.set()
    await talk.say(2)
    assert [turn.text for turn in talk.mind.turns] == ["one", "two"]
    assert talk.mind.turns[-1].history == (Exchange("one", ""),)


async def test_only_the_next_text_replies_to_a_turn_that_the_home_has_answered(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.get(UserText("hello"), Handled(), Say("Done."))
    await asyncio.sleep(5)
    await talk.get(Say("More."))
    await asyncio.sleep(5)
    talk.mind.may.set()
    await talk.say(1)
    assert talk.mind.turns[-1].history == (Exchange("hello", "Done."), Exchange("", "More."))


async def test_text_after_the_next_turn_does_not_reply_to_an_earlier_one(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.say(1)
    await talk.get(Handled())
    talk.mind.may.set()
    await talk.say(2)
    await asyncio.sleep(5)
    await talk.get(Say("More."))
    await asyncio.sleep(5)
    await talk.say(3)
    assert talk.mind.turns[-1].history == (
        Exchange("one", ""),
        Exchange("two", "Good day."),
        Exchange("", "More."),
    )


async def test_reply_that_the_home_replaces_ends_and_is_not_remembered(talk: Talk) -> None:
    await talk.introduce_home()
    await talk.say(1)
    await talk.get(AnswerDelta("1", "One two. And"))
    talk.take()
    await talk.get(Handled(), Say("Done."))
    assert talk.take() == [CallCancelled("1"), ReplyEnded(), *spoken("Done.")]
    await asyncio.sleep(5)
    await talk.say(2)
    assert talk.mind.turns[-1].history == (Exchange("one", "Done."),)


async def test_text_that_is_spoken_gives_way_to_a_more_urgent_one(talk: Talk) -> None:
    await talk.get(Say("One two. And", is_final=False))
    talk.take()
    await talk.get(Handled(), Say("Done."))
    assert talk.take() == [ReplyEnded(), *spoken("Done.")]
    await asyncio.sleep(5)
    await talk.say(1)
    assert talk.mind.turns[0].history == (Exchange("", "Done."),)


async def test_late_message_does_not_drop_what_the_client_does_not_know(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await talk.get(Handled())
    assert talk.mind.closed == 0
    talk.mind.may.set()
    await talk.hear(Ended(speech(1)))
    assert talk.take()[1:] == [SpeechEnded(), *answered("one", "Good day.")]


async def test_greeting_is_not_dropped() -> None:
    async with talking("Good morning.") as talk:
        talk.voice.may.clear()
        await talk.get(Handled())
        talk.voice.may.set()
        await settle()
        assert ReplyStarted() in talk.take()


async def test_text_that_waits_replaces_one_that_still_plays(talk: Talk) -> None:
    await talk.get(Say("One two."), Say("Three."))
    assert talk.take() == spoken("One two.")
    await talk.get(Handled())
    assert talk.take() == spoken("Three.")


async def test_nothing_to_drop(talk: Talk) -> None:
    await talk.get(Handled(), Say("Hello."))
    assert talk.take() == spoken("Hello.")


# Replies that continue after a sound.

SENTENCES = "One two three. Four five six."


async def interrupt(talk: Talk) -> None:
    """Speak into an answer of six seconds, in its second sentence."""
    talk.mind.pieces = (SENTENCES,)
    await talk.say(1)
    await asyncio.sleep(4.0)
    await talk.hear(START)
    talk.take()


async def test_reply_continues_after_a_sound(talk: Talk) -> None:
    await interrupt(talk)
    await talk.hear(Ended(speech(9)))
    assert talk.take() == [SpeechEnded(), *spoken("Four five six.")]


@pytest.mark.parametrize("seconds", [0.5, 4.0], ids=["no word", "some words"])
async def test_text_of_the_home_continues_after_a_sound(talk: Talk, seconds: float) -> None:
    await talk.say(1)
    await asyncio.sleep(5)
    await talk.get(Say(SENTENCES))
    await asyncio.sleep(seconds)
    talk.take()
    await talk.say(9)
    assert AgentSaid("Four five six.") in talk.take()
    await asyncio.sleep(10)
    await talk.say(2)
    first, second = talk.mind.turns[-1].history
    assert first == Exchange("one", "Good day.")
    assert second.user == ""
    assert second.agent.endswith("Four five six.")


async def test_greeting_continues_after_a_sound() -> None:
    async with talking(SENTENCES) as talk:
        await asyncio.sleep(4.5)
        talk.take()
        await talk.say(9)
        assert talk.take() == [
            *(Interrupted("One two three. Four"), SpeechStarted(), SpeechEnded()),
            *spoken("Four five six."),
        ]
        await asyncio.sleep(10)
        await talk.say(1)
        assert talk.mind.turns[-1].history == ()


async def test_new_text_follows_the_one_that_continues(talk: Talk) -> None:
    await talk.get(Say(SENTENCES))
    await asyncio.sleep(4)
    await talk.hear(START)
    await talk.get(Say("Later."))
    talk.take()
    await talk.hear(Ended(speech(9)))
    await asyncio.sleep(4)
    assert talk.take() == [SpeechEnded(), *spoken("Four five six."), *spoken("Later.")]


async def test_reply_that_was_still_being_sent_does_not_continue(talk: Talk) -> None:
    await talk.get(Say("One two three. Four.", is_final=False))
    await asyncio.sleep(0.5)
    talk.take()
    await talk.say(9)
    assert talk.take()[2:] == [SpeechStarted(), SpeechEnded(), NothingSaid()]


async def test_reply_that_continues_gives_way_to_a_more_urgent_text(talk: Talk) -> None:
    await interrupt(talk)
    await talk.hear(Ended(speech(9)))
    await asyncio.sleep(1.5)
    talk.take()
    await talk.get(Handled(), Say("Fire!"))
    assert talk.take() == spoken("Fire!")
    await asyncio.sleep(5)
    await talk.say(2)
    assert talk.mind.turns[-1].history == (Exchange("one", "Fire!"),)


async def test_reply_does_not_continue_after_a_voice_in_the_background(talk: Talk) -> None:
    await interrupt(talk)
    await talk.hear(BackgroundHeard())
    talk.take()
    await talk.say(9)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]


async def test_reply_does_not_continue_after_the_endpointer_failed(talk: Talk) -> None:
    await interrupt(talk)
    await talk.hurt()
    talk.take()
    await talk.say(9)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]


async def test_reply_does_not_continue_after_a_turn_that_failed(talk: Talk) -> None:
    await interrupt(talk)
    talk.mind.pieces = ("fail",)
    await talk.hear(Ended(speech(2)))
    talk.take()
    await talk.say(9)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]
