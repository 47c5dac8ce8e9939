"""Talks of a page in a browser with the agent."""

import asyncio

import pytest
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import (
    AgentTranscript,
    AnswerDelta,
    Ask,
    ErrorMessage,
    PartialTranscript,
    Say,
    UserText,
    UserTranscript,
)
from tests.agent.talk import AE, E, N, S, pcm, speech, until

from .agents import hear_out
from .other_engines import StreamingAgent, set_up
from .talking import HELLO, answers_at_length, greets_back, waits

FEATURES = AgentFeatures("Agent", ("en",), frozenset({"say", "userText", "tools"}))


@pytest.fixture
async def model(hass_with_assist):
    """A conversation agent with a language model."""
    entity = StreamingAgent("The lamp", " is on.")
    await set_up(hass_with_assist, "conversation", entity)
    return entity


async def test_talk(browse, hass):
    browser = await browse(greets_back)
    page = await browser.talk()
    (ready,) = page.of("ready")
    assert ready["protocol"] == 1
    assert ready["agent"] == {"entity_id": browser.agent, "name": "Voice agent", "features": []}
    assert ready["limits"] == {"ahead_ms": 2000, "text": 4000, "idle_s": 60, "talk_s": 7200}
    await page.phase("listening")
    await page.speak(0.3)
    assert (await page.wait("heard"))["text"] == "Hello."
    await page.wait("reply_end")
    assert page.audio == {1: pcm(0.5, 100)}
    assert page.of("reply") == [
        {"n": page.of("reply")[0]["n"], "type": "reply", "id": 1, "turn": 1}
    ]
    assert page.of("said")[0]["text"].strip() == "Good morning."
    assert page.of("reply_end")[0]["ms"] == 500
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("reply_end", 2)
    assert page.audio[2] == pcm(0.5, 200)
    numbers = [message["n"] for message in page.messages if message["type"] != "ready"]
    assert numbers == list(range(1, len(numbers) + 1))
    phases = [message["value"] for message in page.of("phase")]
    assert {"hearing", "thinking", "speaking"} <= set(phases)
    await page.send("bye")
    assert await page.closed() == 4000
    assert page.of("end")[0]["reason"] == "bye"
    await until(lambda: browser.entry.runtime_data.data.conversations == 0)


async def test_home_answers_in_a_talk(browse, model):
    asked = []

    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, Ask("1", "Hello."))
        words = [part.text async for part in peer.answer("1") if isinstance(part, AnswerDelta)]
        asked.append(words)
        await peer.send(N, AgentTranscript("".join(words)), speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES, answer_with=model.entity_id)
    page = await browser.talk()
    await page.speak(0.3)
    await page.wait("reply_end")
    assert asked == [["The lamp", " is on."]]
    assert model.inputs[0].text == "Hello."
    assert page.of("said")[0]["text"].strip() == "The lamp is on."


async def answers_two_turns(peer):
    """Answer at length, then briefly."""
    await hear_out(peer)
    await peer.send(HELLO, N, AgentTranscript("One two three four."), speech(20, 100), AE)
    await hear_out(peer)
    await peer.send(HELLO, N, speech(0.2, 200), AE)
    await peer.closed.wait()


async def test_speech_interrupts_the_reply(browse):
    browser = await browse(answers_two_turns)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: len(page.audio.get(1, b"")) >= 1.8 * 48_000)
    await page.send("played", reply=1, ms=1000)
    await page.speak(0.3)
    assert (await page.wait("flush"))["reply"] == 1
    await page.send("flushed", reply=1, ms=1400)
    interrupted = await page.wait("interrupted")
    assert (interrupted["reply"], interrupted["ms"]) == (1, 1400)
    page.plays = True
    await page.wait("reply_end")
    assert page.of("reply_end")[0]["reply"] == 2
    assert page.audio[2] == pcm(0.2, 200)
    assert len(page.audio[1]) <= 3 * 48_000


