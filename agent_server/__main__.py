"""Reads the settings, runs the server, and reports a failure to start in one sentence.

python -m agent_server
"""

import asyncio
import logging
import os
import sys
from typing import Final

from .config import ConfigError, Settings, load
from .errors import EngineError
from .identity import Identity
from .keys import is_weak
from .memory import limit_fragmentation
from .privileges import drop_root

_LOGGER = logging.getLogger(__name__)

_SWITCH_INTERVAL: Final = 0.001
"""Seconds: a thread that returns from a model waits at most this long for another thread."""

_FAILED: Final = 1
_BAD_CONFIGURATION: Final = 2


def main() -> int:
    """Run the server until a signal stops it; return the exit code of the process."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = load(sys.argv[1:])
        if settings.run_as is not None:
            drop_root(settings.run_as, settings.state_dir)
        if settings.is_check:
            return _check(settings)
        identity = Identity(settings.state_dir)
        agents = identity.complete(settings.agents)
    except ConfigError as error:
        _say(str(error))
        return _BAD_CONFIGURATION
    for agent_id, key in identity.new_keys.items():
        # People share the log of an app, and Home Assistant receives the key anyway.
        shown = "a key" if settings.is_app else f"key {key}"
        _say(f"created agent id {agent_id} with {shown}, kept in {identity.path}")
    for agent in agents:
        if is_weak(agent.key):
            _LOGGER.warning(
                "The key of agent %s is easy to guess: use 16 or more random characters, "
                "or omit it to have one made",
                agent.id,
            )
    sys.setswitchinterval(_SWITCH_INTERVAL)
    limit_fragmentation()
    try:
        # Imported here so that a library that cannot be loaded is reported like any other error.
        from .run import StartError, serve  # noqa: PLC0415
    except (ImportError, MemoryError) as error:
        _say(f"a library cannot be loaded: {error or 'out of memory'}")
        return _FAILED
    try:
        asyncio.run(serve(settings, agents))
    except StartError as error:
        _say(str(error))
        return _FAILED
    except RuntimeError as error:
        # Without memory for a thread, asyncio cannot even clean up.
        if str(error) != "can't start new thread":
            raise
        reason = error.__context__
        _say(str(reason if isinstance(reason, StartError) else error))
        return _FAILED
    return 0


def _check(settings: Settings) -> int:
    """Check the engines; return the exit code of the process."""
    from .diagnose import diagnose  # noqa: PLC0415 (it imports the libraries of the engines)

    logging.getLogger().setLevel(logging.ERROR)  # The report says it.
    try:
        return 0 if asyncio.run(diagnose(settings)) else _FAILED
    except (ConfigError, EngineError, ImportError) as error:
        _say(str(error))
        return _FAILED
    except BrokenPipeError:
        # The reader of the report is gone; Python would write the rest at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED


def _say(text: str) -> None:
    """Print a sentence to standard error; standard output is for the address or the report."""
    print(f"agent_server: {' '.join(text.split())}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
