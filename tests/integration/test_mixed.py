"""Texts of other agents, and pipelines that mix engines."""

import io
from typing import override

import numpy as np
import pytest
import soundfile
from homeassistant.components import assist_pipeline, media_source, tts
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
    AssistSatelliteEntityFeature,
)
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service
from yarl import URL

from custom_components.playai.agent.messages import ErrorMessage, UserTranscript
from tests.agent.talk import AE, E, N, S, speech, until

from .agents import hear_out, says
from .failures import FAILED, ONLY_SPEECH
from .other_engines import VOICE_LEVEL, OtherAgent, OtherEars, VoiceGroup, set_up
from .satellite import PATIENCE, WAV, levels_of
from .satellite import speech as microphone
from .timings import change_timings, set_timings

SPOKEN_BY_OTHER = {VOICE_LEVEL: pytest.approx(0.1)}
NO_VOICE = "No fallback voice is selected."


@pytest.fixture
def short_claim(monkeypatch):
    """Drop unclaimed results after 0.1 s."""
    set_timings(monkeypatch, claim=0.1)


async def add_sentence_trigger(hass):
    """An automation that answers a sentence."""
    automation = {
        "triggers": {"trigger": "conversation", "command": "start the party"},
        "actions": {"set_conversation_response": "Party time!"},
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()


async def add_lamp(hass):
    """Add a lamp that can be switched by a local command."""
    assert await async_setup_component(hass, "intent", {})
    hass.states.async_set("light.lamp", "off", {"friendly_name": "lamp"})
    return async_mock_service(hass, "light", "turn_on")


async def check_agent_answers(satellite):
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.levels == {1000: pytest.approx(0.2)}


def asks_first(words):
    """Hear a sentence that is not for the agent, then questions."""

    async def script(peer):
        await hear_out(peer)
        await peer.send(UserTranscript(words), N, speech(0.2, 2000), AE)
        await says(1000)(peer)

    return script


async def asks_first_and_fails(peer):
    """Fail at the first question, and answer the next ones."""
    await hear_out(peer)
    await peer.send(ErrorMessage(3003, "told by the server"))
    await says(1000)(peer)


async def test_sentence_trigger(meet, hass, voice):
    await add_sentence_trigger(hass)
    satellite = await meet(asks_first("start the party"))
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.said == "Party time!"
    assert voice.texts == ["Party time!"]
    assert run.levels == SPOKEN_BY_OTHER
    await check_agent_answers(satellite)


async def test_local_command(meet, hass, voice):
    calls = await add_lamp(hass)
    satellite = await meet(asks_first("turn on the lamp"))
    await assist_pipeline.async_update_pipeline(hass, satellite.pipeline, prefer_local_intents=True)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert len(calls) == 1
    assert voice.texts == [run.said]
    assert run.levels == SPOKEN_BY_OTHER
    await check_agent_answers(satellite)


async def test_answer_to_a_local_sentence_is_dropped(meet, hass, voice, short_claim):
    await add_sentence_trigger(hass)
    satellite = await meet(asks_first("start the party"))
    await satellite.ask(conversation_id="kitchen", output=WAV)
    (conversation,) = satellite.entry.runtime_data.conversations
    await until(lambda: not conversation.session.is_busy)
    change_timings(claim=PATIENCE)
    data = satellite.entry.runtime_data.data
    assert (data.last_error, data.has_problem) == (None, False)
    await check_agent_answers(satellite)


async def test_same_sentence_again(meet, hass, voice):
    """Texts spoken for others may be cached, and never hide the agent's answer."""
    await add_sentence_trigger(hass)

    async def script(peer):
        for _ in range(2):
            await hear_out(peer)
            await peer.send(UserTranscript("start the party"), N, speech(0.2, 2000), AE)
        await says(1000)(peer)

    satellite = await meet(script)
    for _ in range(2):
        run = await satellite.ask(conversation_id="kitchen", output=WAV)
        assert run.levels == SPOKEN_BY_OTHER
    await check_agent_answers(satellite)


async def test_local_sentence_without_a_voice(meet, hass, allowed_in_log):
    allowed_in_log.append("Error getting audio for Party time!: No fallback voice is selected")
    await add_sentence_trigger(hass)
    satellite = await meet(asks_first("start the party"))
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.said == "Party time!"
    assert run.audio == b""
    assert run.audio_error.startswith(NO_VOICE)
    await check_agent_answers(satellite)


async def fetch(hass, hass_client, satellite, **options):
    """Let our voice speak a text outside of any run."""
    assert await async_setup_component(hass, "media_source", {})
    media_id = tts.generate_media_source_id(
        hass,
        "Dinner is ready",
        engine=satellite.entity_id("tts"),
        options={"preferred_format": "wav"},
        **options,
    )
    media = await media_source.async_resolve_media(hass, media_id, None)
    client = await hass_client()
    response = await client.get(media.url)
    return response.status, await response.read()


@pytest.mark.parametrize("language", [None, "de", "fr"])
async def test_text_outside_of_a_run(meet, hass, hass_client, voice, language):
    satellite = await meet(says())
    status, audio = await fetch(hass, hass_client, satellite, language=language)
    assert status == 200
    assert levels_of(audio) == SPOKEN_BY_OTHER
    assert voice.texts == ["Dinner is ready"]
    assert satellite.peers == []


async def test_text_outside_of_a_run_without_a_voice(meet, hass, hass_client, allowed_in_log):
    allowed_in_log.extend(["Error getting audio for Dinner is ready", "Error streaming tts"])
    satellite = await meet(says())
    assert await fetch(hass, hass_client, satellite) == (500, b"")


@pytest.fixture
async def group(hass_with_assist):
    """A voice that forwards to another one, which the test selects."""
    entity = VoiceGroup()
    await set_up(hass_with_assist, "tts", entity)
    return entity


async def test_voice_that_leads_back_to_the_agent(meet, group, caplog, allowed_in_log):
    allowed_in_log.append("Error getting audio for")
    satellite = await meet(asks_first_and_fails)
    assert satellite.entry.options["speak_with"] == group.entity_id
    group.engine = satellite.entity_id("tts")
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.failure == FAILED
    assert "The voice tts.voice_group leads back to this agent" in run.audio_error
    assert "RecursionError" not in caplog.text
    await check_agent_answers(satellite)


async def test_two_agents_that_speak_with_each_other(meet, hass, group, caplog, allowed_in_log):
    allowed_in_log.append("Error getting audio for")
    first = await meet(asks_first_and_fails)
    second = await meet(says(), agent_id="agent-2", speak_with=group.entity_id)
    group.engine = second.entity_id("tts")
    run = await first.ask(conversation_id="kitchen", output=WAV)
    assert "The voice tts.voice_group leads back to this agent" in run.audio_error
    assert "RecursionError" not in caplog.text


class SpeakingSatellite(AssistSatelliteEntity):
    """Takes announcements, and remembers them."""

    _attr_name = "Satellite"
    _attr_unique_id = "satellite"
    _attr_supported_features = AssistSatelliteEntityFeature.ANNOUNCE

    def __init__(self):
        self.announced = []

    @override
    def async_get_configuration(self):
        return AssistSatelliteConfiguration([], [], 0)

    @override
    async def async_set_configuration(self, config):
        pass

    @override
    def on_pipeline_event(self, event):
        pass

    @override
    async def async_announce(self, announcement: AssistSatelliteAnnouncement) -> None:
        self.announced.append(announcement)


async def test_announcement_of_a_satellite(meet, hass, hass_client, voice):
    assert await async_setup_component(hass, "media_source", {})
    assert await async_setup_component(hass, "assist_satellite", {})
    satellite = await meet(says())
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    store.async_set_preferred_item(satellite.pipeline.id)
    speaker = SpeakingSatellite()
    await set_up(hass, "assist_satellite", speaker)
    await hass.services.async_call(
        "assist_satellite",
        "announce",
        {"entity_id": speaker.entity_id, "message": "Dinner is ready", "preannounce": False},
        blocking=True,
    )
    (announcement,) = speaker.announced
    client = await hass_client()
    response = await client.get(URL(announcement.media_id).path)
    assert response.status == 200
    assert await response.read()
    assert voice.texts == ["Dinner is ready"]


async def make_pipeline(hass, **engines):
    """Create a pipeline with engines of several integrations."""
    pipeline = await assist_pipeline.async_create_default_pipeline(
        hass, engines["stt"], engines["tts"], "Mixed"
    )
    assert pipeline is not None
    await assist_pipeline.async_update_pipeline(
        hass, pipeline, conversation_engine=engines["conversation"], conversation_language="*"
    )
    return pipeline.id


async def test_own_agent_after_another_speech_to_text(meet, hass, voice):
    async def script(peer):
        await peer.hear_voice(0.08)  # The fallback voice reads the words to it.
        await peer.send(S, E, N, speech(0.2), AE)

    await set_up(hass, "stt", OtherEars())
    satellite = await meet(script)
    pipeline = await make_pipeline(
        hass,
        stt="stt.other_ears",
        conversation=satellite.entity_id("conversation"),
        tts=satellite.entity_id("tts"),
    )
    run = await satellite.ask(pipeline=pipeline, seconds=0.1, output=WAV)
    assert run.heard == "words of others"
    assert run.said == ONLY_SPEECH
    assert run.levels == SPOKEN_BY_OTHER
    assert voice.texts == ["words of others", ONLY_SPEECH]


async def test_own_voice_with_another_conversation_agent(meet, hass, voice):
    await set_up(hass, "stt", OtherEars())
    await set_up(hass, "conversation", OtherAgent())
    satellite = await meet(says())
    pipeline = await make_pipeline(
        hass,
        stt="stt.other_ears",
        conversation="conversation.other_agent",
        tts=satellite.entity_id("tts"),
    )
    run = await satellite.ask(pipeline=pipeline, seconds=0.1, output=WAV)
    assert run.said == "You said: words of others"
    assert voice.texts == [run.said]
    assert run.levels == SPOKEN_BY_OTHER


async def test_own_engines_with_another_conversation_agent(meet, hass, voice, short_claim):
    await set_up(hass, "conversation", OtherAgent())
    satellite = await meet(asks_first("is it raining"))
    pipeline = await make_pipeline(
        hass,
        stt=satellite.entity_id("stt"),
        conversation="conversation.other_agent",
        tts=satellite.entity_id("tts"),
    )
    run = await satellite.ask(pipeline=pipeline, conversation_id="kitchen", output=WAV)
    assert run.said == "You said: is it raining"
    assert run.levels == SPOKEN_BY_OTHER
    (conversation,) = satellite.entry.runtime_data.conversations
    await until(lambda: not conversation.session.is_busy)
    change_timings(claim=PATIENCE)
    await check_agent_answers(satellite)


async def transcribe(hass_client, satellite, byte=0x10):
    """Send a recording to our speech-to-text over HTTP."""
    client = await hass_client()
    audio = b"".join([chunk async for chunk in microphone(byte, 0.3, fast=True)])
    response = await client.post(
        f"/api/stt/{satellite.entity_id('stt')}",
        headers={
            "X-Speech-Content": "format=wav; codec=pcm; sample_rate=16000; bit_rate=16;"
            " channel=1; language=en"
        },
        data=audio,
    )
    assert response.status == 200
    return await response.json()


async def test_speech_to_text_outside_of_a_run(meet, hass_client):
    async def script(peer):
        await hear_out(peer)
        await peer.send(N, speech(0.1), UserTranscript("what time is it"), AE)
        await peer.closed.wait()

    satellite = await meet(script)
    result = await transcribe(hass_client, satellite)
    assert result == {"text": "what time is it", "result": "success"}
    await until(satellite.peers[0].closed.is_set)
    assert not list(satellite.entry.runtime_data.conversations)


async def test_speech_to_text_outside_of_a_run_without_words(meet, hass_client, monkeypatch):
    set_timings(monkeypatch, transcript=0.1)

    async def script(peer):
        await peer.hear_voice(0.2)
        await peer.send(S, E)

    satellite = await meet(script)
    result = await transcribe(hass_client, satellite)
    assert result == {"text": None, "result": "error"}


async def test_failure_without_a_voice_is_a_tone(meet):
    """The user hears the failure, and the tone is never replayed from a file."""

    async def script(peer):
        await hear_out(peer)
        await peer.send(ErrorMessage(3003, "told by the server"))
        await says(1000)(peer)

    satellite = await meet(script)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.failure == "The agent couldn't answer this time. Please try again."
    samples, rate = soundfile.read(io.BytesIO(run.audio), dtype="int16")
    assert len(samples) / rate == pytest.approx(0.36, abs=0.01)
    assert 0.15 < np.abs(samples).max() / 32_768 < 0.25
    await check_agent_answers(satellite)
