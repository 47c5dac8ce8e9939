"""The acts of the agent: greet, answer spoken and typed words, speak a text of the home."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent_server.brain import Exchange
from agent_server.conversation.events import (
    AgentSaid,
    CallCancelled,
    Failed,
    Fault,
    GreetingEnded,
    GreetingStarted,
    HomeAsked,
    Interrupted,
    NothingSaid,
    ReplyEnded,
    ReplyStarted,
    SpeechEnded,
    SpeechStarted,
    ToolCalled,
    UserSaid,
)
from agent_server.home import (
    AnswerDelta,
    AnswerEnd,
    HomeOffer,
    Say,
    Tool,
    ToolResult,
    ToolReturned,
    UserText,
)
from agent_server.limits import Limits
from agent_server.turn_detection import SpeechEnded as Ended

from .talk import START, Talk, answered, settle, speech, spoken, talking


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as talk:
        yield talk


@pytest.fixture
async def greeter() -> AsyncIterator[Talk]:
    async with talking("Good morning to you.") as talk:
        yield talk


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
    async with talking("mute") as talk:
        await settle()
    started, ended, failed = talk.take()
    assert (started, ended) == (GreetingStarted("mute"), GreetingEnded())
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.TEXT_TO_SPEECH


async def test_agent_without_a_greeting_says_nothing(talk: Talk) -> None:
    await settle()
    assert talk.take() == []


# Answers.


async def test_spoken_turn(talk: Talk) -> None:
    offer = HomeOffer("en", answers=True, tools=(Tool("light", "", {}),), prompt="Be kind.")
    await talk.get(offer)
    await talk.say(1)
    (turn,) = talk.mind.turns
    assert (turn.text, turn.is_typed) == ("one", False)
    assert turn.home is not None
    assert (turn.home.answers, turn.home.tools, turn.home.prompt) == (
        *(True, offer.tools, "Be kind."),
    )
    result = asyncio.create_task(turn.home.call("light", {"on": True}))
    await settle()
    assert talk.take()[-1] == ToolCalled("1", "light", {"on": True})
    await talk.get(ToolReturned("1", ToolResult("done", is_error=False)))
    assert (await result).data == "done"


async def test_typed_turn(talk: Talk) -> None:
    await talk.get(UserText("hello"))
    assert talk.take() == spoken("Good day.")
    (turn,) = talk.mind.turns
    assert (turn.text, turn.is_typed, turn.home) == ("hello", True, None)
    assert turn.end.is_set()
    await asyncio.sleep(5)
    await talk.say(1)
    assert talk.mind.turns[-1].history == (Exchange("hello", "Good day."),)


async def test_home_is_asked_after_the_client_knows_the_words(talk: Talk) -> None:
    await talk.introduce_home()
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await asyncio.sleep(1)
    assert talk.take() == [SpeechStarted()]
    await talk.hear(Ended(speech(1)))
    assert talk.take() == [SpeechEnded(), UserSaid("one"), HomeAsked("1", "one")]
    await talk.get(AnswerDelta("1", "Yes. "), AnswerEnd("1"))
    assert talk.take() == spoken("Yes.")


async def test_home_is_not_asked_while_the_words_are_sent(talk: Talk) -> None:
    await talk.introduce_home()
    talk.taking.clear()
    await talk.hear(START, Ended(speech(1)))
    talk.taking.set()
    await settle()
    assert talk.take()[-2:] == [UserSaid("one"), HomeAsked("1", "one")]


async def test_home_that_was_asked_answers_only_these_words(talk: Talk) -> None:
    await talk.introduce_home()
    await talk.say(1)
    talk.take()
    await talk.say(2)
    assert talk.take() == [
        *(CallCancelled("1"), SpeechStarted(), SpeechEnded()),
        *(UserSaid("two"), HomeAsked("2", "two")),
    ]
    assert talk.mind.turns[-1].history == (Exchange("one", ""),)


# Texts of the home.


async def test_text_of_the_home(talk: Talk) -> None:
    await talk.get(Say("Dinner is ready."))
    assert talk.take() == spoken("Dinner is ready.")
    assert talk.voice.sentences == [("Dinner is ready.", "en", None)]
    await asyncio.sleep(5)
    await talk.say(1)
    assert talk.mind.turns[0].history == (Exchange("", "Dinner is ready."),)


async def test_text_in_another_language(talk: Talk) -> None:
    await talk.get(Say("Essen ist fertig.", "de"))
    await asyncio.sleep(5)
    await talk.get(Say("Really."))
    assert talk.voice.sentences == [
        *(("Essen ist fertig.", "de", None), ("Really.", "en", None)),
    ]


async def test_text_in_parts_is_one_stream(talk: Talk) -> None:
    await talk.get(Say("One sen", is_final=False))
    assert talk.take() == []
    await talk.get(Say("tence. And", is_final=False))
    assert talk.take() == [AgentSaid("One sentence."), ReplyStarted()]
    await asyncio.sleep(50)
    assert talk.conversation.idle == 0
    await talk.get(Say(" more."))
    assert talk.take() == [AgentSaid("And more."), ReplyEnded()]


async def test_rest_of_a_text_that_was_interrupted_is_dropped(talk: Talk) -> None:
    await talk.get(Say("One. And", is_final=False))
    await asyncio.sleep(2)
    talk.take()
    await talk.hear(START)
    assert talk.take() == [Interrupted("One."), ReplyEnded(), SpeechStarted()]
    await talk.get(Say(" more, ", is_final=False), Say("and more."), Say("New."))
    await talk.hear(Ended(speech(9)))
    assert talk.take() == [SpeechEnded(), NothingSaid(), *spoken("New.")]


async def test_rest_of_a_text_that_was_interrupted_may_be_long() -> None:
    async with talking(limits=Limits(home_text=20)) as talk:
        await talk.get(Say("One. And", is_final=False))
        await talk.hear(START)
        for _ in range(10):
            await talk.get(Say(" some more", is_final=False))
        await talk.get(Say(" words."), Say("New."))
        talk.take()
        await talk.hear(Ended(speech(9)))
        assert talk.take() == [SpeechEnded(), NothingSaid(), *spoken("New.")]


async def test_rest_of_a_text_that_cannot_be_spoken_is_dropped(talk: Talk) -> None:
    await talk.get(Say("mute. ", is_final=False))
    said, failed = talk.take()
    assert said == AgentSaid("mute.")
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.TEXT_TO_SPEECH
    await talk.get(Say("The rest."), Say("New."))
    assert talk.take() == spoken("New.")


async def test_text_that_nobody_continues_fails(talk: Talk) -> None:
    await talk.get(Say("One. And", is_final=False))
    await asyncio.sleep(61)
    *sent, failed = talk.take()
    assert sent == [AgentSaid("One."), ReplyStarted(), ReplyEnded()]
    assert isinstance(failed, Failed)
    assert (failed.fault, failed.is_expected) == (Fault.BRAIN, True)
    await talk.get(Say(" more."), Say("New."))
    assert talk.take() == spoken("New.")
