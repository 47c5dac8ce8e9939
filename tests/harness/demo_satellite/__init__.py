"""Adds WebSocket commands to Home Assistant for the demo and the fault run.

`demo_satellite/run` runs a pipeline with a preferred audio format, as a satellite does; Home
Assistant's `assist_pipeline/run` cannot. `demo_satellite/look` counts tasks and objects.
"""

import asyncio
import ctypes
import gc
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import voluptuous as vol
from homeassistant.components import assist_pipeline, stt, websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.empty_config_schema("demo_satellite")


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Add the commands."""
    websocket_api.async_register_command(hass, run)
    websocket_api.async_register_command(hass, look)
    return True


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
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    handler, unregister = connection.async_register_binary_handler(
        lambda _hass, _connection, data: chunks.put_nowait(data)
    )

    async def stream() -> AsyncIterator[bytes]:
        while chunk := await chunks.get():
            yield chunk

    def happened(event: assist_pipeline.PipelineEvent) -> None:
        if event.type is assist_pipeline.PipelineEventType.RUN_START and event.data is not None:
            event.data["runner_data"] = {"stt_binary_handler_id": handler}
        connection.send_event(msg["id"], event)

    pipeline = assist_pipeline.async_get_pipeline(hass, msg["pipeline"])
    connection.send_result(msg["id"])
    task = asyncio.current_task()
    # A satellite that disconnects cancels its run.
    connection.subscriptions[msg["id"]] = lambda: task is not None and task.cancel()
    try:
        await assist_pipeline.async_pipeline_from_audio_stream(
            hass,
            context=connection.context(msg),
            event_callback=happened,
            stt_metadata=stt.SpeechMetadata(
                language=pipeline.stt_language or pipeline.language,
                format=stt.AudioFormats.WAV,
                codec=stt.AudioCodecs.PCM,
                bit_rate=stt.AudioBitRates.BITRATE_16,
                sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
                channel=stt.AudioChannels.CHANNEL_MONO,
            ),
            stt_stream=stream(),
            pipeline_id=pipeline.id,
            conversation_id=msg["conversation_id"],
            tts_audio_output=msg["tts_audio_output"],
        )
    finally:
        unregister()


@websocket_api.websocket_command(
    {vol.Required("type"): "demo_satellite/look", vol.Required("objects"): bool}
)
@callback
def look(
    _hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Count the tasks by name and, on request, the objects of the integration by type."""
    names = Counter(task.get_name() for task in asyncio.all_tasks())
    objects: Counter[str] = Counter()
    if msg["objects"]:
        gc.collect()
        things = gc.get_objects()
        objects["all"] = len(things)
        objects.update(
            type(thing).__qualname__
            for thing in things
            if str(type(thing).__module__).startswith("custom_components.playai")
        )
        objects["blocks"] = sys.getallocatedblocks()
        # Return whole free pages to the system.
        ctypes.CDLL(None).malloc_trim(0)
    connection.send_result(
        msg["id"], {"tasks": names, "objects": objects, "malloc": _given_out() / 2**20}
    )


class _MallocInfo(ctypes.Structure):
    """`struct mallinfo2` of glibc, see mallinfo(3)."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def _given_out() -> int:
    """Return the number of bytes that are allocated with `malloc`."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _MallocInfo
    info = mallinfo()
    return int(info.uordblks + info.hblkhd)
