"""Runs an agent on a free port, with an id and a key for this run only."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from . import ROOT
from .processes import stop

_START_SECONDS: Final = 180.0


class OwnAgentError(Exception):
    """The agent did not start; the text is the last line of its log."""


@dataclass(frozen=True, slots=True)
class OwnAgent:
    """How to reach the agent."""

    url: str
    agent_id: str
    key: str = field(repr=False)
    pid: int
    """The id of its process."""


@asynccontextmanager
async def temporary_agent() -> AsyncIterator[OwnAgent]:
    """Run an agent that leaves nothing behind; raises `OwnAgentError`."""
    with tempfile.TemporaryDirectory(prefix="playai-agent-") as folder:
        async with own_agent(Path(folder), Path(folder) / "log") as agent:
            yield agent


@asynccontextmanager
async def own_agent(state: Path, log: Path, engines: str = "") -> AsyncIterator[OwnAgent]:
    """Run an agent that keeps its identity in the folder `state`; raises `OwnAgentError`.

    `engines` are lines of the agent's section in a TOML file.
    """
    options: tuple[str, ...] = ()
    if engines:
        config = state.with_suffix(".toml")
        await asyncio.to_thread(config.write_text, f"[[agents]]\nid = 'agent'\n{engines}\n")
        options = ("--config", str(config))
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "agent_server", "--port", "0", "--state-dir", str(state), *options),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
    try:
        url = await _first_line(process)
        if not url:
            raise OwnAgentError(_last_line(log))
        yield read_identity(url, state / "identity.json", process.pid)
    finally:
        await stop(process)


async def _first_line(process: asyncio.subprocess.Process) -> str:
    """Return the address, which the agent prints first, or nothing if it does not start."""
    assert process.stdout is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            return (await process.stdout.readline()).decode().strip()
    return ""


def _last_line(log: Path) -> str:
    return log.read_text().strip().rpartition("\n")[2]


def read_identity(url: str, file: Path, pid: int) -> OwnAgent:
    """Return an agent with the id and key that it has written to its folder."""
    identity = json.loads(file.read_text())
    [(agent_id, key)] = identity["keys"].items()
    return OwnAgent(url, agent_id, key, pid)
