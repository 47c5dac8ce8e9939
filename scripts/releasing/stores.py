"""The integration's data in Home Assistant's configuration folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_KEPT: Final = ("entity_id", "name", "area_id", "disabled_by", "hidden_by", "icon")


@dataclass(frozen=True)
class Stores:
    """The parts that a user notices if an upgrade loses them."""

    entries: dict[str, dict[str, Any]]
    """The data and the options of each config entry, by its id."""

    entities: dict[str, dict[str, Any]]
    """The fields of each entity that a user can change, by its unique id."""

    pipelines: dict[str, dict[str, Any]]
    """The Assist pipelines, by their ids."""

    preferred: str | None
    """The id of the preferred pipeline."""

    def lost(self, later: Stores) -> list[str]:
        """Return missing and changed data; an empty list if all was kept."""
        problems = []
        for name in ("entries", "entities", "pipelines"):
            for key, before in getattr(self, name).items():
                after = getattr(later, name).get(key)
                if after is None:
                    problems.append(f"{name}: {key} is gone")
                    continue
                problems += [
                    f"{name}: {field} of {key} was {value!r} and is {after.get(field)!r}"
                    for field, value in before.items()
                    if field not in after or after[field] != value
                ]
        if self.preferred != later.preferred:
            problems.append(f"the preferred pipeline was {self.preferred}, is {later.preferred}")
        return problems


def read_stores(config: Path) -> Stores:
    """Read the files of a Home Assistant that has stopped."""
    entries = _read(config, "core.config_entries")["entries"]
    entities = _read(config, "core.entity_registry")["entities"]
    pipelines = _read(config, "assist_pipeline.pipelines")
    return Stores(
        entries={
            entry["entry_id"]: {
                "title": entry["title"],
                "unique_id": entry["unique_id"],
                **{f"data {name}": value for name, value in entry["data"].items()},
                **{f"option {name}": value for name, value in entry["options"].items()},
            }
            for entry in entries
            if entry["domain"] == "playai"
        },
        entities={
            entity["unique_id"]: {name: entity[name] for name in _KEPT}
            for entity in entities
            if entity["platform"] == "playai"
        },
        pipelines={pipeline["id"]: pipeline for pipeline in pipelines["items"]},
        preferred=pipelines["preferred_item"],
    )


def _read(config: Path, name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((config / ".storage" / name).read_text("utf-8"))["data"]
    return data
