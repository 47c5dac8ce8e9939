"""Listening after an answer, and the microphone after the end of a turn."""

import asyncio

from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.setup import async_setup_component

from custom_components.playai import stt
from custom_components.playai.agent.messages import UserTranscript
from custom_components.playai.assist import microphone
from tests.agent.talk import AE, N, S, speech, until

from .agents import hear_out, says
from .satellite import WAV, Run
from .test_mixed import add_sentence_trigger


async def silence():
    """A microphone in a silent room."""
    while True:
        yield bytes(320)
        await asyncio.sleep(0.01)


def state(satellite, platform, key):
    return satellite.hass.states.get(satellite.entity_id(platform, key)).state


async def test_silence_after_a_question_of_the_agent_is_not_an_error(meet, hass, monkeypatch):
    monkeypatch.setattr(stt, "FOLLOW_UP_SECONDS", 0.2)
    satellite = await meet(says())
    assert (await satellite.ask(conversation_id="kitchen")).audio
    conversation = satellite.entry.runtime_data.conversations["kitchen"]
    conversation.expects_follow_up = True
    run = await satellite.ask(conversation_id="kitchen", stream=silence())
    assert PipelineEventType.ERROR not in run.kinds
    assert PipelineEventType.TTS_START not in run.kinds
    assert run.kinds[-1] is PipelineEventType.RUN_END
    assert run.said == ""
    assert state(satellite, "binary_sensor", "problem") == "off"
    assert state(satellite, "sensor", "last_error") == "unknown"
    log = hass.data[DATA_CHAT_LOGS]["kitchen"]
    assert [content.role for content in log.content].count("user") == 1
    # Only once: the next turn begins with a wake word again.
    assert not conversation.take_follow_up()
    assert (await satellite.ask(conversation_id="kitchen")).audio


async def test_follow_up_that_begins_late_is_heard(meet, monkeypatch):
    wait_end = stt._wait_end

    async def waits_until_the_user_speaks(turn, seconds):
        if seconds is None:
            return await wait_end(turn, None)
        await until(lambda: turn.heard_speech)
        over.set()
        return await wait_end(turn, 0.0)

    async def script(peer):
        await hear_out(peer)
        await peer.send(N, speech(0.1), AE)
        await peer.hear_voice(len(peer.voice) / 16_000 + 0.1)
        await peer.send(S)
        await over.wait()
        await hear_out(peer)
        await peer.send(N, speech(0.3, 2000), AE)
        await peer.closed.wait()

    over = asyncio.Event()
    monkeypatch.setattr(stt, "_wait_end", waits_until_the_user_speaks)
    satellite = await meet(script)
    await satellite.ask(conversation_id="kitchen")
    satellite.entry.runtime_data.conversations["kitchen"].expects_follow_up = True
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert 2000 in run.levels


# A client that continues to send after the end of its turn.


async def send_on(client, handler, *, until_event, seconds):
    """Send silence until an event, and for some time after it."""
    while not until_event.is_set():
        await client.send_bytes(bytes([handler]) + bytes(320))
        await asyncio.sleep(0.01)
    for _ in range(round(seconds * 100)):
        await client.send_bytes(bytes([handler]) + bytes(320))
        await asyncio.sleep(0.01)


async def test_late_chunks_of_a_browser_cause_no_errors_in_the_log(
    meet, hass, hass_ws_client, monkeypatch
):
    """The fixture of all tests looks for errors in the log."""
    monkeypatch.setattr(microphone, "LATE_SECONDS", 2.0)
    assert await async_setup_component(hass, "http", {})
    satellite = await meet(says(seconds=0.1))
    client = await hass_ws_client(hass)
    for number in range(1, 4):
        await client.send_json(
            {
                "id": number,
                "type": "assist_pipeline/run",
                "start_stage": "stt",
                "end_stage": "tts",
                "pipeline": satellite.pipeline.id,
                "input": {"sample_rate": 16_000},
            }
        )
        heard, kinds = asyncio.Event(), []
        sending = None
        while "run-end" not in kinds:
            message = await client.receive_json()
            if message["type"] != "event":
                continue
            event = message["event"]
            kinds.append(event["type"])
            if event["type"] == "run-start":
                handler = event["data"]["runner_data"]["stt_binary_handler_id"]
                sending = asyncio.create_task(
                    speak_on(client, handler, until_event=heard, seconds=0.2)
                )
            elif event["type"] == "stt-end":
                heard.set()
        assert sending is not None
        await sending
        assert "error" not in kinds


async def speak_on(client, handler, **end):
    """Say something, then keep sending."""
    for _ in range(30):
        await client.send_bytes(bytes([handler]) + b"\x00\x20" * 160)
        await asyncio.sleep(0.005)
    await send_on(client, handler, **end)


async def test_client_that_never_stops_is_not_waited_for(meet, monkeypatch):
    monkeypatch.setattr(microphone, "LATE_SECONDS", 0.2)
    satellite = await meet(says())
    run = await satellite.ask(conversation_id="kitchen")
    assert run.audio
    await until(lambda: not reading())


async def test_client_that_stops_at_once_is_not_waited_for(meet, monkeypatch):
    """It stops at the end of its turn, and leaves its stream open."""
    monkeypatch.setattr(microphone, "LATE_SECONDS", 3600)
    satellite = await meet(says())
    run = Run()

    async def stream():
        while PipelineEventType.STT_END not in run.kinds:
            yield b"\x00\x20" * 160
            await asyncio.sleep(0.005)
        await asyncio.Event().wait()

    await satellite.ask(conversation_id="kitchen", stream=stream(), run=run)
    assert run.audio
    assert not reading()


async def test_stream_of_a_satellite_is_closed_at_once(meet):
    """The stream of a satellite may be that of its next run."""
    satellite = await meet(says())
    readers = set()

    async def stream():
        while True:
            readers.update(reading())
            yield b"\x00\x20" * 160
            await asyncio.sleep(0.005)

    run = await satellite.ask(
        conversation_id="kitchen", stream=stream(), satellite_id="assist_satellite.kitchen"
    )
    assert run.audio
    assert len(readers) == 1
    assert not reading()


async def test_stream_that_stays_open_after_a_local_command_is_not_read_for_long(
    meet, hass, voice, monkeypatch
):
    """No entity of the integration is called after the command."""
    await add_sentence_trigger(hass)

    async def script(peer):
        await hear_out(peer)
        await peer.send(UserTranscript("start the party"))
        await peer.closed.wait()

    satellite = await meet(script)
    run = Run()

    async def stream():
        while PipelineEventType.STT_END not in run.kinds:
            yield b"\x00\x20" * 160
            await asyncio.sleep(0.005)
        await asyncio.Event().wait()

    monkeypatch.setattr(microphone, "READ_SECONDS", 3.0)
    await satellite.ask(conversation_id="kitchen", stream=stream(), run=run)
    assert run.said == "Party time!"
    await until(lambda: not reading())


def reading():
    """The tasks that read microphones."""
    return [task for task in asyncio.all_tasks() if "reads a microphone" in task.get_name()]
