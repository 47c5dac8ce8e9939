"""The settings, from the command line and from a TOML file."""

from .fields import parse_key, parse_name
from .settings import Agent, AgentSettings, ConfigError, Settings
from .sources import load

__all__ = ["Agent", "AgentSettings", "ConfigError", "Settings", "load", "parse_key", "parse_name"]
