"""Reads the settings from the command line and from a TOML file."""

import argparse
import logging
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, override

from .. import VERSION
from ..files import read_small_file
from ..languages import DEFAULT_LANGUAGE
from .app_options import read_app_options
from .checks import check, check_language, check_table
from .engine_fields import engine_fields
from .fields import AGENT_FIELDS, FIELDS
from .settings import BRAINS, LONGEST_PAUSE, AgentSettings, ConfigError, EndOfTurn, Settings

_LOGGER = logging.getLogger(__name__)


def load(arguments: Sequence[str]) -> Settings:
    """Return the settings of the command line and of a file that it names; raises `ConfigError`.

    The command line takes precedence over the file.
    """
    given = vars(_parser().parse_args(arguments))
    checked = given.pop("check", None)
    config = given.pop("config", None)
    if config and checked:
        raise ConfigError("--check: cannot be combined with --config")
    config = config or checked
    options = given.pop("app_options", None)
    is_app = options is not None and Path(options).exists()
    if config and is_app:
        raise ConfigError(f"--config: cannot be combined with {options}")
    fields = {}
    if is_app:
        fields = read_app_options(Path(options))
    elif config:
        fields = _read_file(Path(config))
    agent_options = {
        name: given.pop(option) for option, name in _AGENT_OPTIONS.items() if option in given
    }
    if agent_options and "agents" in fields:
        raise ConfigError(
            f"{config or options}: agents: cannot be combined with options of one agent"
        )
    general = {name: check(_option(name), FIELDS[name], value) for name, value in given.items()}
    if "agents" not in fields:
        agent = {
            name: check(_option(option), AGENT_FIELDS[name], agent_options[name])
            for option, name in _AGENT_OPTIONS.items()
            if name in agent_options
        }
        fields["agents"] = (AgentSettings(**agent),)
        check_language("--", fields["agents"][0])
    return Settings(**{**fields, **general}, is_app=is_app, is_check=checked is not None)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        content, status = read_small_file(path)
        # Editors on Windows begin a file with a byte order mark.
        raw = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    agents = raw.pop("agents", None)
    fields = check_table(f"{path}: ", raw, FIELDS)
    if agents is not None:
        fields["agents"] = _read_agents(path, agents)
        if status.st_mode & stat.S_IROTH and _has_key(agents):
            _LOGGER.warning("Every user of this computer can read the keys in %s", path)
    return fields


def _read_agents(path: Path, tables: Any) -> tuple[AgentSettings, ...]:
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise ConfigError(f"{path}: agents: must be one [[agents]] section or more")
    readers = AGENT_FIELDS | engine_fields(path.parent)
    agents: list[AgentSettings] = []
    for number, table in enumerate(tables, 1):
        where = f"{path}: agents, number {number}: "
        if "id" not in table:
            raise ConfigError(f"{where}id: is missing")
        agents.append(AgentSettings(**check_table(where, table, readers)))
        check_language(where, agents[-1])
        if agents[-1].id in [agent.id for agent in agents[:-1]]:
            raise ConfigError(f"{where}id: is the id of an earlier agent")
    return tuple(agents)


def _has_key(tables: Any) -> bool:
    """Whether tables of a file contain a secret, and not only the place of one."""
    if isinstance(tables, dict):
        return "key" in tables or any(map(_has_key, tables.values()))
    return isinstance(tables, list) and any(map(_has_key, tables))


_AGENT_OPTIONS: Final = {
    "agent_id": "id",
    "api_key": "key",
    "greeting": "greeting",
    "brain": "brain",
    "language": "language",
}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


class _Parser(argparse.ArgumentParser):
    """Raises `ConfigError` instead of exiting, so that all errors have the same form."""

    @override
    def error(self, message: str) -> NoReturn:
        raise ConfigError(message)


def _parser() -> argparse.ArgumentParser:
    defaults = Settings()
    parser = _Parser(
        prog="agent_server",
        description="A voice agent that speaks the Agent WebSocket protocol.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=VERSION)
    for option, meaning in (
        ("--config", "a TOML file with these settings, and with several agents"),
        ("--host", f"the address to listen on ({defaults.host}: this machine only)"),
        ("--port", f"the port to listen on ({defaults.port}; 0 takes a free one)"),
        ("--agent-id", "the agent's id (created at the first start)"),
        ("--api-key", "the agent's key (created at the first start)"),
        ("--brain", f"what answers: {', '.join(BRAINS)} ({BRAINS[0]})"),
        ("--language", f"the language of the agent ({DEFAULT_LANGUAGE})"),
        ("--greeting", "what the agent says when a conversation opens (nothing)"),
        ("--max-connections", f"conversations at once ({defaults.max_connections})"),
        ("--end-of-turn", f"how soon it answers: {', '.join(EndOfTurn)} ({EndOfTurn.NORMAL})"),
        ("--pause", f"the longest pause inside a turn, in seconds ({LONGEST_PAUSE})"),
        ("--state-dir", "the folder for the id and key that are created"),
        ("--run-as", "the number of the user to become if root starts the server"),
        ("--app-options", "the options of the Home Assistant app; used if the file exists"),
    ):
        parser.add_argument(option, help=meaning, metavar="…")
    parser.add_argument(
        "--check",
        nargs="?",
        const="",
        help="use each engine of a file once, print what it offers and how long it took, and exit",
        metavar="…",
    )
    parser.add_argument(
        "--document-only",
        action="store_true",
        help="send nothing that is not in the protocol's document",
    )
    return parser
