"""Measures the voice agent: times of a turn and an interruption, and memory over 500 turns.

    scripts/bench server
    scripts/bench server --turns 500

The server runs in a separate process on two cores, the callers on the others. They speak
with a human recording, in real time except for the 500 turns.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import av
import numpy as np

from agent_server.audio import INPUT_RATE, SILENCE, mulaw_encode

ROOT = Path(__file__).parents[1]
AGENT, KEY = "bench", "ak-bench"
FRAME = 640
FRAME_SECONDS = FRAME / INPUT_RATE
REPLY_RATE = 16_000
QUIET = bytes([SILENCE]) * FRAME
RECORDINGS = ROOT / "tests" / "recordings"
QUESTION = RECORDINGS / "something.flac"
LONG = RECORDINGS / "austen-0870.flac"
MANY = 20
SERVER_CORES = 2


def recording(path: Path) -> bytes:
    """Return the speech of a recording as µ-law, from its first loud frame to its last."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", INPUT_RATE)
        pieces = [
            piece.to_ndarray()[0]
            for frame in [*container.decode(audio=0), None]
            for piece in resampler.resample(frame)
        ]
    samples = np.concatenate(pieces)
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(levels > levels.max() / 30)
    return mulaw_encode(samples[loud[0] * FRAME : (loud[-1] + 1) * FRAME])


