"""The settings of the server, from the command line and from a TOML file."""

import argparse
import logging
import stat
import tomllib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn, override

from . import VERSION
from .files import read_small_file
from .wire.protocol import is_key

_LOGGER = logging.getLogger(__name__)

BRAINS: Final = ("builtin", "echo")

_LONGEST_TEXT: Final = 1000
_LONGEST_NAME: Final = 200
"""Bytes of an id: it has to fit into an announcement."""


class ConfigError(Exception):
    """The settings cannot be used; one sentence that names the file and the field."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent as clients know it."""

    id: str
    key: str = field(repr=False)
    greeting: str = ""
    """What it says when a conversation opens; empty: nothing."""

    brain: str = BRAINS[0]


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """An agent as it was configured; id and key that are missing are made."""

    id: str | None = None
    key: str | None = field(default=None, repr=False)
    greeting: str = ""
    brain: str = BRAINS[0]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a server is told."""

    host: str = "127.0.0.1"
    port: int = 8765
    max_connections: int = 20
    document_only: bool = False
    pause: float = 0.6
    """Silence that ends the user's turn, in seconds."""

    state_dir: Path | None = None
    agents: tuple[AgentSettings, ...] = (AgentSettings(),)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(f"must be a text of at most {_LONGEST_TEXT} characters")
    return value


def parse_name(value: Any) -> str:
    """Return an id or a host; raises `ValueError`."""
    text = _text(value)
    if not text.isprintable() or " " in text or "/" in text:
        raise ValueError("must be a text without spaces and slashes")
    if not 0 < len(text.encode()) <= _LONGEST_NAME:
        raise ValueError(f"must be a text of 1 to {_LONGEST_NAME} bytes")
    return text


def parse_key(value: Any) -> str:
    """Return a key; raises `ValueError`."""
    if not isinstance(value, str) or not is_key(value):
        raise ValueError("must be a text of printable ASCII characters without spaces")
    return value


def _brain(value: Any) -> str:
    if value not in BRAINS:
        raise ValueError(f"must be one of {', '.join(BRAINS)}")
    return str(value)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 (one kind of error for all)
    return value


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            with suppress(ValueError):  # Python refuses to read thousands of digits.
                value = int(value)
        if type(value) is not int or not lowest <= value <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return value

    return read


def _pause(value: Any) -> float:
    try:
        seconds = float("nan") if isinstance(value, bool) else float(value)
    except TypeError, ValueError:
        seconds = float("nan")
    if not 0.1 <= seconds <= 5:  # noqa: PLR2004 (said in the next line)
        raise ValueError("must be a number of seconds from 0.1 to 5")
    return seconds


def _folder(value: Any) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a folder")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("is the home folder of a user who does not exist") from None


type _Fields = dict[str, Callable[[Any], Any]]

_AGENT_FIELDS: Final[_Fields] = {
    "id": parse_name,
    "key": parse_key,
    "greeting": _text,
    "brain": _brain,
}
_FIELDS: Final[_Fields] = {
    "host": parse_name,
    "port": _whole(0, 65535),
    "max_connections": _whole(1, 10_000),
    "document_only": _yes_or_no,
    "pause": _pause,
    "state_dir": _folder,
}


def load(arguments: Sequence[str]) -> Settings:
    """Read the command line, and the file that it may name; raises `ConfigError`.

    What the command line says counts more than the file.
    """
    given = vars(_parser().parse_args(arguments))
    config = given.pop("config", None)
    fields = {} if config is None else _read_file(Path(config))
    agent_options = {
        name: given.pop(option) for option, name in _AGENT_OPTIONS.items() if option in given
    }
    if agent_options and "agents" in fields:
        raise ConfigError(f"{config}: agents: cannot be combined with options of one agent")
    checked = {name: _check(_option(name), _FIELDS[name], value) for name, value in given.items()}
    if "agents" not in fields:
        agent = {
            name: _check(_option(option), _AGENT_FIELDS[name], agent_options[name])
            for option, name in _AGENT_OPTIONS.items()
            if name in agent_options
        }
        fields["agents"] = (AgentSettings(**agent),)
    return Settings(**{**fields, **checked})


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
    fields = _check_table(f"{path}: ", raw, _FIELDS)
    if agents is not None:
        fields["agents"] = _read_agents(path, agents)
        if status.st_mode & stat.S_IROTH and any(agent.key for agent in fields["agents"]):
            _LOGGER.warning("Every user of this computer can read the keys in %s", path)
    return fields


def _read_agents(path: Path, tables: Any) -> tuple[AgentSettings, ...]:
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise ConfigError(f"{path}: agents: must be one [[agents]] section or more")
    agents: list[AgentSettings] = []
    for number, table in enumerate(tables, 1):
        where = f"{path}: agents, number {number}: "
        if "id" not in table:
            raise ConfigError(f"{where}id: is missing")
        agents.append(AgentSettings(**_check_table(where, table, _AGENT_FIELDS)))
        if agents[-1].id in [agent.id for agent in agents[:-1]]:
            raise ConfigError(f"{where}id: is the id of an earlier agent")
    return tuple(agents)


def _check_table(where: str, table: dict[str, Any], fields: _Fields) -> dict[str, Any]:
    for name in table:
        if name not in fields:
            raise ConfigError(f"{where}{name}: is not one of {', '.join(fields)}")
    return {name: _check(where + name, fields[name], value) for name, value in table.items()}


def _check(where: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None


_AGENT_OPTIONS: Final = {
    "agent_id": "id",
    "api_key": "key",
    "greeting": "greeting",
    "brain": "brain",
}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    @override
    def error(self, message: str) -> NoReturn:
        raise ConfigError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="agent_server",
        description="A voice agent that speaks the Agent WebSocket protocol.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=VERSION)
    for option, meaning in (
        ("--config", "a TOML file with these settings, and with several agents"),
        ("--host", "the address to listen on (127.0.0.1: this machine only)"),
        ("--port", "the port to listen on (8765; 0 takes a free one)"),
        ("--agent-id", "the agent's id (made at the first start)"),
        ("--api-key", "the agent's key (made at the first start)"),
        ("--brain", f"what answers: {' or '.join(BRAINS)} ({BRAINS[0]})"),
        ("--greeting", "what the agent says when a conversation opens (nothing)"),
        ("--max-connections", "conversations at once (20)"),
        ("--pause", "seconds of silence that end the user's turn (0.6)"),
        ("--state-dir", "the folder for the id and key that are made"),
    ):
        parser.add_argument(option, help=meaning, metavar="…")
    parser.add_argument(
        "--document-only",
        action="store_true",
        help="send nothing that is not in the protocol's document",
    )
    return parser
