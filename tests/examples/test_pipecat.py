"""The example bot, run with pipecat and asked by the client library.

scripts/pipecat installs it.
"""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from aiohttp import web

from agent_server.audio import INPUT_RATE, mulaw_encode, resample
from agent_server.stt.moonshine import MoonshineTranscriber
from custom_components.playai.agent import (
    AgentError,
    AgentSettings,
    ErrorKind,
    Reply,
    Session,
    Turn,
)
from tests.agent_server.local_models import NO_NOISE, WHISPER, copy_voice
from tests.harness import ROOT
from tests.harness.models.scripted import serve
from tests.recordings import REQUESTS, plain

ENVIRONMENT = ROOT / ".envs" / "pipecat"
KEY = "k2J9xPq7Lw4TzR8m"
PATIENCE = 120.0
"""Seconds: no measure of speed, only a limit against hanging."""

SHORT = "The lights in the kitchen are on."
LONG = "This is a very long answer about many things. " * 20
SECONDS_OF_LONG = 40.0
"""At least."""

pytestmark = pytest.mark.skipif(
    not (ENVIRONMENT / "stamp").exists(), reason="scripts/pipecat has not run"
)


@pytest.fixture(scope="module")
def transcriber() -> MoonshineTranscriber:
    return MoonshineTranscriber()


class Model:
    """A server of a language model that answers with the words of the test."""

    def __init__(self) -> None:
        self.words = SHORT
        self.questions: list[str] = []

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.questions.append(body["messages"][-1]["content"])
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        fields = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        for delta, reason in (({"content": self.words}, None), ({}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            await response.write(f"data: {json.dumps(fields | {'choices': [choice]})}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response


@asynccontextmanager
async def bot(model: Model, folder: Path) -> AsyncIterator[str]:
    """Run the bot; gives its address when it accepts connections."""
    log = folder / "bot.log"
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.complete)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with AsyncExitStack() as stack:
        environment = {
            "AGENT_KEY": KEY,
            "PORT": str(port),
            "LLM_URL": f"{await serve(app, stack)}/v1",
            "WHISPER": str(WHISPER),
            "PIPER": copy_voice(folder, inference=NO_NOISE).stem,
            "PIPER_FOLDER": str(folder),
            "HF_HUB_OFFLINE": "1",
        }
        process = await asyncio.create_subprocess_exec(
            ENVIRONMENT / "bin" / "python",
            ROOT / "examples" / "pipecat" / "bot.py",
            env={**os.environ, **environment},
            stdout=stack.enter_context(log.open("wb")),
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            while not await is_listening(port):
                assert process.returncode is None, log.read_text("utf-8")
                await asyncio.sleep(0.1)
            yield f"ws://127.0.0.1:{port}/v1/agent-conversation"
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.wait()


async def is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def conversation(url: str, key: str = KEY) -> AsyncIterator[Session]:
    async with aiohttp.ClientSession() as http:
        session = Session(http, AgentSettings(url=url, api_key=key, agent_id="bot"))
        try:
            yield session
        finally:
            await session.close()


def ask(session: Session, name: str) -> Turn:
    """Say a recorded request, and then nothing."""
    turn = session.start_turn()
    turn.feed(mulaw_encode(REQUESTS[name].pcm))
    turn.end_input()
    return turn


async def hear(reply: Reply) -> np.ndarray:
    """Return the whole reply at `INPUT_RATE`."""
    pcm = b"".join([step async for step in reply.stream()])
    samples = (np.frombuffer(pcm, "<i2") / 32_768).astype(np.float32)
    return resample(samples, reply.rate, INPUT_RATE)


async def test_a_turn_and_an_interruption(tmp_path, transcriber):
    model = Model()
    async with asyncio.timeout(PATIENCE), bot(model, tmp_path) as url:
        async with conversation(url, "another-key") as session:
            with pytest.raises(AgentError) as caught:
                await ask(session, "what-time").wait_reply()
            assert caught.value.kind is ErrorKind.INVALID_KEY
        async with conversation(url) as session:
            await check_turns(session, model, transcriber)
    assert [plain(question) for question in model.questions] == [
        plain(REQUESTS[name].words) for name in ("what-time", "turn-on-lamp", "what-time")
    ]


async def check_turns(session: Session, model: Model, transcriber: MoonshineTranscriber) -> None:
    audio = await hear(await ask(session, "what-time").wait_reply())
    assert plain(transcriber.transcribe(audio).text) == plain(SHORT)

    model.words = LONG
    reply = await ask(session, "turn-on-lamp").wait_reply()
    steps = aiter(reply.stream())
    await anext(steps)
    model.words = SHORT
    next_turn = ask(session, "what-time")
    rest = b"".join([step async for step in steps])
    assert len(rest) / 2 / reply.rate < SECONDS_OF_LONG / 2
    audio = await hear(await next_turn.wait_reply())
    assert plain(transcriber.transcribe(audio).text) == plain(SHORT)
