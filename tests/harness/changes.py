"""Records the changes in a home during a conversation."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from .api import Api

_DOMAINS: Final = frozenset(("climate", "cover", "light", "lock", "media_player", "todo"))
_ATTRIBUTES: Final = ("current_position", "temperature", "volume_level", "timers")
"""Attributes whose changes a person notices."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entity has changed."""

    at: float
    """The time of `time.monotonic` at which the event arrived."""

    entity_id: str
    name: str
    what: str
    """The changed state or attribute."""

    before: Any
    after: Any

    def __str__(self) -> str:
        what = "" if self.what == "state" else f", {self.what}"
        return f"{self.name}{what}: {self.before} → {self.after}"


@asynccontextmanager
async def record_changes(api: Api) -> AsyncIterator[list[Change]]:
    """Append the changes of devices, lists and timers to a list."""
    changes: list[Change] = []
    number, answers = await api.subscribe("subscribe_events", event_type="state_changed")

    async def read() -> None:
        while True:
            message = await answers.get()
            if message["type"] == "event":
                changes.extend(_changes(message["event"]["data"]))

    task = asyncio.create_task(read())
    try:
        yield changes
        # A response to a later command: all events before it have arrived.
        await api.command("get_config")
        await asyncio.sleep(0)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await api.command("unsubscribe_events", subscription=number)


def _changes(data: dict[str, Any]) -> list[Change]:
    old, new = data["old_state"], data["new_state"]
    domain = data["entity_id"].partition(".")[0]
    if not old or not new or domain not in _DOMAINS | {"assist_satellite"}:
        return []
    name = new["attributes"].get("friendly_name", data["entity_id"])
    pairs = [(key, old["attributes"].get(key), new["attributes"].get(key)) for key in _ATTRIBUTES]
    if domain in _DOMAINS:
        pairs.insert(0, ("state", old["state"], new["state"]))
    return [
        Change(time.monotonic(), data["entity_id"], name, what, before, after)
        for what, before, after in pairs
        if before != after
    ]
