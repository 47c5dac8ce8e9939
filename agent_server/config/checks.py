"""Checks settings from any source; the errors name the source and the field."""

from collections.abc import Callable
from typing import Any

from ..languages import is_english
from .engines import BuiltIn
from .fields import Fields
from .settings import AgentSettings, ConfigError


def check_table(where: str, table: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """Return the fields of a table as values; raises `ConfigError`."""
    for name in table:
        if name not in fields:
            raise ConfigError(f"{where}{name}: is not one of {', '.join(fields)}")
    return {name: check(where + name, fields[name], value) for name, value in table.items()}


def check(where: str, read: Callable[[Any], Any], value: Any) -> Any:
    """Return a setting as a value; raises `ConfigError`."""
    try:
        return read(value)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None


def check_language(where: str, agent: AgentSettings) -> None:
    """Raise `ConfigError` if a built-in engine does not know the language of the agent."""
    if is_english(agent.language):
        return
    for name, is_built_in in (
        ("stt", BuiltIn() in agent.stt),
        ("tts", BuiltIn() in agent.tts),
        ("brain", agent.brain == "builtin"),
    ):
        if is_built_in:
            raise ConfigError(
                f"{where}language: {name} is built in and knows only English, "
                f"not {agent.language}: choose another {name}"
            )
