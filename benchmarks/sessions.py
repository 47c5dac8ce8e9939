"""What conversations cost: CPU per live second, memory per idle session, lost audio.

    .envs/test/bin/python benchmarks/sessions.py

Runs 1, 10 and 100 sessions of the client library against an echoing server in another
process, in real time: every session sends 25 frames a second and receives a reply of as
much 16 kHz PCM, which a listener takes.
"""

import asyncio
import gc
import json
import multiprocessing
import resource
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1] / "custom_components" / "playai"))

from agent import AgentSettings, OutputFormat, Session
from agent.audio import SILENCE
from agent.messages import (
    AudioStream,
    AudioStreamEnd,
    NewAudioStream,
    VoiceActivityEnd,
    VoiceActivityStart,
    encode,
)

LIVE_SECONDS = 10.0
RATE = 16_000
STEP_SECONDS = 0.04
VOICE = bytes(range(1, 129)) * 5  # 40 ms that can be found again.


async def answer(request: web.Request) -> web.WebSocketResponse:
    """Hear for LIVE_SECONDS, then answer for as long, in real time; count the voice."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.receive_str()
    heard = 0
    async for frame in socket:
        heard += json.loads(frame.data)["data"] != SILENT_FRAME
        if heard * STEP_SECONDS >= LIVE_SECONDS:
            break
    await socket.send_str(encode(VoiceActivityStart()))
    await socket.send_str(encode(VoiceActivityEnd()))
    await socket.send_str(encode(NewAudioStream()))
    step = encode(AudioStream(b"\x01\x02" * round(RATE * STEP_SECONDS)))
    begin = time.perf_counter()
    for number in range(round(LIVE_SECONDS / STEP_SECONDS)):
        await asyncio.sleep(begin + number * STEP_SECONDS - time.perf_counter())
        await socket.send_str(step)
    await socket.send_str(encode(AudioStreamEnd()))
    async for _ in socket:
        pass
    return socket


SILENT_FRAME = json.loads(encode(AudioStream(bytes([SILENCE]) * 640)))["data"]


def serve(pipe: Pipe) -> None:
    """Run the server in a process of its own until it is ended."""

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=500).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    with suppress(KeyboardInterrupt):
        asyncio.run(run())


def memory() -> int:
    """Return the bytes that this process has in memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


async def converse(session: Session) -> float:
    """Have one turn and return the seconds of audio that were lost."""
    turn = session.start_turn()
    begin = time.perf_counter()
    for number in range(round(LIVE_SECONDS / 0.01)):
        await asyncio.sleep(begin + number * 0.01 - time.perf_counter())
        turn.feed(VOICE[number % 4 * 160 : number % 4 * 160 + 160])
    await turn.wait_end()
    reply = await turn.wait_reply()
    heard = sum([len(pcm) async for pcm in reply.stream() if any(pcm)])
    return LIVE_SECONDS - heard / 2 / RATE


def cpu() -> float:
    """Return the seconds of CPU that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def keep_time() -> None:
    """Do nothing as often as `converse` feeds its microphone: what the loop's clock costs."""
    begin = time.perf_counter()
    for number in range(round(LIVE_SECONDS / 0.01)):
        await asyncio.sleep(begin + number * 0.01 - time.perf_counter())


async def measure(port: int, count: int) -> str:
    """Return a row of the table."""
    before = cpu()
    await asyncio.gather(*(keep_time() for _ in range(count)))
    clock = cpu() - before
    settings = AgentSettings(
        url=f"ws://127.0.0.1:{port}/",
        api_key="key",
        agent_id="agent",
        output_format=OutputFormat.RAW,
        output_sample_rate=RATE,
    )
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        sessions = [Session(http, settings) for _ in range(count)]
        gc.collect()
        before = memory()
        start = cpu()
        lost = await asyncio.gather(*(converse(session) for session in sessions))
        used = cpu() - start
        gc.collect()
        idle = (memory() - before) / count
        await asyncio.gather(*(session.close() for session in sessions))
    scale = 1000 / count / (2 * LIVE_SECONDS)
    return (
        f"| {count} | {used * scale:.1f} | {clock * scale:.1f} | {(used - clock) * scale:.1f} "
        f"| {idle / 1024:.0f} | {max(lost) * 1000:.0f} |"
    )


def main() -> None:
    """Print the table."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    print(
        "| sessions | CPU ms per live second and session | of which the loop's clock "
        "| without it | KB per session after a turn | audio lost, ms |"
    )
    print("|--:|--:|--:|--:|--:|--:|")
    asyncio.run(measure(port, 1))  # What is loaded and made once does not count.
    for count in (1, 10, 100):
        print(asyncio.run(measure(port, count)), flush=True)
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
