"""Agents that Home Assistant discovers: that of an app, and one on the network."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

from . import ROOT
from .home import Home
from .own_agent import OwnAgent, read_identity
from .supervisor import UUID, FakeSupervisor

LOOPBACK_ZEROCONF: Final = ROOT / "tests" / "harness" / "loopback_zeroconf"
"""A component with which Home Assistant hears the announcements on loopback."""

_APP: Final = """\
import functools, socket, sys
from agent_server import run
from agent_server.__main__ import main
socket.gethostname = lambda: "127.0.0.1"
run.Supervisor = functools.partial(run.Supervisor, sys.argv.pop(1))
sys.exit(main())
"""
"""The agent as the image starts it, with another Supervisor and another name of the computer."""

_ANNOUNCED: Final = """\
import functools, sys
from agent_server import announce, run
from agent_server.__main__ import main
announce.AsyncZeroconf = functools.partial(announce.AsyncZeroconf, interfaces=["127.0.0.1"])
run.is_loopback = lambda address: False
sys.exit(main())
"""
"""The agent on loopback, which it announces as if it were the network."""


async def start_app(home: Home, supervisor: FakeSupervisor, folder: Path) -> OwnAgent:
    """Start the agent of an app, and let the Supervisor report it to Home Assistant."""
    options = folder / "options.json"
    options.write_text(json.dumps({"language": "en", "stt": {}, "tts": {}, "brain": {}}))
    process = await home.start(
        sys.executable,
        *("-c", _APP, supervisor.url, "--app-options", str(options)),
        *("--state-dir", str(folder / "agent"), "--port", "0"),
        log=folder / "agent.log",
    )
    while supervisor.announced is None:
        await asyncio.sleep(0.1)
    path = f"{home.url}/api/hassio_push/discovery/{UUID}"
    async with home.api.http.post(path, json={}) as response:
        assert response.status == 200
    config = supervisor.announced["config"]
    url = f"ws://{config['host']}:{config['port']}"
    return read_identity(url, folder / "agent" / "identity.json", process.pid)


async def start_announced(home: Home, folder: Path) -> OwnAgent:
    """Start an agent that announces itself on loopback."""
    process = await home.start(
        sys.executable,
        *("-c", _ANNOUNCED, "--port", "0", "--state-dir", str(folder / "announced")),
        log=folder / "announced.log",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    assert url, (folder / "announced.log").read_text()
    return read_identity(url, folder / "announced" / "identity.json", process.pid)
