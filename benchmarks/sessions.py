"""Measures CPU per live second, memory per idle session, and lost and late audio.

    scripts/bench sessions

Runs 1, 10 and 100 sessions of the client library on one core, in real time, with a server in
another process. Each session sends 16 kHz PCM of a microphone, then receives a reply of the
same length in 24 kHz PCM and encodes it to 16 kHz WAV, as a satellite with a speaker prefers.
"""

import asyncio
import ctypes
import gc
import json
import multiprocessing
import os
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import aiohttp
from aiohttp import web

from custom_components.playai.agent import AgentSettings, OutputFormat, Session
from custom_components.playai.agent.audio import (
    SILENCE,
    Container,
    MulawConverter,
    ReplyContainer,
    ReplyEncoder,
    mulaw_decode,
)
from custom_components.playai.agent.messages import (
    AudioStream,
    AudioStreamEnd,
    NewAudioStream,
    VoiceActivityEnd,
    VoiceActivityStart,
    encode,
)

LIVE_SECONDS = 10.0
MICROPHONE_RATE = SPEAKER_RATE = 16_000
AGENT_RATE = 24_000  # The default of the integration.
STEP_SECONDS = 0.04
CHUNK_SECONDS = 0.01  # As in the pipeline of Home Assistant.
VOICE = mulaw_decode(bytes(range(1, 129)) * 5).tobytes()  # 40 ms that can be recognized.
CHUNK_BYTES = round(CHUNK_SECONDS * MICROPHONE_RATE) * 2


@dataclass(frozen=True, slots=True)
class Row:
    """The resources of a number of simultaneous sessions."""

    sessions: int
    cpu: float
    """Milliseconds per live second and session."""

    clock: float
    """The part of it that the timers of the benchmark take, without a session."""

    idle: float
    """Bytes in memory per session, while all are idle after a turn."""

    resident: float
    """The same, with free memory that the C library has not returned to the system."""

    lost: float
    """Seconds of lost audio in the worst session."""

    late: float
    """Seconds by which the latest step of audio was late, in either direction."""


async def answer(request: web.Request) -> web.WebSocketResponse:
    """Receive speech for LIVE_SECONDS, then send a reply of that length in real time."""
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
    step = encode(AudioStream(b"\x01\x02" * round(AGENT_RATE * STEP_SECONDS)))
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
    """Run the server in this process until it is terminated."""

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


def trim() -> None:
    """Return free memory to the system."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def memory() -> int:
    """Return the resident size of this process in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


async def converse(session: Session) -> tuple[float, float]:
    """Run one turn; return the seconds of audio that were lost and by which it was late."""
    turn = session.start_turn()
    microphone = MulawConverter(Container.WAV, MICROPHONE_RATE)
    late = 0.0
    begin = time.perf_counter()
    for number in range(round(LIVE_SECONDS / CHUNK_SECONDS)):
        due = begin + number * CHUNK_SECONDS
        await asyncio.sleep(due - time.perf_counter())
        late = max(late, time.perf_counter() - due)
        start = number * CHUNK_BYTES % len(VOICE)
        turn.feed(microphone.feed(VOICE[start : start + CHUNK_BYTES]))
    await turn.wait_end()
    reply = await turn.wait_reply()
    speaker = ReplyEncoder(ReplyContainer.WAV, reply.rate, sample_rate=SPEAKER_RATE)
    speaker.start()
    heard = 0
    begin = 0.0
    async for pcm in reply.stream():
        begin = begin or time.perf_counter()
        if any(pcm):
            late = max(late, time.perf_counter() - begin - heard / 2 / AGENT_RATE)
            heard += len(pcm)
            speaker.feed(pcm)
    speaker.finish()
    return LIVE_SECONDS - heard / 2 / AGENT_RATE, late


def cpu() -> float:
    """Return the seconds of CPU that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def keep_time() -> None:
    """Sleep as often as `converse` does, to measure the cost of the timers."""
    begin = time.perf_counter()
    for number in range(round(LIVE_SECONDS / CHUNK_SECONDS)):
        await asyncio.sleep(begin + number * CHUNK_SECONDS - time.perf_counter())


async def measure(port: int, count: int) -> Row:
    """Run `count` sessions at once."""
    before = cpu()
    await asyncio.gather(*(keep_time() for _ in range(count)))
    clock = cpu() - before
    settings = AgentSettings(
        url=f"ws://127.0.0.1:{port}/",
        api_key="key",
        agent_id="agent",
        output_format=OutputFormat.RAW,
        output_sample_rate=AGENT_RATE,
    )
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        sessions = [Session(http, settings) for _ in range(count)]
        trim()
        before = memory()
        start = cpu()
        ends = await asyncio.gather(*(converse(session) for session in sessions))
        used = cpu() - start
        gc.collect()
        resident = (memory() - before) / count
        trim()
        idle = (memory() - before) / count
        await asyncio.gather(*(session.close() for session in sessions))
    scale = 1000 / count / (2 * LIVE_SECONDS)
    lost, late = (max(values) for values in zip(*ends, strict=True))
    return Row(count, used * scale, clock * scale, idle, resident, lost, late)


def rows(counts: Sequence[int]) -> Iterator[Row]:
    """Yield a row for each number of sessions, measured on a core that the server does not use."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    mine, *others = sorted(os.sched_getaffinity(0))
    if others and server.pid is not None:
        os.sched_setaffinity(server.pid, others)
    os.sched_setaffinity(0, {mine})
    try:
        asyncio.run(measure(port, 1))  # The first run loads code and does not count.
        for count in counts:
            yield asyncio.run(measure(port, count))
    finally:
        os.sched_setaffinity(0, {mine, *others})
        server.terminate()
        server.join()


def main() -> None:
    """Print the table."""
    print(
        "| sessions | CPU ms per live second and session | of which the loop's clock "
        "| without it | KB per idle session | with what the C library keeps "
        "| audio lost, ms | latest, ms |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for row in rows((1, 10, 100)):
        print(
            f"| {row.sessions} | {row.cpu:.1f} | {row.clock:.1f} | {row.cpu - row.clock:.1f} "
            f"| {row.idle / 1024:.0f} | {row.resident / 1024:.0f} "
            f"| {row.lost * 1000:.0f} | {row.late * 1000:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
