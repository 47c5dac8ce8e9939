"""Furnishes a Home Assistant with devices, rooms, history and a fallback voice, all offline."""

from typing import Final

from .home import Home
from .wyoming import add_engines

CONFIGURATION: Final = """\
demo:
history:
logbook:
recorder:
"""
"""Home Assistant's demo devices, and their history."""

ROOMS: Final = ("Kitchen", "Living Room", "Bedroom", "Office", "Hall")


async def furnish(home: Home) -> None:
    """Add rooms with demo devices, and a pipeline of separate engines; raises `HomeError`."""
    await home.api.command("config/core/update", country="US")
    await _add_rooms(home)
    await _use_engines(home, await add_engines(home))


async def _add_rooms(home: Home) -> None:
    """Assign each device whose name begins with a room to that room."""
    devices = await home.api.command("config/device_registry/list")
    for room in ROOMS:
        area = await home.api.command("config/area_registry/create", name=room)
        for device in devices:
            if (device["name"] or "").casefold().startswith(room.casefold()):
                await home.api.command(
                    "config/device_registry/update",
                    device_id=device["id"],
                    area_id=area["area_id"],
                )


async def _use_engines(home: Home, engines: dict[str, str]) -> None:
    """Use the engines in the preferred pipeline."""
    found = await home.api.command("assist_pipeline/pipeline/list")
    for pipeline in found["pipelines"]:
        if pipeline["id"] == found["preferred_pipeline"]:
            fields = {name: value for name, value in pipeline.items() if name != "id"}
            fields |= {
                "stt_engine": engines["stt"],
                "stt_language": "en",
                "tts_engine": engines["tts"],
                "tts_language": "en",
                "tts_voice": None,
            }
            await home.api.command(
                "assist_pipeline/pipeline/update", pipeline_id=pipeline["id"], **fields
            )
