"""Measures the cost of answers by the home, and compares it with Home Assistant's own chain.

scripts/bench delegation [--home-assistant ha11] [--rounds 1] [--questions 8]

One Home Assistant, one server. Each question is asked of the server's own brain, of the home
through the agent, and of `wyoming` with the same engines and the same conversation agent, in turn.
All times are of one clock, from the end of speech to the first sound that is not silence.
"""

import argparse
import asyncio
import os
import platform
import statistics
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.chain import FORMATS, PAUSE, QUESTIONS
from tests.harness import HOME_ASSISTANTS, ROOT
from tests.harness.home import Home, HomeError
from tests.harness.models.answering import add_ollama, answer_with
from tests.harness.models.scripted import MODEL, ModelRequest, ScriptedModel, ToolCall
from tests.harness.question import read_question
from tests.harness.spoken_turn import SpokenTurn, ask, first_sound
from tests.harness.wyoming import add_engines

OWN: Final = "the server's brain"
HOME: Final = "the same brain as an agent of the home"
WYOMING: Final = "`wyoming`, the same agent of the home"
HOME_MODEL: Final = "a language model of the home"
WYOMING_MODEL: Final = "`wyoming`, the same language model"

AGENTS: Final = {OWN: "own-brain", HOME: "home-brain", HOME_MODEL: "home-model"}
"""The ids of the agents, all of one server."""

KEY: Final = "key-of-the-delegation-benchmark"

FIRST_WORD: Final = 0.3
NEXT_WORD: Final = 0.05
"""Seconds to the first and to each further word, as from a fast language model on the network."""

ANSWER: Final = (
    "That is a good question for this evening. I would have to look it up to be sure of every "
    "detail. Ask me again tomorrow, and I will have an answer that you can rely on."
)

type Turns = dict[str, list[SpokenTurn]]


async def answer(_request: ModelRequest) -> AsyncGenerator[str | ToolCall]:
    """Answer as a language model does: word by word."""
    await asyncio.sleep(FIRST_WORD)
    for word in ANSWER.split():
        yield f"{word} "
        await asyncio.sleep(NEXT_WORD)


async def measure(folder: Path, version: str, paths: Sequence[Path], rounds: int) -> Turns:
    """Ask all systems all questions, `rounds` times, in a Home Assistant; raises `HomeError`.

    `folder` is emptied. A first turn with each system, which loads code, does not count.
    """
    questions = [await asyncio.to_thread(read_question, path) for path in paths]
    turns: Turns = defaultdict(list)
    async with ScriptedModel(answer) as model, Home(folder, hass=version) as home:
        engines = await add_engines(home)
        model_agent = await add_ollama(home, model.url, MODEL)
        url = await _start_agents(home)
        systems = {
            OWN: await _add_agent(home, url, AGENTS[OWN], "agent"),
            HOME: await _add_agent(home, url, AGENTS[HOME], engines["conversation"]),
            WYOMING: await _add_wyoming(home, engines),
            HOME_MODEL: await _add_agent(home, url, AGENTS[HOME_MODEL], model_agent),
            WYOMING_MODEL: await _add_wyoming(home, engines | {"conversation": model_agent}),
        }
        for pipeline in systems.values():
            _check(await ask(home, pipeline, questions[0], output=FORMATS["wav"]))
        for number, question in enumerate(questions * rounds, 1):
            print(f"question {number} of {len(questions) * rounds} …", file=sys.stderr)
            for name, pipeline in systems.items():
                # Otherwise `wyoming` would answer from the cache.
                await home.api.command("call_service", domain="tts", service="clear_cache")
                turns[name].append(
                    _check(await ask(home, pipeline, question, output=FORMATS["wav"]))
                )
                await asyncio.sleep(PAUSE)
    return turns


def _check(turn: SpokenTurn) -> SpokenTurn:
    """Return the turn if it was answered; raises `HomeError` otherwise."""
    if turn.error or not first_sound(turn) or turn.turn_ended < turn.speech_ended:
        raise HomeError(f"a turn failed: {turn.error or 'no answer, or an early one'}")
    return turn


