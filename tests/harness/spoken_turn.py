"""Runs one turn through the Assist pipeline as a satellite does, and records when things happen."""

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import aiohttp
import numpy as np
from numpy.typing import NDArray

from .home import Home, HomeError
from .question import RATE, last_sound

CHUNK: Final = RATE // 50
"""Samples in a message: 20 ms, sent in real time."""

PATIENCE: Final = 120.0

_AUDIBLE: Final = 300
"""The lowest level of a sample that is not silence."""


@dataclass(slots=True)
class SpokenTurn:
    """The steps of a turn. Times are those of `time.monotonic`, 0.0 for a missing step."""

    speech_ended: float = 0.0
    turn_ended: float = 0.0
    """Speech-to-text has its result."""

    url_asked: float = 0.0
    """The player that waits for `tts_start_streaming` requested the answer's URL."""

    waited_byte: float = 0.0
    """The first byte for a player that requested the URL when the turn began."""

    first_byte: float = 0.0
    first_audio: float = 0.0
    """The first byte after the container's header, if there is one."""

    last_audio: float = 0.0
    heard: str = ""
    said: str = ""
    audio: bytearray = field(default_factory=bytearray)
    audio_arrived: list[tuple[float, int]] = field(default_factory=list)
    """When each part of the audio arrived, and how many bytes there were then."""

    content_type: str = ""
    error: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    event_arrived: dict[str, float] = field(default_factory=dict)
    """When the first event of each type arrived."""

    chunk_sent: list[float] = field(default_factory=list)
    """When each `CHUNK` of the question was sent."""


async def ask(
    home: Home,
    pipeline: str,
    question: NDArray[np.int16],
    *,
    conversation_id: str | None = None,
    output: dict[str, Any] | None = None,
    waits: bool = False,
) -> SpokenTurn:
    """Ask a pipeline a question and download the answer.

    `output` is the format that the satellite prefers (`tts_audio_output` of a pipeline run), None
    the default. With `waits`, a second player requests the URL when the turn begins.
    Raises `HomeError` or `TimeoutError`.
    """
    fields: dict[str, Any] = {"pipeline": pipeline, "conversation_id": conversation_id}
    if output is None:
        fields |= {"start_stage": "stt", "end_stage": "tts", "input": {"sample_rate": RATE}}
        return await _run(home, "assist_pipeline/run", fields, question, waits=waits)
    fields["tts_audio_output"] = output
    return await _run(home, "demo_satellite/run", fields, question, waits=waits)


async def ask_satellite(
    home: Home,
    satellite: str,
    question: NDArray[np.int16],
    *,
    output: dict[str, Any] | None = None,
    turn: SpokenTurn | None = None,
) -> SpokenTurn:
    """Ask the preferred pipeline at a satellite of the demo home, in the satellite's conversation.

    `output` replaces the format that the satellite prefers. `turn` can be watched while it runs.
    Raises `HomeError` or `TimeoutError`.
    """
    fields = {"entity_id": satellite} | ({} if output is None else {"tts_audio_output": output})
    turn = await _run(home, "demo_satellite/ask", fields, question, turn=turn)
    await home.api.command("demo_satellite/played", entity_id=satellite)
    return turn


