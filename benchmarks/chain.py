"""Spoken turns through Home Assistant: with the agent, and with `wyoming` on the same engines.

Both systems run at the same time and are asked in turn. All times are of one clock.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

from benchmarks.tap import Tap, Wire
from tests.harness import ROOT
from tests.harness.home import Home, HomeError
from tests.harness.question import read_question
from tests.harness.spoken_turn import SpokenTurn, ask
from tests.harness.wyoming import add_engines

QUESTIONS: Final = tuple(sorted((ROOT / "tests" / "recordings").glob("*.flac")))

FORMATS: Final[dict[str, dict[str, Any] | None]] = {
    # The preference of a satellite with a speaker, and no preference.
    "wav": {
        "preferred_format": "wav",
        "preferred_sample_rate": 16_000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
    "mp3": None,
}
PAUSE: Final = 3.0
"""Seconds after a turn with the agent: the session is busy until the answer has been played."""


@dataclass
class Turns:
    """The turns with one format of the answer, in order."""

    ours: list[tuple[SpokenTurn, Wire]] = field(default_factory=list)
    """With the messages at the tap."""

    wyoming: list[SpokenTurn] = field(default_factory=list)


@dataclass
class Measured:
    """All turns of a run, by the format of the answer."""

    version: str
    """Of Home Assistant."""

    turns: dict[str, Turns]


async def measure(folder: Path, rounds: int) -> Measured:
    """Ask both systems all questions, `rounds` times; raises `HomeError`.

    `folder` is emptied. A first turn with each system, which loads code, does not count.
    """
    questions = [await asyncio.to_thread(read_question, path) for path in QUESTIONS]
    turns: dict[str, Turns] = defaultdict(Turns)
    async with Home(folder) as home, Tap(home.agent.url) as tap:
        pipeline = await home.add_agent(url=tap.url)
        wyoming = await _add_wyoming(home)
        version = (await home.api.command("get_config"))["version"]
        for name in (pipeline, wyoming):
            _check(await ask(home, name, questions[0]))
        for question, (output, wishes) in product(questions * rounds, FORMATS.items()):
            before = len(tap.wires)
            turn = _check(await ask(home, pipeline, question, output=wishes, waits=True))
            turns[output].ours.append((turn, tap.wires[before]))
            await asyncio.sleep(PAUSE)
            # Otherwise the answer would come from the cache.
            await home.api.command("call_service", domain="tts", service="clear_cache")
            turn = _check(await ask(home, wyoming, question, output=wishes))
            turns[output].wyoming.append(turn)
    return Measured(version, turns)


def _check(turn: SpokenTurn) -> SpokenTurn:
    """Return the turn if it was answered; raises `HomeError` otherwise."""
    if turn.error or not turn.audio or turn.turn_ended < turn.speech_ended:
        raise HomeError(f"a turn failed: {turn.error or 'no answer, or an early one'}")
    return turn


async def _add_wyoming(home: Home) -> str:
    """Add the same engines through `wyoming`, and a pipeline of them; return its id."""
    engines = await add_engines(home)
    pipeline = await home.api.command(
        "assist_pipeline/pipeline/create",
        name="Wyoming",
        language="en",
        stt_engine=engines["stt"],
        stt_language="en",
        conversation_engine=engines["conversation"],
        conversation_language="en",
        tts_engine=engines["tts"],
        tts_language="en",
        tts_voice=None,
        wake_word_entity=None,
        wake_word_id=None,
    )
    return str(pipeline["id"])
