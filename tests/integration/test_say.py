"""Texts other than the agent's replies, spoken with the agent's voice."""

import asyncio
from pathlib import Path

import pytest
from homeassistant.components import tts
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import ErrorMessage, Handled, Say, UserTranscript
from custom_components.playai.assist import say
from tests.agent.talk import AE, N, speech, until

from .agents import fails, hear_out, says
from .conftest import listen
from .other_engines import VOICE_LEVEL
from .satellite import WAV, Run, levels_of
from .test_mixed import add_lamp, add_sentence_trigger

FEATURES = AgentFeatures("Agent", ("en",), frozenset({"say"}))
SAID = {3000: pytest.approx(0.2)}
SPOKEN_BY_OTHER = {VOICE_LEVEL: pytest.approx(0.1)}


async def say_all(peer):
    """Speak every text that the home sends."""
    number = 0
    while True:
        text = ""
        is_final = False
        while not is_final:
            number += 1
            message = await peer.receive(Say, number)
            text += message.text
            is_final = message.is_final
        await peer.send(N, speech(0.2, 3000), AE)


def said(peer):
    return "".join(message.text for message in peer.received(Say))


async def speak(satellite, text, language=None):
    """Let the agent's voice speak a text outside of any run; returns the audio."""
    stream = tts.async_create_stream(satellite.hass, satellite.entity_id("tts"), language, WAV)
    stream.async_set_message(text)
    return b"".join([data async for data in stream.async_stream_result()])


def hears_local(words, answer=say_all):
    """Hear a sentence that the home answers itself, and speak its answer."""

    async def script(peer):
        await hear_out(peer)
        await peer.send(UserTranscript(words))
        await answer(peer)

    return script


async def test_local_command(meet, hass):
    calls = await add_lamp(hass)
    satellite = await meet(hears_local("turn on the lamp"), features=FEATURES, local_commands=True)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert len(calls) == 1
    assert run.heard == "turn on the lamp"
    (peer,) = satellite.peers
    assert said(peer) == run.said
    assert len(peer.received(Handled)) == 1
    assert run.levels == SAID


async def say_long(peer):
    """Begin to speak a text, and never finish."""
    await peer.receive(Say)
    await peer.send(N, speech(0.2, 3000))
    await peer.closed.wait()


async def lose_connection(peer):
    """Fail while a text is spoken."""
    await peer.receive(Say)
    await peer.send(N, speech(0.2, 3000))
    peer.abort()


async def hang_up(satellite):
    button = {"entity_id": satellite.entity_id("button", "end_conversation")}
    await satellite.hass.services.async_call("button", "press", button, blocking=True)


async def test_local_answer_that_was_cut_off_is_not_played_again(meet, hass):
    await add_lamp(hass)
    words = "turn on the lamp"
    satellite = await meet(
        hears_local(words, say_long), hears_local(words), features=FEATURES, local_commands=True
    )
    run = Run()
    talking = asyncio.create_task(satellite.ask(output=WAV, conversation_id="hall", run=run))
    await run.began.wait()
    await hang_up(satellite)
    await talking
    assert cached(hass) == []
    again = await satellite.ask(output=WAV, conversation_id="kitchen")
    assert again.said == run.said
    assert again.levels == SAID
    assert said(satellite.peers[1]) == again.said
    await until(lambda: len(cached(hass)) == 1)


async def test_text_that_the_server_cut_off_is_not_played_again(meet, hass):
    satellite = await meet(lose_connection, say_all, say_all, features=FEATURES)
    await speak(satellite, "Dinner is ready")
    assert cached(hass) == []
    await until(lambda: satellite.entry.runtime_data.data.connected)
    assert levels_of(await speak(satellite, "Dinner is ready")) == SAID


async def test_other_voice_is_not_cached_as_the_agents(meet, hass, voice):
    async def fails_once(peer):
        await peer.receive(Say)
        before = len(peer.received(Say))
        await peer.send(ErrorMessage(3003, "no voice"))
        await peer.receive(Say, before + 1)
        await peer.send(N, speech(0.2, 3000), AE)
        await peer.closed.wait()

    satellite = await meet(fails_once, features=FEATURES)
    assert levels_of(await speak(satellite, "Dinner is ready")) == SPOKEN_BY_OTHER
    assert levels_of(await speak(satellite, "Dinner is ready")) == SAID