@dataclass
class Caller:
    """One conversation and the times at which its messages arrived."""

    socket: aiohttp.ClientWebSocketResponse[bool]
    came: list[tuple[float, str, float]] = field(default_factory=list)
    """Time, type, and seconds of audio."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Record incoming messages."""
        async for frame in self.socket:
            now = time.perf_counter()
            message = json.loads(frame.data)
            size = len(b64decode(message["data"])) if message["type"] == "audioStream" else 0
            self.came.append((now, message["type"], size / 2 / REPLY_RATE))
            self.changed.set()

    async def send(self, frame: bytes) -> None:
        """Send one frame of audio."""
        data = b64encode(frame).decode()
        await self.socket.send_str(json.dumps({"type": "audioIn", "data": data}))

    async def speak(self, speech: bytes) -> float:
        """Speak in real time and return when the last frame went out."""
        begin = time.perf_counter()
        for number in range(len(speech) // FRAME):
            await asyncio.sleep(begin + number * FRAME_SECONDS - time.perf_counter())
            await self.send(speech[number * FRAME : (number + 1) * FRAME])
        return time.perf_counter()

    async def quiet_until(self, kind: str, start: int) -> tuple[float, str, float]:
        """Be silent in real time until a type of message comes; `start` is the first looked at."""
        begin = time.perf_counter()
        number = 0
        while True:
            for came in self.came[start:]:
                if came[1] == kind:
                    return came
            number += 1
            await asyncio.sleep(begin + number * FRAME_SECONDS - time.perf_counter())
            await self.send(QUIET)
            if number * FRAME_SECONDS > 30:  # noqa: PLR2004 (it hangs)
                raise TimeoutError(f"no {kind} after {[kind for _, kind, _ in self.came[-9:]]}")

    async def wait(self, kind: str, start: int) -> None:
        """Wait, without sending, until a type of message comes."""
        async with asyncio.timeout(30):
            while not any(came[1] == kind for came in self.came[start:]):
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def calling(url: str, output_format: str = "raw") -> AsyncGenerator[Caller]:
    """Open a conversation."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(url, params={"agentId": AGENT}, max_msg_size=0) as socket,
    ):
        await socket.send_json(
            {
                "type": "setup",
                "apiKey": KEY,
                "enableVad": True,
                "outputFormat": output_format,
                "outputSampleRate": REPLY_RATE,
            }
        )
        caller = Caller(socket)
        reader = asyncio.create_task(caller.read())
        try:
            yield caller
        finally:
            await socket.close()
            await asyncio.wait((reader,))


@dataclass
class Turn:
    """One turn: times in ms, and by how much the reply's audio arrived too late."""

    first_audio: float
    found: float
    lag: float


async def take_turn(caller: Caller, speech: bytes) -> Turn:
    """Ask, and hear the reply to its end."""
    start = len(caller.came)
    end_of_speech = await caller.speak(speech)
    found, _, _ = await caller.quiet_until("voiceActivityEnd", start)
    first, _, _ = await caller.quiet_until("audioStream", start)
    await caller.quiet_until("audioStreamEnd", start)
    lag = sent = 0.0
    for at, kind, seconds in caller.came[start:]:
        if kind == "audioStream":
            lag = max(lag, at - first - sent)
            sent += seconds
    # Until the reply was heard; else the next turn would interrupt it.
    await caller.speak(QUIET * max(0, round((first + sent - time.perf_counter()) / FRAME_SECONDS)))
    return Turn((first - end_of_speech) * 1000, (first - found) * 1000, lag * 1000)


async def take_turns(url: str, speech: bytes, number: int, delay: float) -> list[Turn]:
    """Have some turns in one conversation."""
    await asyncio.sleep(delay)
    async with calling(url) as caller:
        return [await take_turn(caller, speech) for _ in range(number)]


async def measure_turns(url: str, speech: bytes) -> None:
    """Print the time to the first audio, alone and among many."""
    print("| conversations | speech → first audio, median / max ms | of it after E | reply late |")
    print("|---|---|---|---|")
    for name, count, spread in (
        ("1", 1, 0.0),
        (f"{MANY}, started within 3 s", MANY, 3.0),
        (f"{MANY}, all speaking in step", MANY, 0.0),
    ):
        conversations = await asyncio.gather(
            *(take_turns(url, speech, 5, spread * n / count) for n in range(count))
        )
        turns = [turn for conversation in conversations for turn in conversation]
        first = [turn.first_audio for turn in turns]
        found = [turn.found for turn in turns]
        late = max(turn.lag for turn in turns)
        print(
            f"| {name} | {statistics.median(first):.0f} / {max(first):.0f} "
            f"| {statistics.median(found):.0f} / {max(found):.0f} | {late:.0f} |"
        )


async def measure_interruption(url: str, question: bytes, speech: bytes) -> None:
    """Print the times of an interruption: somebody speaks over a reply."""
    heard: list[float] = []
    after: list[float] = []
    answered: list[float] = []
    rest = 0
    for _ in range(10):
        async with calling(url) as caller:
            await caller.speak(question)
            await caller.quiet_until("audioStream", 0)
            start = len(caller.came)
            begin = time.perf_counter()
            await caller.speak(speech)
            await caller.quiet_until("newAudioStream", start)
            came = caller.came[start:]
            kinds = [kind for _, kind, _ in came]
            s, n = kinds.index("voiceActivityStart"), kinds.index("newAudioStream")
            end = came[kinds.index("voiceActivityEnd")][0]
            rest += kinds[s:n].count("audioStream")
            old = [at for at, kind, _ in came[:s] if kind == "audioStream"]
            heard.append((came[s][0] - begin) * 1000)
            after.extend((came[s][0] - at) * 1000 for at in old[-1:])
            answered.append((came[n][0] - end) * 1000)
    print("| interruption (10) | median / max |")
    print("|---|---|")
    print(f"| speaking → S | {statistics.median(heard):.0f} / {max(heard):.0f} ms |")
    if after:
        print(f"| last chunk of the old reply before S | {min(after):.0f} ms |")
    print(f"| chunks of the old reply after S | {rest} |")
    print(f"| E → next N | {statistics.median(answered):.0f} / {max(answered):.0f} ms |")


async def measure_memory(url: str, speech: bytes, pid: int, turns: int, output_format: str) -> None:
    """Print the server's memory, threads, files and tasks after 50 turns and at the end."""
    print("| turns | RSS MB | threads | open files | tasks | conversations |")
    print("|---|---|---|---|---|---|")
    await print_state(url, pid, 0)
    done = 0
    while done < turns:
        # Ten turns of a conversation fit into the backlog that a server takes at once.
        async with calling(url, output_format) as caller:
            for _ in range(10):
                start = len(caller.came)
                sound = speech + QUIET * 20
                for begin in range(0, len(sound), FRAME):
                    await caller.send(sound[begin : begin + FRAME])
                await caller.wait("audioStreamEnd", start)
                done += 1
        if done in {50, turns} or done % 100 == 0:
            await asyncio.sleep(1)
            await print_state(url, pid, done)


async def print_state(url: str, pid: int, turns: int) -> None:
    """Print one row of the memory, threads, files and tasks of the server."""
    memory, threads, files = look_at(pid)
    health = url.replace("ws:", "http:").replace("/v1/agent-conversation", "/health")
    async with aiohttp.ClientSession() as http, http.get(health) as response:
        live = (await response.json())["conversations"]
    print(
        f"| {turns} | {memory:.1f} | {threads} | {files} | {await count_tasks(pid)} | {live} |",
        flush=True,
    )


def look_at(pid: int) -> tuple[float, int, int]:
    """Return the MB of memory, the threads and the open files of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"]), files


async def count_tasks(pid: int) -> int | str:
    """Return how many asyncio tasks a process has, where the system allows it."""
    looker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "asyncio", "ps", str(pid)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await looker.communicate()
    ids = {line.split()[1] for line in out.decode().splitlines() if line[:1].isdigit()}
    return len(ids) if looker.returncode == 0 else "?"


@asynccontextmanager
async def serving(server_cores: int = SERVER_CORES) -> AsyncGenerator[tuple[str, int]]:
    """Start the server on its own cores; yields its address and process id."""
    cores = sorted(os.sched_getaffinity(0))
    server = await asyncio.create_subprocess_exec(
        *("taskset", "--cpu-list", ",".join(map(str, cores[:server_cores]))),
        *(sys.executable, "-m", "agent_server", "--port", "0", "--max-connections", "100"),
        *("--agent-id", AGENT, "--api-key", KEY),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    os.sched_setaffinity(0, cores[server_cores:] or cores)
    assert server.stdout is not None  # noqa: S101 (it was asked for)
    try:
        yield (await server.stdout.readline()).decode().strip(), server.pid
    finally:
        with suppress(ProcessLookupError):
            server.terminate()
        await server.wait()
        os.sched_setaffinity(0, cores)


async def main() -> None:
    """Run the measurement that the arguments select."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=0, help="turns in a row, for memory")
    parser.add_argument("--format", default="raw", help="of the replies to those turns")
    parser.add_argument("--question", type=Path, default=QUESTION, help="a recording")
    parser.add_argument("--long", type=Path, default=LONG, help="one that gets a long answer")
    arguments = parser.parse_args()
    question, long = recording(arguments.question), recording(arguments.long)
    async with serving() as (url, pid):
        if arguments.turns:
            await measure_memory(url, question, pid, arguments.turns, arguments.format)
        else:
            await measure_turns(url, question)
            print()
            await measure_interruption(url, long, question)


if __name__ == "__main__":
    asyncio.run(main())
