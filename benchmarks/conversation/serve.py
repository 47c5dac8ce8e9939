"""The agent with its real engines and one setting of the end of the turn.

Prints its address, and then the steps of its engines.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from agent_server.audio import Samples
from agent_server.brain import Turn
from agent_server.config import LONGEST_PAUSE, Agent, EndOfTurn
from agent_server.registry import Engines, load_engines
from agent_server.stt import Transcript
from agent_server.stt.blocking import BlockingSpeechToText
from agent_server.stt.moonshine import MoonshineTranscriber
from agent_server.wire.server import PATH, Server

from .settings import TIMER
from .steps import TimedModel, TimedSpeech, TimedTranscriber

AGENT, KEY = "bench", "ak-bench"
STORYTELLER = "storyteller"
"""The agent whose answers last for 20 s."""


class _WordsOnly:
    """A transcriber that does not reveal its expectation of the next words."""

    def __init__(self) -> None:
        self._transcriber = MoonshineTranscriber()

    def transcribe(
        self, audio: Samples, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Transcript:
        """See `Transcriber`."""
        return Transcript(self._transcriber.transcribe(audio, earlier).text)


class _Storyteller:
    """A brain that talks for long."""

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        """See `Brain`."""
        for number in ("first", "second", "third", "fourth", "fifth"):
            yield f"This is the {number} sentence of a long answer about nothing in particular. "


def _engines(setting: str) -> Engines:
    is_timer = setting == "timer"
    end = EndOfTurn.NORMAL if is_timer else EndOfTurn(setting)
    engines = load_engines(TIMER if is_timer else LONGEST_PAUSE, ["echo"], end)
    words = TimedTranscriber(_WordsOnly() if is_timer else MoonshineTranscriber())
    model = None if is_timer or engines.turn_model is None else TimedModel(engines.turn_model)
    speech = engines.text_to_speech
    return replace(
        engines,
        brains={**engines.brains, STORYTELLER: _Storyteller},
        speech_to_text=lambda threads: BlockingSpeechToText(words, threads),
        text_to_speech=lambda threads: TimedSpeech(speech(threads)),
        turn_model=model,
    )


async def _serve(setting: str) -> None:
    agents = [Agent(AGENT, KEY, "", "echo"), Agent(STORYTELLER, KEY, "", STORYTELLER)]
    engines = dict.fromkeys((AGENT, STORYTELLER), _engines(setting))
    server = Server(agents, engines, max_connections=50, document_only=False)
    port = await server.start("127.0.0.1", 0)
    print(f"ws://127.0.0.1:{port}{PATH}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
