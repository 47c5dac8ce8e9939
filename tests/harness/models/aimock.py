"""Starts aimock, a server that imitates those of model providers, with answers of a file."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from .. import ROOT
from ..api import HomeError

MODEL: Final = "gpt-4o"
"""One of the models that the server lists."""

_PROGRAM: Final = ROOT / ".envs" / "models" / "node_modules" / "@copilotkit" / "aimock" / "dist"
_START_SECONDS: Final = 60.0


def is_installed() -> bool:
    """Return whether `scripts/model-servers` has installed it."""
    return shutil.which("node") is not None and _PROGRAM.exists()


@asynccontextmanager
async def aimock(folder: Path, fixtures: list[dict[str, Any]]) -> AsyncIterator[str]:
    """Run the server and yield its address; raises `HomeError` if it does not start.

    `fixtures` are those of aimock: the first one that matches a question answers it.
    """
    file = folder / "fixtures.json"
    await asyncio.to_thread(file.write_text, json.dumps({"fixtures": fixtures}))
    process = await asyncio.create_subprocess_exec(
        "node",
        str(_PROGRAM / "cli.js"),
        *("--port", "0", "--fixtures", str(file), "--strict"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(_START_SECONDS):
            line = ""
            while "listening on" not in line:
                if not (data := await process.stdout.readline()):
                    raise HomeError(f"aimock does not start: {line.strip()}")
                line = data.decode()
        reading = asyncio.create_task(_drain(process.stdout))
        yield line.split()[-1]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if reading is not None:
            await reading


async def _drain(stream: asyncio.StreamReader) -> None:
    """Read a program's output, so that it can write more."""
    while await stream.read(65_536):
        pass
