"""Satellites for the demo, the tests and the benchmarks, driven through the WebSocket API.

`demo_satellite/run` runs a pipeline with a preferred audio format, as a satellite does; Home
Assistant's `assist_pipeline/run` cannot. `demo_satellite/ask` runs the preferred pipeline at a
satellite that was added through the config flow, with its device, its area and its conversation.
`demo_satellite/look` counts tasks and objects.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import voluptuous as vol
from homeassistant.components import assist_pipeline, stt, websocket_api
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .assist_satellite import SPEAKER, DemoSatellite, EventListener
from .const import DOMAIN
from .look import look

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)
_PLATFORMS = [Platform.ASSIST_SATELLITE]


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Add the commands."""
    for command in (run, ask, played, look):
        websocket_api.async_register_command(hass, command)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Add a satellite."""
    await hass.config_entries.async_forward_entry_setups(entry, _PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Remove a satellite."""
    return await hass.config_entries.async_unload_platforms(entry, _PLATFORMS)


@websocket_api.websocket_command(
    {
        vol.Required("type"): "demo_satellite/run",
        vol.Required("pipeline"): str,
        vol.Required("tts_audio_output"): dict,
        vol.Required("conversation_id"): vol.Any(str, None),
    },
    # The demo sends the fields of `assist_pipeline/run` too.
)
@websocket_api.async_response
async def run(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Run a pipeline from speech to speech."""
    pipeline = assist_pipeline.async_get_pipeline(hass, msg["pipeline"])

    async def run_pipeline(chunks: AsyncIterator[bytes], listener: EventListener) -> None:
        await assist_pipeline.async_pipeline_from_audio_stream(
            hass,
            context=connection.context(msg),
            event_callback=listener,
            stt_metadata=stt.SpeechMetadata(
                language=pipeline.stt_language or pipeline.language,
                format=stt.AudioFormats.WAV,
                codec=stt.AudioCodecs.PCM,
                bit_rate=stt.AudioBitRates.BITRATE_16,
                sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
                channel=stt.AudioChannels.CHANNEL_MONO,
            ),
            stt_stream=chunks,
            pipeline_id=pipeline.id,
            conversation_id=msg["conversation_id"],
            tts_audio_output=msg["tts_audio_output"],
        )

    await _speak(connection, msg, run_pipeline)


@websocket_api.websocket_command(
    {
        vol.Required("type"): "demo_satellite/ask",
        vol.Required("entity_id"): str,
        vol.Optional("tts_audio_output"): dict,
    }
)
@websocket_api.async_response
async def ask(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Run the preferred pipeline at a satellite."""
    satellite = _find(hass, connection, msg)
    if satellite is None:
        return

    async def run_pipeline(chunks: AsyncIterator[bytes], listener: EventListener) -> None:
        is_started = False

        def own_events(event: assist_pipeline.PipelineEvent) -> None:
            # This run cancels the previous one, whose end comes first.
            nonlocal is_started
            is_started |= event.type is assist_pipeline.PipelineEventType.RUN_START
            if is_started:
                listener(event)

        satellite.listener = own_events
        satellite.set_output(msg.get("tts_audio_output", SPEAKER))
        try:
            await satellite.async_accept_pipeline_from_satellite(chunks)
        finally:
            if satellite.listener is own_events:
                satellite.listener = None

    await _speak(connection, msg, run_pipeline)


@websocket_api.websocket_command(
    {vol.Required("type"): "demo_satellite/played", vol.Required("entity_id"): str}
)
@callback
def played(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Report that a satellite has played the answer."""
    if (satellite := _find(hass, connection, msg)) is not None:
        satellite.tts_response_finished()
        connection.send_result(msg["id"])


def _find(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> DemoSatellite | None:
    """Return a satellite by its entity id; send an error if there is none."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        satellite: DemoSatellite = entry.runtime_data
        if satellite.entity_id == msg["entity_id"]:
            return satellite
    connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, "no such satellite")
    return None


async def _speak(
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
    run_pipeline: Callable[[AsyncIterator[bytes], EventListener], Awaitable[None]],
) -> None:
    """Run a pipeline on the audio that the client sends, and send it the events."""
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    handler, unregister = connection.async_register_binary_handler(
        lambda _hass, _connection, data: chunks.put_nowait(data)
    )

    async def stream() -> AsyncIterator[bytes]:
        while chunk := await chunks.get():
            yield chunk

    def send(event: assist_pipeline.PipelineEvent) -> None:
        if event.type is assist_pipeline.PipelineEventType.RUN_START and event.data is not None:
            event.data["runner_data"] = {"stt_binary_handler_id": handler}
        connection.send_event(msg["id"], event)

    connection.send_result(msg["id"])
    task = asyncio.current_task()
    # A satellite that disconnects cancels its run.
    connection.subscriptions[msg["id"]] = lambda: task is not None and task.cancel()
    try:
        await run_pipeline(stream(), send)
    finally:
        unregister()
