"""The agent ids and keys that a server made for itself, in a file that only its owner can read.

JSON: the id of the agent without a configured one, and the key of each agent by its id.
"""

import json
import logging
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from .config import (
    Agent,
    AgentSettings,
    ConfigError,
    parse_key,
    parse_name,
    state_folder,
)
from .files import read_small_file
from .keys import new_key

_LOGGER = logging.getLogger(__name__)

FILE_NAME: Final = "identity.json"


class Identity:
    """Creates missing ids and keys, and keeps them in a file.

    The file is read only when an id or a key is missing in the configuration: a server with
    configured ids and keys needs no file.
    """

    def __init__(self, folder: Path | None) -> None:
        """`folder` contains the file; None is the user's folder for state (XDG)."""
        self.new_keys: dict[str, str] = {}
        """The keys created by this process, by agent id; not shown to the user yet."""

        self._folder = folder
        self._fields: dict[str, Any] | None = None

    def complete(self, configured: Sequence[AgentSettings]) -> list[Agent]:
        """Return the agents, with created ids and keys where needed; raises `ConfigError`."""
        return [
            Agent(
                id=(agent_id := agent.id or self._agent_id()),
                key=agent.key or self._key(agent_id),
                greeting=agent.greeting,
                brain=agent.brain,
                language=agent.language,
                stt=agent.stt,
                tts=agent.tts,
            )
            for agent in configured
        ]

    def _agent_id(self) -> str:
        """Return the id of the agent without a configured one."""
        fields = self._read()
        if fields["agent_id"] is None:
            fields["agent_id"] = f"agent-{secrets.token_hex(8)}"
            self._write(fields)
        return str(fields["agent_id"])

    def _key(self, agent_id: str) -> str:
        """Return the key of an agent without a configured one."""
        fields = self._read()
        if agent_id not in fields["keys"]:
            self.new_keys[agent_id] = fields["keys"][agent_id] = new_key()
            self._write(fields)
        return str(fields["keys"][agent_id])

    @property
    def path(self) -> Path:
        """The path of the file; raises `ConfigError` when there is no folder for it."""
        return state_folder(self._folder) / FILE_NAME

    def _read(self) -> dict[str, Any]:
        if self._fields is None:
            self._fields = self._load()
        return self._fields

    def _load(self) -> dict[str, Any]:
        path = self.path
        try:
            if path.parent.stat().st_mode & stat.S_IWOTH:
                _LOGGER.warning("Every user of this computer can replace the keys in %s", path)
            content, status = read_small_file(path)
            fields: Any = json.loads(content)
            if status.st_mode & 0o077:
                _keep_private(path)
        except FileNotFoundError:
            return {"agent_id": None, "keys": {}}
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
        except ValueError, RecursionError:
            raise ConfigError(f"{path}: is not JSON; without it new keys are made") from None
        match fields:
            case {"agent_id": str() | None as agent_id, "keys": dict(keys)}:
                ids = [*keys, *([] if agent_id is None else [agent_id])]
            case _:
                raise ConfigError(
                    f"{path}: agent_id or keys is missing; without the file new keys are made"
                )
        try:
            for name in ids:
                parse_name(name)
            for key in keys.values():
                parse_key(key)
        except ValueError as error:
            raise ConfigError(
                f"{path}: an id or a key {error}; without the file new keys are made"
            ) from None
        return dict(fields)

    def _write(self, fields: dict[str, Any]) -> None:
        """Replace the file as a whole: a crash leaves the old one or the new one."""
        path = self.path
        fresh = path.with_name(f".{FILE_NAME}.{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(fields, indent=2) + "\n")
                file.flush()
                os.fsync(descriptor)
            fresh.replace(path)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def _keep_private(path: Path) -> None:
    try:
        path.chmod(0o600)
    except OSError as error:
        _LOGGER.warning("Others can read the keys in %s: %s", path, error.strerror)
    else:
        _LOGGER.warning("Others could read the keys in %s until now", path)
