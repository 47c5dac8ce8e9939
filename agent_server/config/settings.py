"""The settings of the server and of its agents."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from .. import DEFAULT_PORT
from ..languages import DEFAULT_LANGUAGE
from .engines import BrainEngine, BuiltIn, SttEngine, TtsEngine

BRAINS: Final = ("auto", "home", "builtin", "echo")
"""The names for `brain`; the first one is the default."""


LONGEST_PAUSE: Final = 1.3
"""Seconds of silence that end a turn; up to 1.5 times as long after an unfinished sentence."""


class EndOfTurn(StrEnum):
    """How soon the agent answers."""

    QUICK = "quick"
    NORMAL = "normal"
    PATIENT = "patient"


class ConfigError(Exception):
    """The settings cannot be used; one sentence that names the file and the field."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent as clients know it."""

    id: str
    key: str = field(repr=False)
    greeting: str = ""
    """Its first words when a conversation opens; empty: none."""

    brain: BrainEngine = BRAINS[0]
    language: str = DEFAULT_LANGUAGE
    """BCP 47."""

    stt: tuple[SttEngine, ...] = (BuiltIn(),)
    """The first one that works is used."""

    tts: tuple[TtsEngine, ...] = (BuiltIn(),)
    """The first one that works is used."""


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """An agent as it was configured; an id or a key that is missing is created."""

    id: str | None = None
    key: str | None = field(default=None, repr=False)
    greeting: str = ""
    brain: BrainEngine = BRAINS[0]
    language: str = DEFAULT_LANGUAGE
    stt: tuple[SttEngine, ...] = (BuiltIn(),)
    tts: tuple[TtsEngine, ...] = (BuiltIn(),)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a server."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    max_connections: int = 20
    document_only: bool = False
    pause: float = LONGEST_PAUSE
    """Seconds, see `LONGEST_PAUSE`."""

    end_of_turn: EndOfTurn = EndOfTurn.NORMAL

    state_dir: Path | None = None
    run_as: int | None = None
    """The number of the user to become if root starts the server."""

    is_app: bool = False
    """Whether Home Assistant's Supervisor runs the server."""

    is_check: bool = False
    """Whether to use each engine once instead of serving."""

    agents: tuple[AgentSettings, ...] = (AgentSettings(),)
