"""Observes Home Assistant during the turns: memory, tasks, and where the key appears."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.server import look_at
from tests.harness.home import Home

SETTLE_SECONDS: Final = 20.0
"""Time for the last connection attempts to end."""

OURS: Final = ("voice agent", "playai")
"""Prefixes of the names of the integration's tasks."""


@dataclass
class Look:
    """The resources of Home Assistant at one moment."""

    turns: int
    seconds: float
    """Since the start."""

    memory: float
    """Resident size of the process in MB."""

    malloc: float
    """Memory that is allocated with `malloc` in MB, without Python's small objects."""

    threads: int
    files: int
    tasks: Counter[str]
    objects: Counter[str]
    """Objects of the integration by type, `all` objects, and `blocks` of Python memory."""

    @property
    def ours(self) -> int:
        """The number of the integration's tasks."""
        return sum(n for name, n in self.tasks.items() if name.startswith(OURS))

    def __str__(self) -> str:
        process = f"{self.memory:.1f} | {self.malloc:.1f} | {self.threads} | {self.files}"
        tasks = f"{self.tasks.total()} | {self.ours}"
        return f"| {self.turns} | {self.seconds / 60:.1f} | {process} | {tasks} |"


async def look(home: Home, turns: int, seconds: float, *, objects: bool = False) -> Look:
    """Return the current resources."""
    found = await home.api.command("demo_satellite/look", objects=objects)
    memory, threads, files = look_at(home.hass_pid)
    return Look(
        turns=turns,
        seconds=seconds,
        memory=memory,
        malloc=found["malloc"],
        threads=threads,
        files=files,
        tasks=Counter(found["tasks"]),
        objects=Counter(found["objects"]),
    )


async def look_when_quiet(home: Home, turns: int, seconds: float) -> Look:
    """End all conversations, wait for their tasks, and return the resources."""
    states = await home.api.command("get_states")
    buttons = [s["entity_id"] for s in states if s["entity_id"].startswith("button.voice_agent")]
    await home.api.command(
        "call_service",
        domain="button",
        service="press",
        target={"entity_id": buttons},
    )
    async with asyncio.timeout(SETTLE_SECONDS):
        while (await look(home, turns, seconds)).ours:  # noqa: ASYNC110 (there is no event)
            await asyncio.sleep(0.5)
    await asyncio.sleep(2)
    return await look(home, turns, seconds, objects=True)


@dataclass
class Secret:
    """Searches for the key outside its store."""

    key: str
    seen: Counter[str] = field(default_factory=Counter)
    """Places where the key was found, with counts."""

    searched: Counter[str] = field(default_factory=Counter)
    """Searched places, with counts."""

    def search(self, place: str, text: str) -> None:
        """Search a text."""
        self.searched[place] += 1
        if found := text.count(self.key):
            self.seen[place] += found

    def search_folder(self, folder: Path) -> None:
        """Search all files but the store of the config entries."""
        for path in folder.rglob("*"):
            if path.is_file() and not path.name.startswith("core.config_entries"):
                place = "files" if path.suffix != ".log" else "log"
                self.searched[place] += 1
                if self.key.encode() in path.read_bytes():
                    self.seen[str(path.relative_to(folder))] += 1

    @asynccontextmanager
    async def watching_events(self, home: Home) -> AsyncGenerator[None]:
        """Search every event on Home Assistant's bus."""
        _, events = await home.api.subscribe("subscribe_events")

        async def watch() -> None:
            while True:
                self.search("events", json.dumps(await events.get()))

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def search_api(self, home: Home, entry_id: str) -> None:
        """Search the states, the issues, the flows and the diagnostics; raises `HTTPError`."""
        for kind in ("get_states", "repairs/list_issues", "config_entries/flow/progress"):
            self.search("states, issues, flows", json.dumps(await home.api.command(kind)))
        url = f"{home.url}/api/diagnostics/config_entry/{entry_id}"
        async with home.api.http.get(url) as response:
            response.raise_for_status()
            self.search("diagnostics", await response.text())


def bad_lines(log: str) -> Iterator[str]:
    """Yield the lines that must not be in Home Assistant's log."""
    for line in log.splitlines():
        if "Traceback" in line or ("playai" in line and " ERROR " in line):
            yield line


async def complaints(home: Home) -> list[str]:
    """Return the remaining issues, and flows other than the one that asks for the key."""
    found: list[str] = []
    states: list[dict[str, Any]] = await home.api.command("get_states")
    for state in states:
        if state["entity_id"] == "binary_sensor.voice_agent_problem" and state["state"] != "off":
            found.append("the problem is still on")
        if state["entity_id"] == "sensor.voice_agent_status":
            if state["attributes"]["conversations"]:
                found.append(f"{state['attributes']['conversations']} conversations are open")
            if state["state"] != "idle":
                found.append(f"the status is {state['state']}")
    issues = (await home.api.command("repairs/list_issues"))["issues"]
    found += [
        f"the issue {issue['issue_id']}"
        for issue in issues
        if issue["domain"] == "playai" and issue["translation_key"] != "no_fallback_voice"
    ]
    flows = await home.api.command("config_entries/flow/progress")
    if len(flows) > 1:
        found.append(f"{len(flows)} flows are in progress")
    return found
