"""Plays scenes to an agent in another process, over its protocol and in real time."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import numpy as np

from agent_server.audio import INPUT_RATE
from benchmarks.usage import cpu_seconds

from .call import FRAME, Call, call
from .clips import Clip
from .echo import Echoed, echo_all
from .heard import Heard, from_messages, median_turn
from .scenes import Scene
from .serve import AGENT
from .settings import Setting
from .speaking import Reaction, react_all


@dataclass(frozen=True)
class Played:
    """The heard words of all scenes with one setting."""

    heard: Sequence[Heard]
    cpu: float
    """CPU seconds of the server per second of audio."""

    trace: Sequence[tuple[float, str]]
    """When each step of one more turn began and ended, in seconds after the end of speech."""


@dataclass(frozen=True)
class _Agent:
    url: str
    pid: int
    steps: list[str]
    """The steps of its engines, see `steps.py`."""


async def play_all(scenes: Sequence[Scene], setting: Setting, at_once: int) -> Played:
    """Play the scenes, several at the same time, each in its own conversation."""
    places = asyncio.Semaphore(at_once)
    async with _agent(setting) as agent, aiohttp.ClientSession() as http:

        async def play(scene: Scene) -> Heard:
            async with places:
                return await _play(http, agent.url, scene, setting)

        await play(scenes[0])  # The first conversation loads code.
        before = cpu_seconds(agent.pid)
        heard = await asyncio.gather(*(play(scene) for scene in scenes))
        seconds = sum(scene.audio.size for scene in scenes) / INPUT_RATE
        cpu = (cpu_seconds(agent.pid) - before) / seconds
        turn = median_turn(heard)
        trace = [] if turn is None else await _trace(http, agent, turn.scene, setting)
        return Played(heard, cpu, trace)


async def _trace(
    http: aiohttp.ClientSession, agent: _Agent, scene: Scene, setting: Setting
) -> list[tuple[float, str]]:
    agent.steps.clear()
    async with call(http, agent.url, AGENT, setting) as talk:
        await _speak(talk, scene, setting)
    end = scene.speech_end or 0.0
    times = [(at - end, kind) for at, kind, _ in talk.messages]
    for line in agent.steps:
        step = json.loads(line)
        times.append((step["begin"] - talk.begin - end, f"{step['step']}: begins"))
        times.append((step["end"] - talk.begin - end, f"{step['step']}: ends"))
    return sorted(times)


async def interrupt_all(question: Clip, clips: Sequence[Clip], setting: Setting) -> list[Reaction]:
    """Play backchannels and interruptions while the agent speaks."""
    async with _agent(setting) as agent, aiohttp.ClientSession() as http:
        return await react_all(http, agent.url, question, clips, setting)


async def hear_itself_all(
    question: Clip, clips: Sequence[Clip], setting: Setting
) -> tuple[list[Echoed], float]:
    """Let the agent hear its own voice; return its behavior, and its CPU seconds per second."""
    async with _agent(setting) as agent, aiohttp.ClientSession() as http:
        before, begin = cpu_seconds(agent.pid), time.perf_counter()
        echoed = await echo_all(http, agent.url, question, clips, setting)
        return echoed, (cpu_seconds(agent.pid) - before) / (time.perf_counter() - begin)


@asynccontextmanager
async def _agent(setting: Setting) -> AsyncGenerator[_Agent]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.conversation.serve",
        setting.end_of_turn or "timer",
        stdout=asyncio.subprocess.PIPE,
    )
    steps: list[str] = []
    reader: asyncio.Task[None] | None = None
    try:
        if (output := process.stdout) is not None:
            url = (await output.readline()).decode().strip()
            reader = asyncio.create_task(_read_lines(output, steps))
            yield _Agent(url, process.pid, steps)
    finally:
        process.terminate()
        await process.wait()
        if reader is not None:
            await reader


async def _read_lines(output: asyncio.StreamReader, lines: list[str]) -> None:
    while line := await output.readline():
        lines.append(line.decode())


async def _play(http: aiohttp.ClientSession, url: str, scene: Scene, setting: Setting) -> Heard:
    async with call(http, url, AGENT, setting) as talk:
        await _speak(talk, scene, setting)
    return from_messages(scene, talk.messages)


async def _speak(talk: Call, scene: Scene, setting: Setting) -> None:
    if not setting.has_button or scene.speech_end is None:
        await talk.play(scene.audio)
        return
    # The button is released with the frame in which the speech ends.
    end = -int(-scene.speech_end * INPUT_RATE // FRAME) * FRAME
    await talk.send({"type": "hold", "on": True})
    await talk.play(scene.audio[:end])
    await talk.send({"type": "hold", "on": False})
    await talk.play(np.zeros_like(scene.audio[end:]))
