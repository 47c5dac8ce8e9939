"""Reads the options of the Home Assistant app, which the Supervisor writes as JSON."""

import json
from pathlib import Path
from typing import Any, Final

from ..files import read_small_file
from .checks import check_language, check_table
from .engine_fields import engine_fields
from .fields import AGENT_FIELDS, FIELDS, Fields
from .settings import AgentSettings, ConfigError

_OF_AGENT: Final = {"api_key": "key", "language": "language", "greeting": "greeting"}
"""The fields of the agent, by the names of their options."""

_OF_SERVER: Final = ("end_of_turn", "max_connections")
_EMPTY: Final[tuple[Any, ...]] = ("", None, {})
"""Values that the form sends for a cleared option."""


def read_app_options(path: Path) -> dict[str, Any]:
    """Return fields of `Settings`, with one agent; raises `ConfigError`."""
    try:
        content, _ = read_small_file(path)
        options = json.loads(content)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError, RecursionError:
        raise ConfigError(f"{path}: is not JSON") from None
    if not isinstance(options, dict):
        raise ConfigError(f"{path}: must be an object")
    where = f"{path}: "
    engines = engine_fields(path.parent)
    readers: Fields = {
        **{name: FIELDS[name] for name in _OF_SERVER},
        **{option: AGENT_FIELDS[name] for option, name in _OF_AGENT.items()},
        **engines,
    }
    fields = check_table(where, _given(options), readers)
    agent = AgentSettings(
        **{name: fields.pop(name) for name in engines if name in fields},
        **{name: fields.pop(option) for option, name in _OF_AGENT.items() if option in fields},
    )
    check_language(where, agent)
    return {**fields, "agents": (agent,)}


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that have a value."""
    given = {
        name: _given(value) if isinstance(value, dict) else value for name, value in options.items()
    }
    return {name: value for name, value in given.items() if value not in _EMPTY}
