"""Plays scenes to an agent in another process, over its protocol and in real time."""

import asyncio
import json
import os
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np

from agent_server.audio import INPUT_RATE, mulaw_encode

from .heard import Heard
from .scenes import Scene
from .serve import AGENT, KEY
from .settings import Setting

HOME_LINK: Final = "ha-playai.home.v1"
_FRAME: Final = 640
_SECONDS: Final = _FRAME / INPUT_RATE


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
    async with http.ws_connect(
        url, params={"agentId": AGENT}, max_msg_size=0, protocols=[HOME_LINK]
    ) as socket:
        await socket.send_json(
            {
                "type": "setup",
                "apiKey": KEY,
                "enableVad": True,
                "outputFormat": "raw",
                "outputSampleRate": 16_000,
            }
        )
        if setting.phrases is not None:
            offer = {"language": "en", "answers": False, "phrases": setting.phrases}
            await socket.send_json({"type": "home", **offer})
        await socket.receive()
        begin = time.perf_counter()
        reader = asyncio.create_task(_read(socket, begin, heard))
        audio = mulaw_encode((scene.audio * 32_767).astype(np.int16))
        for number in range(len(audio) // _FRAME):
            # A frame is sent when its last sample was spoken.
            await asyncio.sleep(begin + (number + 1) * _SECONDS - time.perf_counter())
            data = b64encode(audio[number * _FRAME : (number + 1) * _FRAME]).decode()
            await socket.send_str(json.dumps({"type": "audioIn", "data": data}))
        await socket.close()
        await reader
    return heard


async def _read(socket: aiohttp.ClientWebSocketResponse[bool], begin: float, heard: Heard) -> None:
    is_new = False
    async for frame in socket:
        if frame.type is not aiohttp.WSMsgType.TEXT:
            continue
        now = time.perf_counter() - begin
        message = json.loads(frame.data)
        kind = message["type"]
        if not heard.trace or heard.trace[-1][1] != kind:
            heard.trace.append((now, kind))
        match kind:
            case "voiceActivityStart":
                heard.starts.append(now)
            case "voiceActivityEnd":
                heard.ends.append(now)
            case "onUserTranscript":
                heard.texts.append(message["message"])
            case "newAudioStream":
                is_new = True
            case "audioStream" if is_new and b64decode(message["data"]):
                heard.replies.append(now)
                is_new = False
