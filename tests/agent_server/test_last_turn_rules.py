"""When a turn counts as over while the server stops; the clock is virtual."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent_server.home import Say
from agent_server.limits import Limits
from agent_server.turn_detection import SpeechEnded as Ended
from agent_server.wire.last_turn import last_turn

from .talk import START, Talk, now, speech, talking

GAP = 1.0
LIMITS = Limits(turn_gap=GAP)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as talk:
        yield talk


async def seconds(talk: Talk) -> float:
    """Return how long the server waits for the turn."""
    begin = now()
    await last_turn(talk.conversation, LIMITS, lambda: not talk.is_gone)
    return now() - begin


async def test_idle_conversation_is_not_waited_for(talk: Talk) -> None:
    await asyncio.sleep(GAP)
    assert await seconds(talk) == 0.0


async def test_open_microphone_is_waited_for_during_the_gap(talk: Talk) -> None:
    await talk.hear()
    assert await seconds(talk) == pytest.approx(GAP, abs=0.1)


async def test_reply_is_waited_for_until_it_was_played(talk: Talk) -> None:
    await talk.say(1)  # "Good day." takes two seconds.
    assert talk.conversation.is_busy
    assert await seconds(talk) == pytest.approx(2.0 + GAP, abs=0.1)
    assert not talk.conversation.is_busy


async def test_user_who_speaks_is_waited_for(talk: Talk) -> None:
    await talk.hear(START)
    waiting = asyncio.create_task(seconds(talk))
    await asyncio.sleep(10.0)
    assert talk.conversation.is_busy
    await talk.hear(Ended(speech(9)))  # A noise.
    assert await waiting == pytest.approx(10.0 + GAP, abs=0.1)


async def test_text_of_the_home_in_the_gap_continues_the_turn(talk: Talk) -> None:
    await talk.introduce_home()
    waiting = asyncio.create_task(seconds(talk))
    await asyncio.sleep(GAP / 2)
    await talk.get(Say("Dinner is ready."))
    assert await waiting == pytest.approx(GAP / 2 + 3.0 + GAP, abs=0.1)


async def test_client_that_leaves_in_a_turn_is_not_waited_for(talk: Talk) -> None:
    await talk.hear(START)
    waiting = asyncio.create_task(seconds(talk))
    await asyncio.sleep(2.0)
    talk.is_gone = True
    assert await waiting == pytest.approx(2.0, abs=0.1)
