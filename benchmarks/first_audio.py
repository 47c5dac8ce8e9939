"""Seconds from the end of speech to the first audio of the answer, for each agent of a file.

scripts/bench first_audio agents.toml

Recorded requests are played in real time, one conversation after the other. The servers that the
file names must run. Answers that begin before the user has finished are counted, but not timed.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from agent_server.audio import mulaw_encode
from agent_server.check import check_engines
from agent_server.config import Agent, load, models_folder, models_of
from agent_server.models.store import fetch_missing
from agent_server.registry import Engines, import_engines
from agent_server.wire.server import PATH, Server
from tests.agent_server.calling import SILENCE, Caller, call
from tests.recordings import REQUESTS, Recording

_ROUNDS = 4
"""The first one is not counted: it loads models."""

_LOUD = 1_000
_FRAME = 640
_FRAME_SECONDS = 0.04
_LIMIT = 30.0


def _frames(recording: Recording) -> Iterator[bytes]:
    """Yield µ-law without the silence around the speech."""
    loud = np.flatnonzero(np.abs(recording.pcm) > _LOUD)
    data = mulaw_encode(recording.pcm[loud[0] : loud[-1]])
    return (data[start : start + _FRAME] for start in range(0, len(data), _FRAME))


async def _ask(caller: Caller, recording: Recording) -> float | None:
    """Ask in real time; return the seconds of silence until the first audio.

    None if the answer begins before the end of the speech.
    """
    start = time.monotonic()
    sent = 0

    async def send(frame: bytes) -> None:
        nonlocal sent
        await caller.play(frame)
        sent += 1
        await asyncio.sleep(max(0.0, start + sent * _FRAME_SECONDS - time.monotonic()))

    for frame in _frames(recording):
        await send(frame)
    if caller.of("audioStream"):
        return None
    silent_since = time.monotonic()
    async with asyncio.timeout(_LIMIT):
        while not caller.of("audioStream"):
            if caller.codes:
                raise RuntimeError(f"the agent sent error {caller.codes[0]}")
            await send(bytes([SILENCE]) * _FRAME)
    return time.monotonic() - silent_since


async def _measure(
    agents: Sequence[Agent], engines: Mapping[str, Engines]
) -> dict[str, list[float | None]]:
    server = Server(agents, engines, max_connections=10, document_only=False)
    port = await server.start("127.0.0.1", 0)
    url = f"ws://127.0.0.1:{port}{PATH}"
    found: dict[str, list[float | None]] = {agent.id: [] for agent in agents}
    try:
        for number in range(_ROUNDS):
            # In turns, so that other work on this machine is shared fairly.
            for recording in REQUESTS.values():
                for agent in agents:
                    async with call(url, agent.id, agent.key) as caller:
                        seconds = await _ask(caller, recording)
                    if number:
                        found[agent.id].append(seconds)
    finally:
        await server.stop()
    return found


async def _run(path: str) -> None:
    settings = load(["--config", path])
    agents = [
        Agent(
            agent.id or "agent",
            f"key-{number}",
            brain=agent.brain,
            language=agent.language,
            stt=agent.stt,
            tts=agent.tts,
        )
        for number, agent in enumerate(settings.agents)
    ]
    models = models_folder(settings, agents)
    load_all = import_engines(settings.pause, agents, settings.end_of_turn, models)
    await fetch_missing(models_of(agents), models, print)
    engines = load_all()
    await check_engines(agents, engines)
    found = await _measure(agents, engines)
    print("| agent | median (s) | least | most | too early |\n|---|---|---|---|---|")
    for name, every in found.items():
        times = [seconds for seconds in every if seconds is not None]
        early = f"{len(every) - len(times)} of {len(every)}"
        columns = (statistics.median(times), min(times), max(times))
        print(f"| {name} | {' | '.join(f'{each:.2f}' for each in columns)} | {early} |")


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1]))
