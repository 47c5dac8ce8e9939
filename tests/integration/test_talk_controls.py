"""The controls of a talk besides speech."""

import asyncio

import pytest
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import Ask
from tests.agent.talk import AE, E, N, S, pcm, speech, until

from .agents import hear_out, says
from .other_engines import StreamingAgent, set_up
from .talking import HELLO, greets_back, waits
from .test_talk import FEATURES


@pytest.fixture
async def model(hass_with_assist):
    """A conversation agent with a language model."""
    entity = StreamingAgent("The lamp", " is on.")
    await set_up(hass_with_assist, "conversation", entity)
    return entity


@pytest.fixture
def config_entry(hass):
    """The entry of another integration."""
    entry = MockConfigEntry(domain="test")
    entry.add_to_hass(hass)
    return entry


def peer_of(servers):
    """The server's side of the latest conversation."""
    return servers[-1].peers[-1]


async def test_muted_microphone_is_not_heard(browse, servers):
    browser = await browse(waits)
    page = await browser.talk()
    await page.phase("listening")
    await page.send("mute", on=True)
    await page.speak(0.3)
    await page.send("mute", on=False)
    await page.speak(0.3, 0x22)
    await until(lambda: len(peer_of(servers).voice) >= 0.3 * 16_000)
    assert set(peer_of(servers).voice) <= {0x22, 0xFF}


async def test_mute_drops_an_open_turn(browse):
    async def script(peer):
        await peer.hear_voice(0.2)
        await peer.send(S)
        await peer.hear(1)
        await peer.send(E)
        await hear_out(peer)
        await peer.send(HELLO, N, speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script)
    page = await browser.talk()
    await page.speak(0.3)
    await page.phase("hearing")
    await page.send("mute", on=True)
    await page.phase("listening")
    await page.speak(1)
    await page.send("mute", on=False)
    await page.speak(0.5)
    await page.wait("reply_end")
    assert [message["text"] for message in page.of("heard")] == ["Hello."]


async def test_new_conversation(browse, servers):
    browser = await browse(greets_back)
    page = await browser.talk()
    before = page.of("ready")[0]["conversation_id"]
    await page.speak(0.3)
    await page.wait("reply_end")
    await page.send("again")
    after = (await page.wait("restarted"))["conversation_id"]
    assert after != before
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("reply_end", 2)
    assert page.audio == {1: pcm(0.5, 100), 2: pcm(0.5, 100)}
    await until(lambda: browser.entry.runtime_data.data.conversations == 1)


async def asked_from(browse, model, **place):
    """Ask the home in a talk, and return the device of the question."""

    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, Ask("1", "Hello."))
        _ = [part async for part in peer.answer("1")]
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES, answer_with=model.entity_id)
    page = await browser.talk()
    if place:
        await page.send("place", **place)
    await page.speak(0.3)
    await page.wait("reply_end")
    return model.inputs[0]


def kitchen(hass, entry):
    """A device in the kitchen."""
    area = ar.async_get(hass).async_get_or_create("Kitchen")
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("test", "oven")}
    )
    dr.async_get(hass).async_update_device(device.id, area_id=area.id)
    return area, device


async def test_only_a_device_that_the_page_has_named_is_reported(browse, hass, model, config_entry):
    area, device = kitchen(hass, config_entry)
    browser = await browse(greets_back)
    reported = []
    browser.entry.runtime_data.activities.async_listen(
        lambda _, data: reported.append(data["satellite_device_id"])
    )
    page = await browser.talk(area_id=area.id)
    await page.speak(0.3)
    await page.wait("reply_end")
    assert set(reported) == {None}
    reported.clear()
    await page.send("place", device_id=device.id)
    await page.speak(0.3)
    await page.wait("reply_end", 2)
    assert set(reported[1:]) == {device.id}


async def slow(*_):
    """Answer after the test."""
    yield {"role": "assistant"}
    await asyncio.sleep(60)


async def test_speech_replaces_a_question_that_the_home_answers(browse, model):
    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, Ask("1", "Hello."))
        await until(lambda: model.inputs)
        await hear_out(peer)
        await peer.send(HELLO, N, speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES, answer_with=model.entity_id)
    model.answer = slow
    page = await browser.talk()
    await page.speak(0.3)
    await page.phase("thinking")
    await until(lambda: model.inputs)
    await page.speak(0.3)
    await page.wait("reply_end")
    assert model.was_cancelled
    assert page.of("error") == []
    assert [reply["turn"] for reply in page.of("reply")] == [2]


async def test_place_and_language(browse, hass, model, config_entry):
    area, device = kitchen(hass, config_entry)
    asked = await asked_from(browse, model, area_id=area.id, language="de")
    assert (asked.device_id, asked.language) == (device.id, "de")
    assert asked.context.user_id is not None


async def test_device(browse, hass, model, config_entry):
    _, device = kitchen(hass, config_entry)
    asked = await asked_from(browse, model, device_id=device.id)
    assert asked.device_id == device.id


async def test_no_place(browse, model):
    asked = await asked_from(browse, model)
    assert (asked.device_id, asked.language) == (None, "en")


async def test_unknown_place(browse):
    browser = await browse(waits)
    page = await browser.talk()
    await page.send("place", area_id="nowhere")
    assert (await page.wait("error"))["key"] == "unknown_place"


async def test_page_whose_microphone_stalls_is_silent(browse, servers, monkeypatch):
    monkeypatch.setattr("custom_components.playai.talk.page_microphone.STALLED_SECONDS", 0.1)
    browser = await browse(waits)
    page = await browser.talk()
    await page.phase("listening")
    await until(lambda: len(peer_of(servers).heard) >= 8_000)
    assert peer_of(servers).voice == b""


async def test_agent_speaks_first(browse):
    async def script(peer):
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    browser = await browse(script)
    page = await browser.talk()
    await page.wait("reply_end")
    assert page.of("reply")[0]["turn"] == 0
    assert page.audio[1] == pcm(0.2)


async def test_home_that_thinks_about_a_typed_text(browse, model):
    features = AgentFeatures("Agent", ("en",), frozenset({"say"}))
    browser = await browse(says(), features=features, answer_with=model.entity_id)
    model.answer = slow
    page = await browser.talk()
    await page.phase("listening")
    await page.send("text", text="Tell me everything.")
    await page.phase("thinking")
    await page.send("interrupt", reply=0, ms=0)
    await page.phase("listening")
    assert model.was_cancelled


async def test_typed_text_interrupts_and_is_replaced_by_speech(browse, model):
    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, N, speech(0.2), AE)
        await peer.closed.wait()

    features = AgentFeatures("Agent", ("en",), frozenset({"say"}))
    browser = await browse(script, features=features, answer_with=model.entity_id)
    model.answer = slow
    page = await browser.talk()
    await page.send("text", text="Tell me everything.")
    await until(lambda: model.inputs)
    await page.speak(0.3)
    await page.wait("reply_end")
    assert model.was_cancelled
