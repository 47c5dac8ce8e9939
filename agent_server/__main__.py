"""Starts the server, says where it listens, and stops it in an orderly way.

python -m agent_server
"""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from typing import Final

from .announce import Announcer, is_loopback, local_addresses
from .config import Agent, ConfigError, Settings, load
from .ears import EarsError
from .engines import load_engines
from .identity import Identity
from .server import PATH, Server
from .voice import VoiceError

_LOGGER = logging.getLogger(__name__)

_SWITCH_INTERVAL: Final = 0.001
"""Seconds: a thread that comes back from a model waits no longer for one that runs Python."""

_FAILED: Final = 1
_BAD_CONFIGURATION: Final = 2


def main() -> int:
    """Run the server until it is told to stop; return the exit code of the process."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = load(sys.argv[1:])
        identity = Identity(settings.state_dir)
        agents = identity.complete(settings.agents)
    except ConfigError as error:
        _say(str(error))
        return _BAD_CONFIGURATION
    for agent_id, key in identity.new_keys.items():
        _say(f"made agent id {agent_id} with key {key}, kept in {identity.path}")
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        asyncio.run(_run(settings, agents))
    except (EarsError, VoiceError) as error:
        _say(str(error))
        return _FAILED
    except OSError as error:
        _say(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}")
        return _FAILED
    return 0


async def _run(settings: Settings, agents: Sequence[Agent]) -> None:
    """Serve until SIGTERM or SIGINT; raises `OSError` when it cannot listen."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    loading = asyncio.create_task(asyncio.to_thread(load_engines, settings.pause))
    await asyncio.wait((stopped, loading), return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        return
    # The models stay: what is collected later need not look at them again.
    gc.freeze()
    server = Server(
        agents,
        loading.result(),
        max_connections=settings.max_connections,
        document_only=settings.document_only,
    )
    announcer = Announcer()
    try:
        port = await server.start(settings.host, settings.port)
        print(address(settings.host, port), flush=True)  # noqa: T201 (the one line of output)
        if not is_loopback(settings.host):
            _LOGGER.warning(
                "Others on the network can reach this server, and nothing is encrypted: "
                "keys and voices can be overheard there"
            )
            await announcer.start(settings.host, port, PATH, [agent.id for agent in agents])
        await stopped
    finally:
        await announcer.stop()
        await server.stop()


def address(host: str, port: int) -> str:
    """Return the WebSocket address at which a server that listens on a host is reached."""
    reached = next(iter(local_addresses(host)), host)
    return f"ws://{f'[{reached}]' if ':' in reached else reached}:{port}{PATH}"


def _say(text: str) -> None:
    """Tell the person who started the server; standard output has the address only."""
    print(f"agent_server: {text}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