async def test_words_so_far_are_shown_until_the_final_ones_replace_them(browse, hass):
    async def script(peer):
        await peer.hear_voice(0.2)
        assert peer.offer.partial_transcripts
        await peer.send(S, PartialTranscript("Hel"), PartialTranscript("Hello"), E)
        await peer.send(HELLO, N, speech(0.2, 100), AE)
        await peer.hear_voice(0.4)
        await peer.send(S, PartialTranscript("Hm"), E, UserTranscript(""))
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES)
    page = await browser.talk()
    await page.speak(0.3)
    await page.wait("reply_end")
    await page.speak(0.3)
    await page.until(lambda: [each["id"] for each in page.of("heard")].count(2) == 2)
    heard = [(each["id"], each["text"], each["final"]) for each in page.of("heard")]
    assert heard == [
        *((1, "Hel", False), (1, "Hello", False), (1, "Hello.", True)),
        *((2, "Hm", False), (2, "", True)),
    ]


async def test_words_that_come_late_are_shown_while_the_agent_answers(browse):
    async def script(peer):
        await hear_out(peer)
        await peer.send(N, speech(20, 100))
        await peer.hear_voice(0.4)
        await peer.send(HELLO)
        await peer.closed.wait()

    browser = await browse(script)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: 1 in page.audio)
    assert page.of("heard") == []
    await page.speak(0.3)
    heard = await page.wait("heard")
    assert (heard["id"], heard["text"], heard["final"]) == (1, "Hello.", True)
    assert page.of("reply_end") == []


async def test_page_reports_late_where_it_has_stopped(browse):
    browser = await browse(answers_two_turns)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: len(page.audio.get(1, b"")) >= 1.8 * 48_000)
    await page.speak(0.3)
    await page.wait("flush")
    await page.until(lambda: 2 in page.audio)
    await page.send("flushed", reply=1, ms=1400)
    interrupted = await page.wait("interrupted")
    assert (interrupted["reply"], interrupted["ms"]) == (1, 1400)


async def test_page_gets_no_more_than_it_can_play(browse):
    browser = await browse(answers_at_length)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: len(page.audio.get(1, b"")) >= 1.8 * 48_000)
    await asyncio.sleep(0.3)
    assert len(page.audio[1]) <= 2 * 48_000


async def test_user_interrupts_with_a_key(browse):
    browser = await browse(answers_at_length)
    page = await browser.talk()
    await page.speak(0.3)
    await page.until(lambda: 1 in page.audio)
    page.plays = False
    await page.send("interrupt", reply=1, ms=50)
    await page.phase("listening")
    await page.wait("interrupted")


async def test_typed_text_is_answered_by_the_home_with_the_voice_of_the_agent(browse, model):
    said = []

    async def script(peer):
        await peer.receive(Say, 2)
        await until(lambda: peer.received(Say)[-1].is_final)
        said.append("".join(each.text for each in peer.received(Say)))
        await peer.send(N, AgentTranscript(said[0]), speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES, answer_with=model.entity_id)
    page = await browser.talk()
    assert page.of("ready")[0]["agent"]["features"] == ["text", "tools", "confirm"]
    await page.send("text", text="turn on the lamp")
    await page.wait("reply_end")
    assert page.of("heard")[0]["text"] == "turn on the lamp"
    assert page.of("said")[0]["text"].strip() == "The lamp is on."
    assert page.audio[1] == pcm(0.2)


async def test_intent_that_fails_is_shown_as_failed(browse, allowed_in_log):
    allowed_in_log.append("Intent handling error")  # By Home Assistant.
    browser = await browse(waits, features=FEATURES, answer_with="conversation.home_assistant")
    page = await browser.talk()
    await page.send("text", text="set a timer for five minutes")  # A page has no timers.
    await page.until(lambda: len(page.of("tool")) == 2)
    assert [each["status"] for each in page.of("tool")] == ["running", "failed"]


