"""The settings, from the command line and from a TOML file."""

from .engines import (
    BrainEngine,
    BuiltIn,
    LanguageModel,
    OpenAI,
    Piper,
    SttEngine,
    TtsEngine,
    Whisper,
    Wyoming,
)
from .fields import parse_key, parse_name
from .settings import LONGEST_PAUSE, Agent, AgentSettings, ConfigError, EndOfTurn, Settings
from .sources import load
from .state import models_folder, models_of, state_folder

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
    "Piper",
    "Settings",
    "SttEngine",
    "TtsEngine",
    "Whisper",
    "Wyoming",
    "load",
    "models_folder",
    "models_of",
    "parse_key",
    "parse_name",
    "state_folder",
]
