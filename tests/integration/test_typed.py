"""Typed text for an agent that answers itself, and only understands speech."""

import pytest
from homeassistant.components.conversation import async_converse
from homeassistant.core import Context

from custom_components.playai.agent.audio import mulaw_decode
from custom_components.playai.agent.messages import AgentTranscript, ErrorMessage
from tests.agent.talk import AE, E, N, S, speech

from .agents import says
from .failures import FAILED, ONLY_SPEECH
from .other_engines import VOICE_LEVEL, VoiceGroup, set_up


async def hear_text(peer):
    """Hear a text that the fallback voice reads in a tenth of a second."""
    await peer.hear_voice(len(peer.voice) / 16_000 + 0.08)
    await peer.send(S, E)


def answers(*words):
    """Answer texts with words that arrive together with the audio."""

    async def script(peer):
        while not peer.closed.is_set():
            await hear_text(peer)
            await peer.send(N, *map(AgentTranscript, words), speech(0.2), AE)

    return script


async def test_fallback_voice_reads_the_text_to_the_agent(voice, meet, hass_ws_client):
    satellite = await meet(answers("Half past", "nine."))
    run = await satellite.write(hass_ws_client, "what time is it", "kitchen")
    assert run.said == "Half past nine."
    assert "".join(delta.get("content") or "" for delta in run.deltas) == "Half past nine."
    assert voice.texts == ["what time is it"]
    levels = mulaw_decode(satellite.peers[0].voice)
    assert levels.max() == pytest.approx(VOICE_LEVEL, rel=0.1)


async def test_typed_and_spoken_turns_share_a_conversation(voice, meet, hass):
    satellite = await meet(answers("Half past nine."))
    await satellite.ask(conversation_id="kitchen", seconds=0.08)
    result = await async_converse(
        hass,
        "what time is it",
        "kitchen",
        Context(),
        agent_id=satellite.entity_id("conversation"),
    )
    assert result.response.speech["plain"]["speech"] == "Half past nine."
    await satellite.ask(conversation_id="kitchen", seconds=0.08)
    assert len(satellite.peers) == 1


async def test_agent_without_transcripts(voice, meet, hass_ws_client):
    satellite = await meet(answers())
    run = await satellite.write(hass_ws_client, "what time is it")
    assert run.said == ONLY_SPEECH
    assert run.response["response_type"] == "action_done"


async def test_agent_fails(voice, meet, hass_ws_client):
    async def script(peer):
        await hear_text(peer)
        await peer.send(ErrorMessage(3003, "told by the server"))
        await peer.closed.wait()

    satellite = await meet(script)
    run = await satellite.write(hass_ws_client, "what time is it")
    assert run.said == FAILED
    assert run.response["response_type"] == "error"


async def test_voice_fails(voice, meet, hass_ws_client, allowed_in_log):
    """The integration of the voice may raise anything."""
    allowed_in_log.append("Error getting audio")
    voice.error = ValueError("?")
    satellite = await meet(says())
    run = await satellite.write(hass_ws_client, "what time is it")
    assert run.said == ONLY_SPEECH


async def test_voice_that_leads_back_to_the_agent(
    hass_with_assist, meet, hass_ws_client, allowed_in_log
):
    allowed_in_log.append("Error getting audio for")
    group = VoiceGroup()
    await set_up(hass_with_assist, "tts", group)
    satellite = await meet(says(), speak_with=group.entity_id)
    group.engine = satellite.entity_id("tts")
    run = await satellite.write(hass_ws_client, "what time is it")
    assert run.said == ONLY_SPEECH


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", ONLY_SPEECH),
        ("de", "Ich verstehe nur gesprochene Fragen. Bitte benutze das Mikrofon."),
        ("*", ONLY_SPEECH),
    ],
)
async def test_without_a_voice(meet, hass, language, text):
    satellite = await meet(says())
    result = await async_converse(
        hass,
        "hello",
        None,
        Context(),
        language=language,
        agent_id=satellite.entity_id("conversation"),
    )
    assert result.response.response_type.value == "action_done"
    assert result.response.speech["plain"]["speech"] == text
    assert satellite.peers == []
