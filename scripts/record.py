"""Records a conversation with the agent in the demo home, with the real times of everything.

scripts/record [REQUEST.wav ...]

Writes `conversation.mp3`, as a person beside the satellite hears it, and `conversation.svg`, which
shows who spoke when, and the changes in the home.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from custom_components.playai.agent import OutputFormat
from custom_components.playai.agent.audio import ReplyContainer, ReplyDecoder, ReplyEncoder
from tests.harness import ROOT
from tests.harness.changes import Change, record_changes
from tests.harness.demo_home import LIVING_ROOM, demo_home
from tests.harness.home import HomeError
from tests.harness.question import RATE, QuestionError, read_question
from tests.harness.spoken_turn import SpokenTurn, ask_satellite

RECORDINGS: Final = ROOT / "tests" / "recordings"
REQUESTS: Final = (
    RECORDINGS / "requests" / "turn-on-lamp.flac",
    RECORDINGS / "people" / "ha-en-set_a_timer_for_5_minutes.flac",
    RECORDINGS / "people" / "ha-en-lock_the_front_door.flac",
    RECORDINGS / "people" / "ha-en-timer_status.flac",
)

_WAV: Final = {
    "preferred_format": "wav",
    "preferred_sample_rate": RATE,
    "preferred_sample_channels": 1,
    "preferred_sample_bytes": 2,
}
_BREATH: Final = RATE * 4 // 5
"""Silence between two turns."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something that was said: when it began, in seconds, and its samples."""

    start: float
    samples: NDArray[np.int16]
    text: str
    is_user: bool
    note: str = ""


def main() -> int:
    """Record the conversation and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/record", description=__doc__)
    parser.add_argument("requests", type=Path, nargs="*", default=REQUESTS)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "media", help="of the files")
    arguments = parser.parse_args()
    try:
        spoken = asyncio.run(_talk(arguments.requests))
    except (HomeError, QuestionError, TimeoutError) as error:
        print(f"record: {str(error) or 'timed out'}", file=sys.stderr)
        return 1
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conversation.mp3").write_bytes(_mp3(mixed(spoken)))
    (folder / "conversation.svg").write_bytes(picture(spoken))
    for each in spoken:
        who = "you" if each.is_user else "agent"
        print(f"{each.start:5.1f} s  {who:5}  {each.text}  {each.note}".rstrip())
    return 0


async def _talk(paths: list[Path]) -> list[Spoken]:
    """Speak the requests to a satellite of the demo home, one after the other."""
    requests = [await asyncio.to_thread(read_question, path) for path in paths]
    spoken: list[Spoken] = []
    start = 0.5
    with tempfile.TemporaryDirectory() as folder:
        async with demo_home(Path(folder)) as home:
            for request in requests:
                async with record_changes(home.api) as changes:
                    turn = await ask_satellite(home, LIVING_ROOM, request, output=_WAV)
                if turn.error or not turn.audio:
                    raise HomeError(turn.error or "no answer")
                question, answer = _spoken(turn, request, changes, start)
                spoken += (question, answer)
                start = answer.start + (len(answer.samples) + _BREATH) / RATE
    return spoken


def _spoken(
    turn: SpokenTurn, request: NDArray[np.int16], changes: list[Change], start: float
) -> tuple[Spoken, Spoken]:
    began = turn.chunk_sent[0]
    decoder = ReplyDecoder(OutputFormat.WAV, RATE, target_rate=RATE)
    pcm = b"".join([*decoder.feed(bytes(turn.audio)), *decoder.flush()])
    wait = turn.first_audio - turn.speech_ended
    switched = [str(change) for change in changes if change.what == "state"]
    note = " · ".join([f"after {wait:.2f} s", *switched])
    return (
        Spoken(start, request, turn.heard, is_user=True),
        Spoken(
            start + turn.first_audio - began,
            np.frombuffer(pcm, np.int16),
            turn.said,
            is_user=False,
            note=note,
        ),
    )


def mixed(spoken: list[Spoken]) -> NDArray[np.int16]:
    """Return all speech in one track at `RATE`, each part at its time and equally loud."""
    places = [(round(each.start * RATE), each.samples) for each in spoken]
    mixed = np.zeros(max(at + len(samples) for at, samples in places) + RATE // 2, np.int32)
    for at, samples in places:
        level = max(1, int(np.abs(samples.astype(np.int32)).max()))
        mixed[at : at + len(samples)] += samples.astype(np.int32) * 20_000 // level
    return np.clip(mixed, -32_768, 32_767).astype(np.int16)


def _mp3(samples: NDArray[np.int16]) -> bytes:
    encoder = ReplyEncoder(ReplyContainer.MP3, RATE)
    return b"".join([encoder.start(), encoder.feed(samples.tobytes()), encoder.finish()])


_WIDTH: Final = 900
_ROW: Final = 58
_COLOURS: Final = {True: "#03a9f4", False: "#ff9800"}


def picture(spoken: list[Spoken]) -> bytes:
    """Return an SVG with a row for each turn: the waves on one time scale, the words below."""
    turns = list(zip(spoken[::2], spoken[1::2], strict=True))
    longest = max(answer.start + len(answer.samples) / RATE - ask.start for ask, answer in turns)
    scale = (_WIDTH - 40) / longest
    height = _ROW * len(turns) + 10
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH} {height}",
            "font-family": "sans-serif",
            "font-size": "13",
        },
    )
    ET.SubElement(svg, "title").text = "Who spoke when, and what happened"
    ET.SubElement(svg, "rect", width=str(_WIDTH), height=str(height), fill="#ffffff")
    for number, (ask, answer) in enumerate(turns):
        top = _ROW * number + 22
        for each in (ask, answer):
            left = 20 + (each.start - ask.start) * scale
            ET.SubElement(
                svg, "path", d=_wave(each.samples, left, top, scale), fill=_COLOURS[each.is_user]
            )
            words = ET.SubElement(svg, "text", x=f"{left:.0f}", y=f"{top + 28}", fill="#212121")
            words.text = each.text
            if each.note:
                note = ET.SubElement(words, "tspan", fill="#757575")
                note.text = f"  {each.note}"
    drawn: bytes = ET.tostring(svg, encoding="utf-8", xml_declaration=True)
    return drawn + b"\n"


def _wave(samples: NDArray[np.int16], left: float, middle: float, scale: float) -> str:
    """Return the outline of a wave: the loudest sample of each step of 3 units."""
    step = round(3 / scale * RATE)
    frames = np.abs(samples[: len(samples) // step * step].astype(np.int32)).reshape(-1, step)
    levels = frames.max(axis=1)
    half = np.maximum(1, levels * 14 // max(1, int(levels.max())))
    bars = (
        f"M{left + 3 * number:.1f} {middle - tall}h2v{2 * tall}h-2z"
        for number, tall in enumerate(half)
    )
    return "".join(bars)


if __name__ == "__main__":
    sys.exit(main())
