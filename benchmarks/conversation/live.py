"""Plays scenes to an agent in another process, over its protocol and in real time."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from agent_server.audio import INPUT_RATE

from .call import call
from .clips import Clip
from .heard import Heard
from .scenes import Scene
from .serve import AGENT
from .settings import Setting
from .speaking import Reaction, react_all


async def play_all(
    scenes: Sequence[Scene], setting: Setting, at_once: int
) -> tuple[list[Heard], float]:
    """Play the scenes, several at the same time, each in its own conversation.

    Returns what was heard, and the server's CPU seconds per second of audio.
    """
    places = asyncio.Semaphore(at_once)
    async with _agent(setting) as (url, pid), aiohttp.ClientSession() as http:

        async def play(scene: Scene) -> Heard:
            async with places:
                return await _play(http, url, scene, setting)

        await play(scenes[0])  # The first conversation loads code.
        before = _cpu(pid)
        heard = await asyncio.gather(*(play(scene) for scene in scenes))
        seconds = sum(scene.audio.size for scene in scenes) / INPUT_RATE
        return list(heard), (_cpu(pid) - before) / seconds


async def interrupt_all(question: Clip, clips: Sequence[Clip], setting: Setting) -> list[Reaction]:
    """Play nods and interruptions while the agent speaks."""
    async with _agent(setting) as (url, _), aiohttp.ClientSession() as http:
        return await react_all(http, url, question, clips, setting)


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def _agent(setting: Setting) -> AsyncGenerator[tuple[str, int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.conversation.serve",
        setting.end_of_turn or "timer",
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdout is not None:
            yield (await process.stdout.readline()).decode().strip(), process.pid
    finally:
        process.terminate()
        await process.wait()


async def _play(http: aiohttp.ClientSession, url: str, scene: Scene, setting: Setting) -> Heard:
    heard = Heard(scene)
    async with call(http, url, AGENT, setting) as talk:
        await talk.play(scene.audio)
    heard.trace = [(at, kind) for at, kind, _ in talk.messages]
    heard.starts = talk.times("voiceActivityStart")
    heard.ends = talk.times("voiceActivityEnd")
    before = ""
    for at, kind, text in talk.messages:
        match kind:
            case "onUserTranscript":
                if heard.texts and text.startswith(heard.texts[-1]):
                    heard.taken_back.append(heard.texts.pop())
                heard.texts.append(text)
            case "onAgentInterrupted" if not text and heard.texts:
                heard.taken_back.append(heard.texts.pop())
            case "audioStream" if before == "newAudioStream":
                heard.replies.append(at)
        before = kind
    return heard