async def test_other_voice_is_not_cached_for_an_agent_that_cannot_speak(meet, hass, voice):
    """The agent may learn to speak, or be another one, and the user may choose another voice."""
    satellite = await meet(listen)
    assert levels_of(await speak(satellite, "Dinner is ready")) == SPOKEN_BY_OTHER
    await hass.async_block_till_done(wait_background_tasks=True)
    assert cached(hass) == []


def cached(hass):
    """The files that Home Assistant keeps of the agent's voice."""
    return [*Path(hass.config.path("tts")).glob("*_tts.voice_agent_voice.*")]


async def test_sentence_trigger(meet, hass, voice):
    await add_sentence_trigger(hass)
    satellite = await meet(hears_local("start the party"), features=FEATURES)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.said == "Party time!"
    assert run.levels == SAID
    assert voice.texts == []


async def test_text_outside_of_a_run(meet, voice):
    satellite = await meet(say_all, features=FEATURES)
    assert levels_of(await speak(satellite, "Dinner is ready")) == SAID
    assert levels_of(await speak(satellite, "Dinner is served")) == SAID
    assert voice.texts == []
    assert "".join(map(said, satellite.peers)) == "Dinner is readyDinner is served"


async def test_announcement_is_not_a_conversation(meet, hass):
    satellite = await meet(say_all, features=FEATURES)
    status, speaking = (
        satellite.entity_id("sensor", "status"),
        satellite.entity_id("binary_sensor", "speaking"),
    )
    counts, spoke = set(), []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == status:
            counts.add(event.data["new_state"].attributes["conversations"])
        elif event.data["entity_id"] == speaking:
            spoke.append(event.data["new_state"].state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    await speak(satellite, "Dinner is ready")
    await until(lambda: spoke == ["on", "off"])
    assert counts == {0}
    assert hass.states.get(satellite.entity_id("event", "activity")).state == STATE_UNKNOWN


async def test_two_texts_at_once(meet):
    satellite = await meet(say_all, features=FEATURES)
    both = await asyncio.gather(speak(satellite, "One"), speak(satellite, "Two"))
    assert [levels_of(audio) for audio in both] == [SAID, SAID]
    assert sorted(map(said, satellite.peers)) == ["One", "Two"]


async def test_language_that_the_agent_does_not_speak(meet, voice):
    satellite = await meet(say_all, features=FEATURES)
    assert levels_of(await speak(satellite, "Das Essen ist fertig", "de")) == SPOKEN_BY_OTHER
    assert voice.languages == ["de"]
    assert satellite.peers == []


async def test_server_that_cannot_speak_texts(meet, voice):
    satellite = await meet(says(), features=AgentFeatures("Agent"))
    assert levels_of(await speak(satellite, "Dinner is ready")) == SPOKEN_BY_OTHER


@pytest.mark.parametrize("fails", [True, False])
async def test_fallback_voice_speaks_what_the_agent_does_not(meet, voice, monkeypatch, *, fails):
    async def script(peer):
        await peer.receive(Say)
        if fails:
            await peer.send(ErrorMessage(3003, "no voice"))
        await peer.closed.wait()

    monkeypatch.setattr(say, "SAY_SECONDS", 0.3)
    satellite = await meet(script, features=FEATURES)
    assert levels_of(await speak(satellite, "Dinner is ready")) == SPOKEN_BY_OTHER
    assert voice.texts == ["Dinner is ready"]


async def test_error_of_a_turn(meet):
    satellite = await meet(fails, say_all, features=FEATURES)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.said == "The agent couldn't answer this time. Please try again."
    assert run.levels == SAID
    assert said(satellite.peers[1]) == run.said


async def test_many_texts_share_a_connection(meet):
    satellite = await meet(say_all, features=FEATURES)
    for number in range(3):
        await speak(satellite, f"Number {number}")
        sessions = [each.session for each in satellite.entry.runtime_data.conversations]
        await until(lambda: not any(session.is_busy for session in sessions))  # noqa: B023
    assert len(satellite.peers) == 1


async def test_spoken_command_of_another_component(meet, hass):
    assert await async_setup_component(hass, "media_source", {})
    calls = async_mock_service(hass, "media_player", "play_media")
    satellite = await meet(say_all, features=FEATURES)
    await hass.services.async_call(
        "tts",
        "speak",
        {
            "entity_id": satellite.entity_id("tts"),
            "media_player_entity_id": "media_player.kitchen",
            "message": "Dinner is ready",
        },
        blocking=True,
    )
    assert len(calls) == 1