async def test_text_of_a_cancelled_answer_ends(browse, model):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def script(peer):
        await peer.receive(Say)
        begun.set()
        await until(lambda: peer.received(Say)[-1].is_final)
        ended.set()
        await peer.closed.wait()

    async def answer(user_input, chat_log):
        yield {"role": "assistant", "content": "The lamp is on. "}
        await asyncio.Event().wait()

    model.answer = answer
    browser = await browse(script, features=FEATURES, answer_with=model.entity_id)
    page = await browser.talk()
    await page.send("text", text="turn on the lamp")
    async with asyncio.timeout(30):
        await begun.wait()
        (task,) = [
            each for each in asyncio.all_tasks() if each.get_name().endswith("answers a page")
        ]
        task.cancel()
        await ended.wait()


@pytest.mark.parametrize(("language", "tag"), [("ru", "ru"), ("*", "uk"), ("de-AT", "de-AT")])
async def test_answer_is_spoken_in_its_language(hass, browse, model, language, tag):
    peers = []

    async def script(peer):
        peers.append(peer)
        await peer.receive(Say)
        await until(lambda: peer.received(Say)[-1].is_final)
        await peer.send(N, AgentTranscript("Hi."), speech(0.2), AE)
        await peer.closed.wait()

    hass.config.language = "uk"
    browser = await browse(script, features=FEATURES, answer_with=model.entity_id)
    page = await browser.talk(language=language)
    await page.send("text", text="Hello.")
    await page.wait("reply_end")
    assert {each.language for each in peers[-1].received(Say)} == {tag}


async def test_talk_goes_on_after_a_rename(hass, browse, model):
    async def script(peer):
        await peer.receive(Say)
        await until(lambda: peer.received(Say)[-1].is_final)
        await peer.send(N, AgentTranscript("Hi."), speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES, answer_with=model.entity_id)
    page = await browser.talk()
    er.async_get(hass).async_update_entity(browser.agent, new_entity_id="conversation.jarvis")
    await hass.async_block_till_done()
    await page.send("text", text="Hello.")
    await page.wait("reply_end")
    assert not page.of("error")


async def test_typed_text_is_answered_by_the_agent(browse):
    async def script(peer):
        text = await peer.receive(UserText)
        assert text.text == "Hello."
        await peer.send(AgentTranscript("Hi."), N, speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES, answer_with="agent")
    page = await browser.talk()
    await page.send("text", text="Hello.")
    await page.wait("reply_end")
    assert page.of("said")[0]["text"].strip() == "Hi."
    assert page.audio[1] == pcm(0.2)


async def test_agent_that_takes_no_text(browse):
    browser = await browse(waits)
    page = await browser.talk()
    await page.send("text", text="Hello.")
    assert (await page.wait("error"))["key"] == "no_text"


async def test_error_of_the_agent_is_shown_and_the_talk_continues(browse):
    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, ErrorMessage(3003, "no idea"))
        await hear_out(peer)
        await peer.send(HELLO, N, speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script)
    page = await browser.talk()
    await page.speak(0.3)
    assert (await page.wait("error"))["key"] == "agent_failed"
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("reply_end")


async def test_activities_have_the_source(browse, hass):
    events = []

    @callback
    def heard(activity, data):
        events.append((activity.value, data))

    browser = await browse(greets_back)
    browser.entry.runtime_data.activities.async_listen(heard)
    page = await browser.talk()
    await page.speak(0.3)
    await page.wait("reply_end")
    await page.send("bye")
    await page.closed()
    await until(lambda: events[-1][0] == "session_ended")
    assert {data["source"] for _, data in events} == {"browser"}
    assert [name for name, _ in events] == [
        "session_started",
        "voice_activity_started",
        "voice_activity_ended",
        "reply_started",
        "reply_finished",
        "session_ended",
    ]
