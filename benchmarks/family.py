"""Asks a family's questions, by voice, at a satellite of the demo home in a real Home Assistant.

scripts/bench family [--home-assistant ha11] [--room living-room] [--only 1,5]

The agent's own voice asks, except where there is a recording of a person. The conversation agent is
Home Assistant's built-in one, without a language model. The demo home answers two of the questions
with its own automations: the shopping list, and the weather of tomorrow.
The verdicts come from checks of facts and states. A sentence with "I cannot" and the like counts as
explained, if at least half of the words were heard.
"""

import argparse
import asyncio
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np
from numpy.typing import NDArray

from agent_server.tts.hibari import HibariVoice
from benchmarks.family_questions import QUESTIONS, Observation, Question, Verdict, judge
from tests.agent_server.listening import resample
from tests.harness import HOME_ASSISTANTS, ROOT
from tests.harness.changes import record_changes
from tests.harness.demo_home import KITCHEN, LIVING_ROOM, demo_home
from tests.harness.home import Home, HomeError
from tests.harness.question import RATE
from tests.harness.spoken_turn import SpokenTurn, ask_satellite
from tests.recordings import REQUESTS

ROOMS: Final = {"kitchen": KITCHEN, "living-room": LIVING_ROOM}
_PAUSE: Final = re.compile(r"\[(.+?) s\]")
_WAV_BYTES_PER_SECOND: Final = 2 * RATE
_LEVEL: Final = 0.5
_LEAD: Final = 0.3
"""Seconds of silence before a question."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, the observed effects, and the verdict."""

    question: Question
    seen: Observation
    turn: SpokenTurn
    verdict: Verdict


class Voice:
    """Speaks the questions."""

    def __init__(self) -> None:
        self._voice = HibariVoice()

    def speak(self, question: Question) -> NDArray[np.int16]:
        """Return the samples of a question at `RATE`."""
        if question.recording:
            return REQUESTS[question.recording].pcm
        parts = [np.zeros(round(_LEAD * RATE), np.float32)]
        for number, text in enumerate(_PAUSE.split(question.text)):
            if number % 2:
                parts.append(np.zeros(round(float(text) * RATE), np.float32))
            else:
                spoken = np.concatenate(list(self._voice.speak(text)))
                parts.append(_trim(resample(spoken, self._voice.sample_rate)))
        samples = np.concatenate(parts)
        pcm: NDArray[np.int16] = (samples / np.abs(samples).max() * _LEVEL * 32_767).astype(
            np.int16
        )
        return pcm


def _trim(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Remove the silence around speech, so that a pause is as long as the question says."""
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]


async def ask_all(home: Home, satellite: str, questions: Iterable[Question]) -> list[Answer]:
    """Ask one question after the other in one conversation; raises `HomeError`."""
    voice = await asyncio.to_thread(Voice)
    answers: list[Answer] = []
    earlier = ""
    for question in questions:
        spoken = await asyncio.to_thread(voice.speak, question)
        async with record_changes(home.api) as changes:
            turn = await ask_satellite(home, satellite, spoken)
        seen = Observation(
            asked=" ".join(_PAUSE.sub("", question.text).split()),
            earlier=earlier,
            heard=turn.heard,
            said=turn.said or turn.error,
            changes=changes,
            now=datetime.now().astimezone(),
        )
        print(f"{seen.asked} → {seen.heard} → {seen.said}", file=sys.stderr)
        answers.append(Answer(question, seen, turn, judge(question, seen)))
        earlier = seen.heard
        # Wait until the answer has been played. Otherwise the next question would interrupt it.
        played = turn.first_audio + len(turn.audio) / _WAV_BYTES_PER_SECOND + 0.5
        await asyncio.sleep(max(0.0, played - time.monotonic()))
    return answers


async def measure(
    folder: Path, version: str, satellite: str, questions: Iterable[Question]
) -> list[Answer]:
    """Ask in a demo home with one version of Home Assistant; raises `HomeError`."""
    async with demo_home(folder, hass=version) as home:
        return await ask_all(home, satellite, questions)


def print_table(answers: Iterable[Answer]) -> None:
    """Print each question, its transcript, the changes and the answer."""
    answers = list(answers)
    print("| asked | voice | heard | changed | answered | echo | verdict |")
    print("|---|---|---|---|---|---|---|")
    for answer in answers:
        seen = answer.seen
        cells = (
            answer.question.text,
            "person" if answer.question.recording else "agent",
            seen.heard,
            "; ".join(map(str, seen.changes)),
            seen.said,
            "**yes**" if answer.verdict is Verdict.ECHO else "no",
            answer.verdict,
        )
        print(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    counts = Counter(answer.verdict for answer in answers)
    useful = counts[Verdict.DONE] + counts[Verdict.EXPLAINED]
    print(
        f"\n{len(answers)} questions: {useful} useful, of which {counts[Verdict.DONE]} done or "
        f"answered with the right fact; {counts[Verdict.ECHO]} echoes."
    )


def main() -> int:
    """Ask, print and return the exit code: 1 if an answer repeats its question."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench family",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home-assistant", choices=HOME_ASSISTANTS, default=HOME_ASSISTANTS[-1])
    parser.add_argument("--room", choices=ROOMS, default="kitchen", help="of the satellite")
    parser.add_argument("--only", default="", help="numbers of questions, like 1,5")
    arguments = parser.parse_args()
    numbers = [int(number) for number in arguments.only.split(",") if number]
    questions = [QUESTIONS[number - 1] for number in numbers] or QUESTIONS
    folder = ROOT / ".envs" / "bench"
    try:
        answers = asyncio.run(
            measure(folder, arguments.home_assistant, ROOMS[arguments.room], questions)
        )
    except (HomeError, TimeoutError, aiohttp.ClientError) as error:
        print(f"bench: {str(error) or 'timed out'}", file=sys.stderr)
        return 1
    print_table(answers)
    return int(any(answer.verdict is Verdict.ECHO for answer in answers))


if __name__ == "__main__":
    sys.exit(main())
