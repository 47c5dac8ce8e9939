"""Failures: every run ends in time with a message, and the next turn works."""

import asyncio
import struct
from dataclasses import replace

import pytest
from homeassistant.components import stt
from homeassistant.components.assist_pipeline import (
    PipelineEventType,
    async_update_pipeline,
)

from custom_components.playai.agent import OutputFormat
from custom_components.playai.agent.messages import AudioStream, ErrorMessage
from tests.agent.talk import AE, N, S, speech, until

from .agents import each_turn, hear_out, says, sent_all
from .failures import FAILED, LOST, UNREACHABLE
from .other_engines import VOICE_LEVEL
from .satellite import MICROPHONE, PATIENCE, WAV, Run
from .satellite import speech as microphone
from .timings import change_timings, set_timings

NO_WAV = struct.pack(
    "<4sI4s4sIHHIIHH4sI",
    *(b"RIFF", 0xFFFFFFFF, b"WAVE", b"fmt ", 16),
    *(0x55, 1, 16_000, 32_000, 2, 16, b"data", 0xFFFFFFFF),
).ljust(6400, b"\0")
"""The start of a WAV file whose samples are MP3 frames."""


@pytest.fixture(autouse=True)
def spoken(voice):
    """Errors are spoken by the other voice."""
    return voice


async def ask_twice(satellite, voice, text, kind, run=None):
    """Ask without an answer, check the reported error, then ask again successfully."""
    run = await satellite.ask(conversation_id="kitchen", output=WAV, run=run)
    assert run.failure == text
    assert voice.texts == [text]
    assert run.levels == {VOICE_LEVEL: pytest.approx(0.1)}
    state = satellite.hass.states.get(satellite.entity_id("sensor", "last_error"))
    assert state.state == kind
    activity = satellite.entity_id("event", "activity")

    def last_activity():
        return satellite.hass.states.get(activity).attributes["event_type"]

    await until(lambda: last_activity() in ("error", "session_ended"))
    await check_answer(satellite)
    return state


async def check_answer(satellite):
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.response["response_type"] == "action_done"
    assert run.levels == {1000: pytest.approx(0.2)}


def refuses(code):
    """Reject the set-up."""

    async def script(peer):
        await peer.send(ErrorMessage(code, "told by the server"))
        await peer.close()

    return script


# While connecting.


async def test_server_is_gone_and_comes_back(meet, serve, voice):
    satellite = await meet(says())
    coordinator = satellite.entry.runtime_data
    settings = coordinator.settings
    coordinator.settings = replace(settings, url="ws://127.0.0.1:9")
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.failure == UNREACHABLE
    assert voice.texts == [UNREACHABLE]
    coordinator.settings = settings
    await check_answer(satellite)


async def test_address_of_another_server(meet):
    satellite = await meet(says())
    coordinator = satellite.entry.runtime_data
    settings = coordinator.settings
    coordinator.settings = replace(settings, url=settings.url + "/elsewhere")
    run = await satellite.ask(conversation_id="kitchen")
    assert run.failure == "The server at the agent's address is not a voice agent."
    coordinator.settings = settings
    await check_answer(satellite)


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (1002, "unknown_agent", "The agent's server does not recognize this agent."),
        (1005, "no_credits", "The agent's account has no credits left."),
        (
            4429,
            "too_many_connections",
            "The agent is busy with too many conversations. Please try again later.",
        ),
        (5001, "server_fault", "The agent's server had a problem. Please try again."),
    ],
)
async def test_refused(meet, voice, code, kind, text):
    # A fault of the server is worth a second connection.
    satellite = await meet(*[refuses(code)] * (1 + (kind == "server_fault")), says())
    state = await ask_twice(satellite, voice, text, kind)
    assert state.attributes["code"] == code
    assert state.attributes["message"] == "told by the server"
    assert "time" in state.attributes


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (
            2002,
            "invalid_key",
            "The agent does not accept its key. Please enter a different one in the settings.",
        ),
        (
            2003,
            "key_not_allowed",
            "The key belongs to another agent. Please enter a different one in the settings.",
        ),
    ],
)
async def test_key_is_refused(meet, hass, voice, code, kind, text):  # noqa: PLR0917
    satellite = await meet(refuses(code), says())
    await ask_twice(satellite, voice, text, kind)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    assert flow["context"]["entry_id"] == satellite.entry.entry_id


# While listening.


async def test_failure_of_the_agent_while_the_user_speaks_is_survived(meet, voice):
    async def script(peer):
        await peer.send(S, ErrorMessage(3001, "hiccup"))
        await hear_out(peer)
        await peer.send(N, speech(0.2), AE)

    satellite = await meet(script)
    await check_answer(satellite)
    state = satellite.hass.states.get(satellite.entity_id("sensor", "last_error"))
    assert state.state == "agent_failed"
    assert voice.texts == []


