"""Asks an agent a recorded question through the client library.

Without --url, it asks the agent on this computer, or starts one for this question.

scripts/talk QUESTION.wav [REPLY.wav]
"""

import argparse
import asyncio
import json
import os
import sys
import time
import wave
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np
from numpy.typing import NDArray

from agent_server import DEFAULT_PORT
from custom_components.playai.agent import AgentError, AgentSettings, OutputFormat, Session, Turn
from custom_components.playai.agent.audio import mulaw_encode
from tests.harness.own_agent import OwnAgentError, temporary_agent
from tests.harness.question import RATE, QuestionError, last_sound, read_question

PORT: Final = DEFAULT_PORT
PATH: Final = "/v1/agent-conversation"
"""The address of `scripts/agent`."""

CHUNK: Final = RATE // 50
"""Samples in a step of 20 ms, sent in real time."""


class TalkError(Exception):
    """A problem that the user can solve."""


def main() -> int:
    """Ask, print the events and return the exit code."""
    arguments = _parse()
    try:
        asyncio.run(_talk(arguments))
    except (OwnAgentError, QuestionError, TalkError) as error:
        print(f"talk: {error}", file=sys.stderr)
        return 2
    except AgentError as error:
        print(f"talk: {error.kind.value}: {error.message}", file=sys.stderr)
        return 1
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/talk", description=__doc__)
    parser.add_argument("question", type=Path, help="a recording: WAV, MP3, FLAC or Ogg")
    parser.add_argument("reply", type=Path, nargs="?", default=Path("reply.wav"))
    parser.add_argument("--url", help="default: the agent on this computer")
    parser.add_argument("--agent-id", help="default: the id that scripts/agent created")
    parser.add_argument("--api-key", help="default: the key of that id on this computer")
    parser.add_argument(
        "--format", choices=[f.value for f in OutputFormat], default="wav", help="of the reply"
    )
    return parser.parse_args()


def _identity(agent_id: str | None) -> tuple[str, str]:
    """Return the id and key of the agent on this computer, or the key of the given id."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    file = Path(base) / "playai-agent" / "identity.json"
    try:
        fields = json.loads(file.read_text())
        agent_id = agent_id or fields["agent_id"]
        return agent_id, fields["keys"][agent_id]
    except OSError, ValueError, KeyError, TypeError:
        raise TalkError(f"{file} has no key of the agent: give --agent-id and --api-key") from None


async def _talk(arguments: argparse.Namespace) -> None:
    question = await asyncio.to_thread(read_question, arguments.question)
    url, agent_id, api_key = arguments.url, arguments.agent_id, arguments.api_key
    async with AsyncExitStack() as stack:
        if url is None and not await _is_running():
            print("starting an agent …", file=sys.stderr)
            own = await stack.enter_async_context(temporary_agent())
            url, agent_id, api_key = own.url, agent_id or own.agent_id, api_key or own.key
        elif not (agent_id and api_key):
            known_id, known_key = _identity(agent_id)
            agent_id, api_key = agent_id or known_id, api_key or known_key
        url = url or f"ws://127.0.0.1:{PORT}{PATH}"
        await _turn(url, agent_id, api_key, question, arguments)


async def _is_running() -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", PORT)
    except OSError:
        return False
    writer.close()
    return True


async def _turn(
    url: str,
    agent_id: str,
    api_key: str,
    question: NDArray[np.int16],
    arguments: argparse.Namespace,
) -> None:
    settings = AgentSettings(
        url=url,
        api_key=api_key,
        agent_id=agent_id,
        output_format=OutputFormat(arguments.format),
        wait_for_words=True,
    )
    async with aiohttp.ClientSession() as http:
        session = Session(http, settings)
        try:
            await _ask(session, question, arguments.reply)
        finally:
            await session.close()


async def _ask(session: Session, question: NDArray[np.int16], path: Path) -> None:
    turn = session.start_turn()
    speaker = asyncio.create_task(_speak(turn, question))
    try:
        speech = await turn.wait_end()
        if speech.text:
            print(f"heard: {speech.text}", flush=True)
        if speech.is_silent:
            raise TalkError("the agent detected no speech")
        reply = await turn.wait_reply()
        steps: list[bytes] = []
        first = 0.0
        async for step in reply.stream():
            first = first or time.monotonic()
            steps.append(step)
        ended = await speaker
    finally:
        speaker.cancel()
    print(f"said:  {reply.transcript}")
    print(f"first audio {(first - ended) * 1000:.0f} ms after the end of speech")
    if reply.error is not None:
        raise reply.error
    await asyncio.to_thread(_write, path, b"".join(steps), reply.rate)
    print(f"reply: {path}, {sum(map(len, steps)) / 2 / reply.rate:.1f} s")


async def _speak(turn: Turn, question: NDArray[np.int16]) -> float:
    """Send the question in real time; return when its last audible sample was sent."""
    start = time.monotonic()
    for number, place in enumerate(range(0, len(question), CHUNK), 1):
        turn.feed(mulaw_encode(question[place : place + CHUNK]))
        await asyncio.sleep(start + number * CHUNK / RATE - time.monotonic())
    turn.end_input()
    return start + last_sound(question)


def _write(path: Path, pcm: bytes, rate: int) -> None:
    try:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(pcm)
    except OSError as error:
        raise TalkError(f"{path}: {error.strerror}") from None


if __name__ == "__main__":
    sys.exit(main())
