"""Runs an agent for one program: on a free port, with an id and a key for this run only."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0


class OwnAgentError(Exception):
    """The agent did not start; the text is the last line that it printed."""


@dataclass(frozen=True, slots=True)
class OwnAgent:
    """How to reach the agent."""

    url: str
    agent_id: str
    key: str = field(repr=False)


@asynccontextmanager
async def own_agent() -> AsyncIterator[OwnAgent]:
    """Start an agent, and stop it at the end; raises `OwnAgentError`."""
    with tempfile.TemporaryDirectory(prefix="playai-agent-") as name:
        folder = Path(name)
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "agent_server", "--port", "0", "--state-dir", name),
                cwd=_ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        try:
            url = await _first_line(process)
            if not url:
                raise OwnAgentError((folder / "log").read_text().strip().rpartition("\n")[2])
            identity = json.loads((folder / "identity.json").read_text())
            agent_id = identity["agent_id"]
            yield OwnAgent(url, agent_id, identity["keys"][agent_id])
        finally:
            await _stop(process)


async def _first_line(process: asyncio.subprocess.Process) -> str:
    """Return what the agent prints first, its address; nothing when it does not start."""
    assert process.stdout is not None  # noqa: S101 (it is a pipe)
    with suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            return (await process.stdout.readline()).decode().strip()
    return ""


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
