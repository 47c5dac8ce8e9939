"""The settings, from the command line and from a TOML file."""

from .engines import (
    BrainEngine,
    BuiltIn,
    LanguageModel,
    OpenAI,
    SttEngine,
    TtsEngine,
    Wyoming,
)
from .fields import parse_key, parse_name
from .settings import LONGEST_PAUSE, Agent, AgentSettings, ConfigError, EndOfTurn, Settings
from .sources import load

__all__ = [
    "LONGEST_PAUSE",
    "Agent",
    "AgentSettings",
    "BrainEngine",
    "BuiltIn",
    "ConfigError",
    "EndOfTurn",
    "LanguageModel",
    "OpenAI",
    "Settings",
    "SttEngine",
    "TtsEngine",
    "Wyoming",
    "load",
    "parse_key",
    "parse_name",
]