async def _run(
    home: Home,
    command: str,
    fields: dict[str, Any],
    question: NDArray[np.int16],
    *,
    waits: bool = False,
    turn: SpokenTurn | None = None,
) -> SpokenTurn:
    """Run a pipeline with a command that sends the events of the run."""
    turn = turn or SpokenTurn()
    number, answers = await home.api.subscribe(command, **fields)
    tasks: list[asyncio.Task[None]] = []
    waiting: list[asyncio.Task[None]] = []
    url = ""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await answers.get()
                if message["type"] == "result":
                    if not message["success"]:
                        raise HomeError(message["error"]["message"])
                    continue
                kind, data = message["event"]["type"], message["event"]["data"]
                turn.events.append(message["event"])
                turn.event_arrived.setdefault(kind, time.monotonic())
                if kind == "run-start":
                    url = data["tts_output"]["url"]
                    handler = data["runner_data"]["stt_binary_handler_id"]
                    tasks.append(asyncio.create_task(_speak(home, handler, question, turn)))
                    if waits:
                        waiting.append(asyncio.create_task(_wait(home, url, turn)))
                elif kind == "stt-end":
                    turn.turn_ended = time.monotonic()
                    turn.heard = data["stt_output"]["text"]
                    tasks[0].cancel()
                elif kind == "intent-progress" and data.get("tts_start_streaming"):
                    tasks.append(asyncio.create_task(_listen(home, url, turn)))
                elif kind == "intent-end":
                    speech = data["intent_output"]["response"]["speech"]
                    turn.said = speech.get("plain", {}).get("speech", "")
                elif kind == "tts-end" and len(tasks) == 1:
                    tasks.append(asyncio.create_task(_listen(home, url, turn)))
                elif kind == "error":
                    turn.error = f"{data['code']}: {data['message']}"
                elif kind == "run-end":
                    break
            await asyncio.gather(*tasks[1:], *waiting)
    finally:
        for task in (*tasks, *waiting):
            task.cancel()
        await asyncio.gather(*tasks, *waiting, return_exceptions=True)
        await home.api.command("unsubscribe_events", subscription=number)
    return turn


def first_sound(turn: SpokenTurn) -> float:
    """Return when the first sound arrived that is not silence, in 16-bit WAV; 0.0 if none has."""
    start = _header_size(turn.audio)
    samples = np.frombuffer(turn.audio[start : len(turn.audio) & ~1], np.int16)
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
    if not len(loud):
        return 0.0
    needed = start + 2 * (int(loud[0]) + 1)
    return next(at for at, size in turn.audio_arrived if size >= needed)


async def until_played(turn: SpokenTurn) -> None:
    """Wait as long as a satellite plays the answer, 16-bit WAV at `RATE`."""
    played = turn.first_audio + len(turn.audio) / (2 * RATE)
    await asyncio.sleep(max(0.0, played - time.monotonic()))


async def _speak(home: Home, handler: int, question: NDArray[np.int16], turn: SpokenTurn) -> None:
    """Send the question in real time, then silence until cancelled."""
    start = time.monotonic()
    turn.speech_ended = start + last_sound(question)
    for number in count():
        chunk = question[number * CHUNK : (number + 1) * CHUNK]
        pcm = chunk.tobytes().ljust(CHUNK * 2, b"\0")
        # A microphone delivers a chunk after its last sample.
        await asyncio.sleep(start + (number + 1) * CHUNK / RATE - time.monotonic())
        turn.chunk_sent.append(time.monotonic())
        await home.api.socket.send_bytes(bytes([handler]) + pcm)


async def _listen(home: Home, url: str, turn: SpokenTurn) -> None:
    turn.url_asked = time.monotonic()
    async with home.api.http.get(
        home.url + url, timeout=aiohttp.ClientTimeout(total=PATIENCE)
    ) as response:
        turn.content_type = response.content_type
        async for data in response.content.iter_any():
            turn.last_audio = time.monotonic()
            turn.first_byte = turn.first_byte or turn.last_audio
            turn.audio += data
            turn.audio_arrived.append((turn.last_audio, len(turn.audio)))
            if not turn.first_audio and len(turn.audio) > _header_size(turn.audio):
                turn.first_audio = turn.last_audio


async def _wait(home: Home, url: str, turn: SpokenTurn) -> None:
    async with home.api.http.get(
        home.url + url, timeout=aiohttp.ClientTimeout(total=PATIENCE)
    ) as response:
        async for _ in response.content.iter_any():
            turn.waited_byte = turn.waited_byte or time.monotonic()


def _header_size(audio: bytearray) -> int:
    """Return the number of bytes before the first audio."""
    if audio.startswith(b"RIFF"):
        return audio.find(b"data") + 8 if b"data" in audio else len(audio)
    if audio.startswith(b"ID3"):  # The size is stored as seven bits per byte.
        size = audio[6:10].ljust(4, b"\0")
        return 10 + sum(byte << 7 * place for place, byte in enumerate(reversed(size)))
    return 0
