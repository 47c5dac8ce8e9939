"""Talks that end because nobody speaks, and silences that do not count."""

import asyncio

import pytest

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import AgentTranscript, Say
from custom_components.playai.assist import asking_api
from custom_components.playai.assist.asking_api import API_ID
from custom_components.playai.talk import confirmations
from tests.agent.talk import AE, N, speech, until

from .agents import hear_out
from .talking import HELLO, waits
from .test_asking_api import ModelWithTools
from .test_home_answers import FEATURES as ASKING
from .test_home_answers import AskingAgent
from .test_talk_yes_no import Opener, answer
from .test_talk_yes_no import features as with_tools
from .timings import set_timings

IDLE = 3
LONGER = 7.0
"""Seconds that the home, a user or a page takes."""

SPEAKING = AgentFeatures("Agent", ("en",), frozenset({"say"}))
SILENT = AgentFeatures("Agent", ("en",), frozenset())


async def slow(*_):
    """Answer after the idle time."""
    yield {"role": "assistant"}
    await asyncio.sleep(LONGER)
    yield {"content": "Well."}


async def speaks_text(peer):
    """Speak the first text of the home, and the rest when it is complete."""
    await peer.receive(Say)
    await peer.send(N, AgentTranscript("Well."), speech(0.2), AE)
    await until(lambda: peer.received(Say)[-1].is_final)
    await peer.send(N, speech(0.2), AE)
    await peer.closed.wait()


async def ends_idle(page):
    """Wait for the end of a talk, and return whether its reason is that nobody spoke."""
    assert await page.closed() == 4000
    return page.of("end")[0]["reason"] == "idle"


async def test_nobody_speaks(browse):
    browser = await browse(waits, idle_timeout=1)
    page = await browser.talk()
    assert await ends_idle(page)


@pytest.mark.parametrize("features", [SPEAKING, SILENT])
async def test_home_thinks_about_a_typed_question(browse, model, features):
    browser = await browse(
        speaks_text, features=features, answer_with=model.entity_id, idle_timeout=IDLE
    )
    model.answer = slow
    page = await browser.talk()
    await page.phase("listening")
    await page.send("text", text="Tell me everything.")
    await page.wait("reply_end")
    assert not page.of("end")
    assert await ends_idle(page)


async def test_home_thinks_about_a_spoken_question(browse, model):
    browser = await browse(
        AskingAgent(), features=ASKING, answer_with=model.entity_id, idle_timeout=IDLE
    )
    model.answer = slow
    page = await browser.talk()
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("reply_end")
    assert not page.of("end")
    assert await ends_idle(page)


async def test_agent_hangs_up_while_the_home_thinks(browse, model, servers):
    browser = await browse(
        speaks_text, features=SPEAKING, answer_with=model.entity_id, idle_timeout=IDLE
    )
    model.answer = slow
    page = await browser.talk()
    await page.phase("listening")
    await page.send("text", text="Tell me everything.")
    await page.phase("thinking")
    await servers[-1].peers[-1].close()
    assert await page.closed() == 4000
    assert page.of("end")[0]["reason"] != "idle"


async def test_question_about_a_typed_text_waits(browse, lock_and_lamp, model, monkeypatch):
    monkeypatch.setattr(asking_api, "ASK_SECONDS", LONGER)
    ModelWithTools(model, API_ID)
    browser = await browse(
        speaks_text, features=SPEAKING, answer_with=model.entity_id, idle_timeout=IDLE
    )
    page = await browser.talk()
    await page.phase("listening")
    await page.send("text", text="unlock the door")
    assert (await page.wait("confirmed"))["allow"] is False
    await page.wait("reply_end")
    assert await ends_idle(page)


async def test_question_that_has_outlived_its_turn_waits(browse, lock_and_lamp, monkeypatch):
    monkeypatch.setattr(confirmations, "CONFIRM_SECONDS", LONGER)
    opener = Opener([""])
    browser = await browse(
        opener,
        features=with_tools("en"),
        answer_with="agent",
        llm_apis=["assist"],
        idle_timeout=IDLE,
    )
    page = await browser.talk()
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("confirm")
    await answer(page, opener)  # A noise, which ends the turn that has asked.
    assert (await page.wait("confirmed"))["allow"] is False
    assert await ends_idle(page)


async def speaks_for_seconds(peer):
    """Answer one question, for 3 s."""
    await hear_out(peer)
    await peer.send(HELLO, N, speech(3, 100), AE)
    await peer.closed.wait()


async def test_page_that_plays_after_a_pause(browse, monkeypatch):
    set_timings(monkeypatch, claim=3.0)
    browser = await browse(speaks_for_seconds, idle_timeout=IDLE)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.phase("speaking")
    await page.phase("listening")  # The agent believes that everything was heard.
    for ms in range(100, 3000, 150):
        await page.send("played", reply=1, ms=ms)
        await asyncio.sleep(0.2)
    await page.wait("reply_end")
    assert not page.of("end")
    assert await ends_idle(page)


async def test_page_that_has_stopped_playing(browse, monkeypatch):
    set_timings(monkeypatch, claim=3.0)
    browser = await browse(speaks_for_seconds, idle_timeout=IDLE)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.phase("speaking")
    assert await ends_idle(page)