@pytest.mark.parametrize("is_cut", [True, False])
async def test_connection_ends_once_while_the_user_speaks(meet, is_cut):
    async def script(peer):
        await peer.hear_voice(0.1)
        if is_cut:
            peer.abort()
        else:
            await peer.close()

    satellite = await meet(script, says())
    await check_answer(satellite)
    assert satellite.server.connections == 3


async def test_connection_ends_again_and_again(meet, voice):
    async def script(peer):
        await peer.hear_voice(0.1)
        peer.abort()

    satellite = await meet(script, script, says())
    await ask_twice(satellite, voice, LOST, "connection_lost")


async def test_microphone_sends_something_other_than_audio(meet):
    async def broken():
        await until(lambda: any(hasattr(peer, "setup") for peer in satellite.peers))
        yield NO_WAV

    satellite = await meet(says())
    run = await satellite.ask(conversation_id="kitchen", stream=broken())
    assert run.failure.startswith("The audio could not be processed: ")
    await check_answer(satellite)


async def test_microphone_breaks(meet, caplog):
    closed = []

    async def broken():
        try:
            async for chunk in microphone(0x10, 0.1, fast=True):
                yield chunk
            raise OSError("no more microphone")
        finally:
            closed.append(True)

    satellite = await meet(hear_out, says())
    run = await satellite.ask(conversation_id="kitchen", stream=broken(), output=WAV)
    assert run.failure.startswith("The audio could not be processed: ")
    assert "no more microphone" in run.failure
    assert closed
    lines = [r.getMessage() for r in caplog.records if "no more microphone" in r.getMessage()]
    lines = [line for line in lines if line.startswith("Voice agent: ")]
    assert len(lines) == 1


async def test_stream_of_the_microphone_is_closed(meet, hass):
    """Immediately, without the garbage collector: this test holds a reference."""
    closed = []

    async def undecodable():
        try:
            await until(lambda: any(hasattr(peer, "setup") for peer in satellite.peers))
            while True:
                yield NO_WAV
                await asyncio.sleep(0.01)
        finally:
            closed.append(True)

    satellite = await meet(hear_out)
    engine = stt.async_get_speech_to_text_entity(hass, satellite.entity_id("stt"))
    stream = undecodable()
    result = await engine.async_process_audio_stream(MICROPHONE, stream)
    assert result.result is stt.SpeechResultState.ERROR
    assert closed


# While waiting.


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (3003, "agent_failed", FAILED),
        (5001, "server_fault", "The agent's server had a problem. Please try again."),
        (9999, "server_fault", "The agent's server had a problem. Please try again."),
    ],
)
async def test_failure_while_waiting(meet, voice, code, kind, text):
    async def script(peer):
        await hear_out(peer)
        await peer.send(ErrorMessage(code, "told by the server"))
        await says()(peer)

    satellite = await meet(script)
    await ask_twice(satellite, voice, text, kind)
    assert len(satellite.peers) == 1


async def test_server_hangs_up_while_waiting(meet, voice):
    async def script(peer):
        await hear_out(peer)
        await peer.close()

    satellite = await meet(script, says())
    await ask_twice(satellite, voice, "The agent hung up.", "agent_hung_up")


async def test_connection_is_cut_while_waiting(meet, voice):
    run = Run()

    async def script(peer):
        await sent_all(peer, run)
        peer.abort()

    satellite = await meet(script, says())
    await ask_twice(satellite, voice, LOST, "connection_lost", run)


async def test_no_reply(meet, voice, monkeypatch):
    set_timings(monkeypatch, first_audio=0.3)
    run = Run()

    async def script(peer):
        await hear_out(peer)
        await until(lambda: PipelineEventType.RUN_END in run.kinds)
        change_timings(first_audio=PATIENCE)
        await says()(peer)

    satellite = await meet(script)
    await ask_twice(satellite, voice, "The agent didn't answer in time.", "no_reply", run)


async def test_empty_reply(meet, voice):
    async def script(peer):
        await hear_out(peer)
        await peer.send(N, AE)
        await says()(peer)

    satellite = await meet(script)
    await ask_twice(satellite, voice, "The agent had nothing to say.", "empty_reply")


async def test_reply_that_is_not_audio(meet, voice):
    async def script(peer):
        await hear_out(peer)
        await peer.send(N, AudioStream(bytes(70_000)), AE)
        await says()(peer)

    satellite = await meet(script)
    coordinator = satellite.entry.runtime_data
    coordinator.settings = replace(coordinator.settings, output_format=OutputFormat.MP3)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.failure == "The audio could not be processed: {}.".format(
        "the reply is not mp3 that can be decoded"
    )


