"""Makes a Home Assistant worth trying: devices, rooms, history and a fallback voice.

Nothing of it needs a network or a package that scripts/setup does not install.
"""

import asyncio
import sys
from typing import Final

from home import ROOT, Home, HomeError

CONFIGURATION: Final = """\
demo:
history:
logbook:
recorder:
"""
"""Home Assistant's own demo devices, and what has happened to them."""

ROOMS: Final = ("Kitchen", "Living Room", "Bedroom", "Office", "Hall")


async def furnish(home: Home) -> None:
    """Add rooms with the demo devices in them, and the agent's engines as separate ones.

    Raises `HomeError`.
    """
    await home.api.command("config/core/update", country="US")
    await _add_rooms(home)
    await _use_engines(home, await _add_engines(home))


async def _add_rooms(home: Home) -> None:
    """Put each device that is named after a room into it."""
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


async def _add_engines(home: Home) -> dict[str, str]:
    """Serve the agent's ears and voice by Wyoming; return the entity of each platform."""
    log = home.folder / "wyoming.log"
    process = await home.start(
        sys.executable,
        str(ROOT / "benchmarks" / "wyoming_server.py"),
        log=log,
        stdout=asyncio.subprocess.PIPE,
    )
    port = await process.stdout.readline() if process.stdout is not None else b""
    if not port:
        raise HomeError(f"the fallback voice did not start, see {log}")
    entry = await home.add_entry("wyoming", {"host": "127.0.0.1", "port": int(port)})
    entities = await home.api.command("config/entity_registry/list")
    return {
        entity["entity_id"].partition(".")[0]: entity["entity_id"]
        for entity in entities
        if entity["config_entry_id"] == entry["result"]["entry_id"]
    }


async def _use_engines(home: Home, engines: dict[str, str]) -> None:
    """Let Home Assistant's own pipeline hear and speak with them."""
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
