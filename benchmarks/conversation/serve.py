"""The agent with its real engines and one setting of the end of the turn; prints its address."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace

from agent_server.audio import Samples
from agent_server.config import LONGEST_PAUSE, Agent, EndOfTurn
from agent_server.registry import Engines, load_engines
from agent_server.stt import Transcript
from agent_server.stt.blocking import BlockingSpeechToText
from agent_server.stt.moonshine import MoonshineTranscriber
from agent_server.wire.server import PATH, Server

from .settings import TIMER

AGENT, KEY = "bench", "ak-bench"


class _WordsOnly:
    """A transcriber that does not reveal what it expects next."""

    def __init__(self) -> None:
        self._transcriber = MoonshineTranscriber()

    def transcribe(
        self, audio: Samples, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Transcript:
        """See `Transcriber`."""
        return Transcript(self._transcriber.transcribe(audio, earlier).text)


def _engines(setting: str) -> Engines:
    if setting != "timer":
        return load_engines(LONGEST_PAUSE, ["echo"], EndOfTurn(setting))
    words = _WordsOnly()
    return replace(
        load_engines(TIMER, ["echo"]),
        turn_model=None,
        speech_to_text=lambda threads: BlockingSpeechToText(words, threads),
    )


async def _serve(setting: str) -> None:
    server = Server(
        [Agent(AGENT, KEY, "", "echo")], _engines(setting), max_connections=50, document_only=False
    )
    port = await server.start("127.0.0.1", 0)
    print(f"ws://127.0.0.1:{port}{PATH}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
