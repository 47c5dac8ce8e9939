"""Speaks a request at a satellite of a demo home, prints the events, and saves the answer.

scripts/demo [REQUEST.wav]
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.harness import ROOT
from tests.harness.changes import Change, record_changes
from tests.harness.demo_home import KITCHEN, LIVING_ROOM, demo_home
from tests.harness.home import HomeError
from tests.harness.question import QuestionError, read_question
from tests.harness.spoken_turn import SpokenTurn, ask_satellite

FORMAT_OPTIONS: dict[str, dict[str, Any]] = {
    "mp3": {},
    # The preference of a satellite with a speaker, then that of a media player.
    "wav": {
        "preferred_format": "wav",
        "preferred_sample_rate": 16_000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
    "flac": {"preferred_format": "flac", "preferred_sample_rate": 48_000},
}
SATELLITES = {"kitchen": KITCHEN, "living-room": LIVING_ROOM}
DEFAULT_REQUEST = ROOT / "tests" / "recordings" / "requests" / "turn-on-lamp.flac"


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("request", type=Path, nargs="?", default=DEFAULT_REQUEST)
    parser.add_argument("--format", choices=FORMAT_OPTIONS, default="mp3", help="of the answer")
    parser.add_argument(
        "--satellite", choices=SATELLITES, default="kitchen", help="where the request is spoken"
    )
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "demo", help="of the answer and the logs; is emptied"
    )
    arguments = parser.parse_args()
    try:
        return asyncio.run(_demo(arguments))
    except (HomeError, QuestionError, TimeoutError) as error:
        print(f"demo: {str(error) or 'timed out'}", file=sys.stderr)
        return 1


async def _demo(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    request = await asyncio.to_thread(read_question, arguments.request)
    print("starting the agent and Home Assistant …", file=sys.stderr)
    async with demo_home(folder) as home:
        print("speaking …", file=sys.stderr)
        async with record_changes(home.api) as changes:
            turn = await ask_satellite(
                home,
                SATELLITES[arguments.satellite],
                request,
                output=FORMAT_OPTIONS[arguments.format],
            )
    _show(turn, changes)
    if not turn.audio:
        return 1
    reply = folder / f"reply.{arguments.format}"
    reply.write_bytes(turn.audio)
    print(f"answer:  {_short(reply)}, {len(turn.audio)} bytes")
    print(f"log:     {_short(home.log)}")
    return 0


def _short(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _show(turn: SpokenTurn, changes: list[Change]) -> None:
    happened = [
        (turn.speech_ended, "speech ended"),
        (turn.turn_ended, "turn ended (speech-to-text done)"),
        (turn.first_audio, "first audio of the answer"),
        (turn.last_audio, "last audio of the answer"),
        *((change.at, str(change)) for change in changes),
    ]
    for when, what in sorted(happened):
        after = f"{(when - turn.speech_ended) * 1000:6.0f} ms" if when else "        -"
        print(f"{after}  {what}")
    print(f"heard:   {turn.heard}")
    for change in changes:
        print(f"changed: {change}")
    print(f"said:    {turn.said}")
    if turn.error:
        print(f"error:   {turn.error}")


if __name__ == "__main__":
    sys.exit(main())