async def _start_agents(home: Home) -> str:
    """Start one server with an agent for each system; return its address."""
    file = home.folder / "agents.toml"
    sections = [f'[[agents]]\nid = "{agent}"\nkey = "{KEY}"\n' for agent in AGENTS.values()]
    await asyncio.to_thread(file.write_text, "\n".join(sections))
    await asyncio.to_thread(file.chmod, 0o600)
    log = home.folder / "agents.log"
    process = await home.start(
        sys.executable,
        *("-m", "agent_server", "--port", "0", "--config", str(file)),
        *("--state-dir", str(home.folder / "agents")),
        log=log,
        stdout=asyncio.subprocess.PIPE,
    )
    line = await process.stdout.readline() if process.stdout is not None else b""
    if not line:
        raise HomeError(f"the agents did not start, see {log}")
    return line.decode().strip()


async def _add_agent(home: Home, url: str, agent: str, answers: str) -> str:
    """Set an agent up and choose who answers; return its pipeline."""
    before = await _pipelines(home)
    await home.add_agent(url=url, agent_id=agent, api_key=KEY)
    while not (added := await _pipelines(home) - before):  # noqa: ASYNC110 (nothing reports it)
        await asyncio.sleep(0.1)
    await answer_with(home, answers)
    [pipeline] = added
    await home.update_pipeline(pipeline, prefer_local_intents=False)
    return pipeline


async def _pipelines(home: Home) -> set[str]:
    found = await home.api.command("assist_pipeline/pipeline/list")
    return {str(pipeline["id"]) for pipeline in found["pipelines"]}


async def _add_wyoming(home: Home, engines: dict[str, str]) -> str:
    """Add a pipeline of separate engines; return its id."""
    fields: dict[str, Any] = {
        f"{stage}_engine": engines[stage] for stage in ("stt", "conversation", "tts")
    }
    fields |= {f"{stage}_language": "en" for stage in ("stt", "conversation", "tts")}
    fields |= dict.fromkeys(("tts_voice", "wake_word_entity", "wake_word_id"))
    pipeline = await home.api.command(
        "assist_pipeline/pipeline/create",
        name=f"Wyoming with {engines['conversation']}",
        language="en",
        **fields,
    )
    return str(pipeline["id"])


STEPS: Final[dict[str, Callable[[SpokenTurn], float]]] = {
    "speech-to-text done": lambda turn: turn.turn_ended,
    "first sound": first_sound,
    "answer complete": lambda turn: turn.event_arrived["intent-end"],
}


def print_tables(turns: Turns) -> None:
    """Print when each step of a turn ended, and the comparisons."""
    print(f"| who answers, ms after the end of speech, medians | {' | '.join(STEPS)} |")
    print(f"|---|{'--:|' * len(STEPS)}")
    for name, had in turns.items():
        cells = [
            f"{statistics.median(when(turn) - turn.speech_ended for turn in had) * 1000:.0f}"
            for when in STEPS.values()
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    print("\n| first sound, by question | ms, median (min to max) | ratio |")
    print("|---|--:|--:|")
    for one, other in ((HOME, OWN), (HOME, WYOMING), (HOME_MODEL, WYOMING_MODEL)):
        waits = [_waits(turns[name]) for name in (one, other)]
        more = [(mine - theirs) * 1000 for mine, theirs in zip(*waits, strict=True)]
        ratio = statistics.median(waits[0]) / statistics.median(waits[1])
        print(
            f"| {one}, compared with {other} | {statistics.median(more):+.0f} "
            f"({min(more):+.0f} to {max(more):+.0f}) | {ratio:.2f} |"
        )


def _waits(turns: Sequence[SpokenTurn]) -> list[float]:
    return [first_sound(turn) - turn.speech_ended for turn in turns]


def main() -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench delegation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home-assistant", choices=HOME_ASSISTANTS, default=HOME_ASSISTANTS[-1])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--questions", type=int, default=8, help=f"{len(QUESTIONS)} at most")
    arguments = parser.parse_args()
    paths = QUESTIONS[: arguments.questions]
    try:
        turns = asyncio.run(
            measure(ROOT / ".envs" / "bench", arguments.home_assistant, paths, arguments.rounds)
        )
    except (HomeError, TimeoutError, aiohttp.ClientError) as error:
        print(f"bench: {str(error) or 'timed out'}", file=sys.stderr)
        return 1
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.process_cpu_count()} cores, "
        f"{platform.machine()}, Python {platform.python_version()}, {arguments.home_assistant}, "
        f"{len(turns[OWN])} questions to each\n"
    )
    print_tables(turns)
    return 0


if __name__ == "__main__":
    sys.exit(main())