# While replying.


@pytest.mark.parametrize("is_cut", [True, False])
async def test_reply_breaks_off(meet, voice, is_cut):
    async def script(peer):
        await hear_out(peer)
        await peer.send(N, speech(0.3, 2000))
        await asyncio.sleep(0.1)
        if is_cut:
            peer.abort()
        else:
            await peer.send(ErrorMessage(3002, "no more voice"))
            await says()(peer)

    satellite = await meet(script, says())
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.levels == {2000: pytest.approx(0.3)}
    assert run.response["response_type"] == "action_done"
    assert voice.texts == []
    state = satellite.hass.states.get(satellite.entity_id("sensor", "last_error"))
    assert state.state == ("connection_lost" if is_cut else "agent_failed")
    await check_answer(satellite)


async def test_agent_says_goodbye(meet):
    async def answer(peer):
        await peer.send(N, speech(0.2))
        await peer.close()

    satellite = await meet(each_turn(answer))
    await check_answer(satellite)
    await check_answer(satellite)
    assert satellite.hass.states.get(satellite.entity_id("sensor", "last_error")).state == "unknown"


# Reports to the user and to the log.


async def test_failure_is_reported_in_the_language_of_the_pipeline(meet, hass, voice):
    satellite = await meet(refuses(1005), says())
    await async_update_pipeline(
        hass, satellite.pipeline, language="de", stt_language="de", tts_language="de"
    )
    assert satellite.pipeline.conversation_language == "*"
    assert hass.config.language == "en"
    text = "Das Konto des Sprachagenten hat kein Guthaben mehr."
    await ask_twice(satellite, voice, text, "no_credits")


@pytest.mark.parametrize(
    ("languages", "user", "spoken_in"),
    [
        (["en-US", "de-DE"], "de", "de-DE"),
        (["en-US", "pt-BR"], "pt", "pt-BR"),
        (["en-US", "de-AT", "de-DE"], "de", "de-DE"),
        (["de-DE", "en-US"], "en-GB", "en-US"),
        (["en-US", "fr-FR"], "de", "en-US"),
    ],
)
async def test_failure_is_spoken_in_the_closest_language(  # noqa: PLR0917
    meet, hass, voice, languages, user, spoken_in
):
    voice._attr_supported_languages = languages
    voice._attr_default_language = "en-US"
    satellite = await meet(refuses(1005))
    await async_update_pipeline(
        hass, satellite.pipeline, language=user, stt_language=user, tts_language=user
    )
    await satellite.ask(output=WAV)
    assert voice.languages == [spoken_in]


async def test_failure_is_spoken_in_the_language_of_its_text(meet, hass, voice):
    """The pipeline's voice may be set to another language than its user's."""
    voice._attr_supported_languages = ["en-US", "de-DE"]
    satellite = await meet(refuses(1005))
    await async_update_pipeline(
        hass, satellite.pipeline, language="de", stt_language="de", tts_language="en"
    )
    run = await satellite.ask(output=WAV)
    assert run.failure == "Das Konto des Sprachagenten hat kein Guthaben mehr."
    assert voice.languages == ["de-DE"]


async def test_failure_is_spoken_from_the_stream_each_time(meet, voice):
    """Nothing is cached: the voice speaks the same words again."""
    satellite = await meet(refuses(1005), refuses(1005))
    for _ in range(2):
        run = await satellite.ask(output=WAV)
        assert run.shown == ["The agent's account has no credits left."]
        assert run.audio
    assert len(voice.texts) == 2


async def test_log_has_a_line_when_it_starts_and_one_when_it_is_over(meet, caplog):
    async def script(peer):
        for _ in range(2):
            await hear_out(peer)
            await peer.send(ErrorMessage(3003, "no idea"))
        await says()(peer)

    satellite = await meet(script)
    for _ in range(2):
        run = await satellite.ask(conversation_id="kitchen")
        assert run.failure == FAILED
    await check_answer(satellite)
    ours = [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name.startswith("custom_components.playai") and record.levelname != "DEBUG"
    ]
    assert ours == [
        ("WARNING", "Voice agent: no idea"),
        ("INFO", "Voice agent: works again"),
    ]


async def test_key_is_never_revealed(meet, caplog, hass):
    async def script(peer):
        await peer.send(ErrorMessage(5001, f"bad key {peer.setup.api_key}"))
        await peer.close()

    satellite = await meet(script)
    run = await satellite.ask()
    assert PipelineEventType.INTENT_END in run.kinds
    key = satellite.entry.data["api_key"]
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_components")]
    assert ours
    assert not any(key in line for line in ours)
    assert not any(key in str(state.as_dict()) for state in hass.states.async_all())
    assert not any(key in str(event.data) for event in run.events)
