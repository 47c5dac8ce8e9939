"""One turn through the Assist pipeline, as a satellite has it, with the time of each step."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import numpy as np
from home import Home, HomeError
from numpy.typing import NDArray
from question import RATE, last_sound

CHUNK: Final = RATE // 50
"""Samples that are sent at once: 20 ms, in real time."""

PATIENCE: Final = 60.0


@dataclass(slots=True)
class SpokenTurn:
    """What happened, and when, in seconds of one clock."""

    speech_ended: float = 0.0
    turn_ended: float = 0.0
    """Speech-to-text is done."""

    first_audio: float = 0.0
    last_audio: float = 0.0
    heard: str = ""
    said: str = ""
    audio: bytearray = field(default_factory=bytearray)
    content_type: str = ""
    error: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)


async def ask(
    home: Home,
    pipeline: str,
    question: NDArray[np.int16],
    *,
    conversation_id: str | None = None,
    output: dict[str, Any] | None = None,
) -> SpokenTurn:
    """Say a question into a pipeline, and hear the answer at its URL.

    `output` are the wishes of a satellite for the answer's format; None: none.
    """
    turn = SpokenTurn()
    if output is None:
        command = "assist_pipeline/run"
        fields = {"start_stage": "stt", "end_stage": "tts", "input": {"sample_rate": RATE}}
    else:
        command, fields = "demo_satellite/run", {"tts_audio_output": output}
    number, answers = await home.api.subscribe(
        command, pipeline=pipeline, conversation_id=conversation_id, **fields
    )
    tasks: list[asyncio.Task[None]] = []
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
                if kind == "run-start":
                    url = data["tts_output"]["url"]
                    handler = data["runner_data"]["stt_binary_handler_id"]
                    tasks.append(asyncio.create_task(_speak(home, handler, question, turn)))
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
            await asyncio.gather(*tasks[1:])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await home.api.command("unsubscribe_events", subscription=number)
    return turn


async def _speak(home: Home, handler: int, question: NDArray[np.int16], turn: SpokenTurn) -> None:
    """Say the question in real time, then go on with silence until somebody ends it."""
    start = time.monotonic()
    turn.speech_ended = start + last_sound(question)
    number = 0
    while True:
        chunk = question[number * CHUNK : (number + 1) * CHUNK]
        pcm = chunk.tobytes().ljust(CHUNK * 2, b"\0")
        await home.api.socket.send_bytes(bytes([handler]) + pcm)
        number += 1
        await asyncio.sleep(start + number * CHUNK / RATE - time.monotonic())


async def _listen(home: Home, url: str, turn: SpokenTurn) -> None:
    async with home.api.http.get(
        home.url + url, timeout=aiohttp.ClientTimeout(total=PATIENCE)
    ) as response:
        turn.content_type = response.content_type
        async for data in response.content.iter_any():
            turn.last_audio = time.monotonic()
            turn.first_audio = turn.first_audio or turn.last_audio
            turn.audio += data
