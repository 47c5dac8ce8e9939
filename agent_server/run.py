"""Loads the engines, serves, announces the agents, and stops everything in order."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from .addresses import is_loopback, reachable_addresses
from .announce import Announcer
from .app.supervisor import Supervisor
from .check import check_engines
from .config import Agent, ConfigError, Settings, models_folder, models_of
from .errors import EngineError
from .metrics import Metrics
from .models.store import fetch_missing
from .registry import Engines, import_engines
from .wire.server import PATH, Server

_LOGGER = logging.getLogger(__name__)

_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)


class StartError(Exception):
    """The server cannot start; the text is one sentence."""


class _Signals:
    """SIGTERM and SIGINT: the first one asks to stop, the second one to stop at once."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.stop_at_once = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._take)

    def _take(self) -> None:
        (self.stop_at_once if self.stop.is_set() else self.stop).set()


async def serve(settings: Settings, agents: Sequence[Agent]) -> None:
    """Serve until SIGTERM or SIGINT; raises `StartError`.

    Running turns may end first, unless a second signal arrives.
    """
    signals = _Signals()
    stop = signals.stop
    stopped = asyncio.create_task(stop.wait())
    metrics = Metrics()
    models = _models_folder(settings, agents)
    # In the main thread: if memory is short in another one, some libraries abort the process.
    load = _import_engines(settings, agents, models, metrics)
    starting = asyncio.create_task(_start_engines(agents, models, load))
    await asyncio.wait((stopped, starting), return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return
    engines = starting.result()
    # The models stay loaded: exclude them from garbage collection.
    gc.freeze()
    server = Server(
        agents,
        engines,
        max_connections=settings.max_connections,
        document_only=settings.document_only,
        metrics=metrics,
    )
    announcer = Announcer()
    supervisor = Supervisor()
    warming = asyncio.create_task(_warm_up(server, engines.values()))
    try:
        port = await _listen(server, settings)
        addresses = reachable_addresses(server.addresses)
        print(url(settings.host, addresses, port), flush=True)  # noqa: T201 (the one line of output)
        if settings.is_app:
            supervisor.start(agents[0], port)
        elif not all(map(is_loopback, server.addresses)):
            _LOGGER.warning(
                "Others on the network can reach this server, and nothing is encrypted: "
                "keys and voices can be overheard there"
            )
            await announcer.start(addresses, port, PATH, [agent.id for agent in agents])
        await stopped
        await _drain(server, announcer, signals.stop_at_once)
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        await announcer.stop()
        await supervisor.stop()
        await server.stop()


async def _drain(server: Server, announcer: Announcer, stop_at_once: asyncio.Event) -> None:
    """Let running turns end, unless they take too long or a second signal arrives."""
    if server.conversations:
        _LOGGER.info("Stopping once the turns of %d clients have ended", server.conversations)
    draining = asyncio.create_task(server.drain())
    interrupted = asyncio.create_task(stop_at_once.wait())
    try:
        await announcer.stop()
        await asyncio.wait((draining, interrupted), return_when=asyncio.FIRST_COMPLETED)
        if not draining.done() or not draining.result():
            _LOGGER.warning("Stopping while %d clients are in a turn", server.conversations)
    finally:
        for task in (draining, interrupted):
            task.cancel()
        await asyncio.gather(draining, interrupted, return_exceptions=True)


async def _warm_up(server: Server, engines: Iterable[Engines]) -> None:
    """Let servers load their language models, so that the first answers are fast, too.

    The built-in engines are fast from the first turn on.
    """
    try:
        for each in engines:
            if each.warm_up is not None:
                with suppress(EngineError):  # The engine has logged it.
                    await each.warm_up()
    finally:
        # An engine that is unavailable must not keep the others from working.
        server.mark_warm()


def url(host: str, addresses: Sequence[str], port: int) -> str:
    """Return the WebSocket address to show for a host that is reached at some addresses."""
    shown = host
    if host in _LOOPBACK:
        shown = addresses[0] if addresses else _LOOPBACK[host]
    return f"ws://{f'[{shown}]' if ':' in shown else shown}:{port}{PATH}"


def _models_folder(settings: Settings, agents: Sequence[Agent]) -> Path:
    try:
        return models_folder(settings, agents)
    except ConfigError as error:
        raise StartError(str(error)) from error


def _import_engines(
    settings: Settings, agents: Sequence[Agent], models: Path, metrics: Metrics
) -> Callable[[], dict[str, Engines]]:
    try:
        return import_engines(settings.pause, agents, settings.end_of_turn, models, metrics.engines)
    except EngineError as error:
        raise StartError(str(error)) from error
    except (ImportError, MemoryError) as error:
        raise StartError(f"a library cannot be loaded: {error or 'out of memory'}") from error


async def _start_engines(
    agents: Sequence[Agent], models: Path, load: Callable[[], dict[str, Engines]]
) -> dict[str, Engines]:
    """Download the models that are missing, load all of them, and ask the servers."""
    try:
        await fetch_missing(models_of(agents), models, _LOGGER.info)
    except EngineError as error:
        raise StartError(str(error)) from error
    engines = await _load_engines(load)
    await _check_engines(agents, engines)
    return engines


async def _load_engines(load: Callable[[], dict[str, Engines]]) -> dict[str, Engines]:
    try:
        return await asyncio.to_thread(load)
    except EngineError as error:
        raise StartError(str(error)) from error
    except (MemoryError, RuntimeError) as error:
        raise _too_little(error) from error


async def _check_engines(agents: Sequence[Agent], engines: Mapping[str, Engines]) -> None:
    try:
        await check_engines(agents, engines)
    except EngineError as error:
        raise StartError(str(error)) from error


async def _listen(server: Server, settings: Settings) -> int:
    try:
        return await server.start(settings.host, settings.port)
    except OSError as error:
        # Errors of name resolution have negative numbers and their own texts.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror or error
        raise StartError(
            f"cannot listen on {settings.host} port {settings.port}: {reason}"
        ) from error
    except (MemoryError, RuntimeError) as error:
        raise _too_little(error) from error


def _too_little(error: Exception) -> StartError:
    """Return the error for too little memory or threads, for which Python raises `RuntimeError`."""
    return StartError(f"there is too little memory: {error or 'out of memory'}")
