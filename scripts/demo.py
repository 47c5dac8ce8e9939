"""Asks a question through the Assist pipeline of Home Assistant and saves the spoken answer.

scripts/demo [QUESTION.wav]
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.harness import ROOT
from tests.harness.home import Home, HomeError
from tests.harness.question import QuestionError, read_question
from tests.harness.spoken_turn import SpokenTurn, ask

FORMAT_OPTIONS: dict[str, dict[str, Any] | None] = {
    "mp3": None,
    # The preference of a satellite with a speaker, then that of a media player.
    "wav": {
        "preferred_format": "wav",
        "preferred_sample_rate": 16_000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
    "flac": {"preferred_format": "flac", "preferred_sample_rate": 48_000},
}
DEFAULT_QUESTION = ROOT / "tests" / "recordings" / "goforward.flac"


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("question", type=Path, nargs="?", default=DEFAULT_QUESTION)
    parser.add_argument(
        "--format", choices=["mp3", "wav", "flac"], default="mp3", help="of the answer"
    )
    arguments = parser.parse_args()
    try:
        return asyncio.run(_demo(arguments))
    except (HomeError, QuestionError, TimeoutError) as error:
        print(f"demo: {str(error) or 'timed out'}", file=sys.stderr)
        return 1


async def _demo(arguments: argparse.Namespace) -> int:
    folder = ROOT / "demo"
    question = await asyncio.to_thread(read_question, arguments.question)
    print("starting the agent and Home Assistant …", file=sys.stderr)
    async with Home(folder) as home:
        pipeline = await home.add_agent()
        print("asking …", file=sys.stderr)
        turn = await ask(home, pipeline, question, output=FORMAT_OPTIONS[arguments.format])
    _show(turn)
    if not turn.audio:
        return 1
    reply = folder / f"reply.{arguments.format}"
    reply.write_bytes(turn.audio)
    print(f"answer:  {reply.relative_to(ROOT)}, {len(turn.audio)} bytes")
    print(f"log:     {home.log.relative_to(ROOT)}")
    return 0


def _show(turn: SpokenTurn) -> None:
    for name, when in (
        ("speech ended", turn.speech_ended),
        ("turn ended (speech-to-text done)", turn.turn_ended),
        ("first audio of the answer", turn.first_audio),
        ("last audio of the answer", turn.last_audio),
    ):
        after = f"{(when - turn.speech_ended) * 1000:6.0f} ms" if when else "        -"
        print(f"{after}  {name}")
    print(f"heard:   {turn.heard}")
    print(f"said:    {turn.said}")
    if turn.error:
        print(f"error:   {turn.error}")


if __name__ == "__main__":
    sys.exit(main())
