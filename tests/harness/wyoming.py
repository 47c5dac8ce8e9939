"""Adds the agent's engines to a Home Assistant as separate ones, through the Wyoming protocol."""

import asyncio
import sys

from .api import HomeError
from .home import Home


async def add_engines(home: Home) -> dict[str, str]:
    """Serve the engines and set `wyoming` up; return the entity id of each platform.

    The platforms are `stt`, `conversation` and `tts`. Raises `HomeError`.
    """
    log = home.folder / "wyoming.log"
    process = await home.start(
        sys.executable,
        *("-m", "tests.harness.wyoming_server"),
        log=log,
        stdout=asyncio.subprocess.PIPE,
    )
    port = await process.stdout.readline() if process.stdout is not None else b""
    if not port:
        raise HomeError(f"the Wyoming server did not start, see {log}")
    entry = await home.add_entry("wyoming", {"host": "127.0.0.1", "port": int(port)})
    entities = await home.api.command("config/entity_registry/list")
    return {
        entity["entity_id"].partition(".")[0]: entity["entity_id"]
        for entity in entities
        if entity["config_entry_id"] == entry["result"]["entry_id"]
    }
