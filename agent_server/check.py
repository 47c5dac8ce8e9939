"""Asks the engines at the start whether they have the configured models, voices and languages."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from .config import Agent
from .engines import Source, UnsupportedError, listing
from .errors import EngineError
from .languages import choose
from .registry import Engines

_LOGGER = logging.getLogger(__name__)


async def check_engines(agents: Sequence[Agent], engines: Mapping[str, Engines]) -> None:
    """Raise `UnsupportedError` if an engine lacks something configured; warn if one is down."""
    # Agents may share an engine.
    sources = {id(source): source for agent in agents for source in engines[agent.id].sources}
    await asyncio.gather(*map(_ask, sources.values()))
    for agent in agents:
        for source in engines[agent.id].sources:
            check_language(agent, source)


def check_language(agent: Agent, source: Source) -> None:
    """Raise `UnsupportedError` if the engine is known not to have the language of the agent."""
    offered = source.offered
    if offered is not None and choose(agent.language, offered) is None:
        raise UnsupportedError(
            f"agent {agent.id}: language: {source.name} does not know {agent.language}, "
            f"only {listing(offered) or 'no language'}"
        )


async def _ask(source: Source) -> None:
    try:
        await source.ask()
    except UnsupportedError as error:
        raise UnsupportedError(f"{source.name}: {error}") from error
    except EngineError as error:
        _LOGGER.warning(
            "%s is unavailable, and is used once it works again: %s", source.name, error
        )
