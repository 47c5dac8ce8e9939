"""The folder of the agent's state, and the models in it."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..models import Model
from .engines import model_of
from .settings import Agent, AgentSettings, ConfigError, Settings


def state_folder(configured: Path | None) -> Path:
    """Return the folder, by default that of the user (XDG); raises `ConfigError`."""
    if configured is not None:
        return configured
    try:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    except RuntimeError:
        raise ConfigError(
            "there is no home directory to keep the agent's key and models in: give --state-dir"
        ) from None
    return Path(base) / "playai-agent"


def models_of(agents: Sequence[Agent | AgentSettings]) -> list[Model]:
    """Return the models from the internet that the agents need."""
    engines = [engine for agent in agents for engine in (*agent.stt, *agent.tts)]
    return [model for model in map(model_of, engines) if model is not None]


def models_folder(settings: Settings, agents: Sequence[Agent | AgentSettings]) -> Path:
    """Return the folder for the models; raises `ConfigError` if there are some but no folder."""
    return state_folder(settings.state_dir) / "models" if models_of(agents) else Path()
