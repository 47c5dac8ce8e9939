"""Recordings of people in a folder with a `manifest.tsv`, at the agent's rate."""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from agent_server.audio import INPUT_RATE as RATE

type Audio = NDArray[np.float32]

_STEP: Final = RATE // 100
_DYNAMICS: Final = 30.0
"""In dB below the loud parts: anything quieter is not speech."""

_ABOVE_ROOM: Final = 9.0
"""dB above the noise of the room: anything quieter is not speech, either."""


@dataclass(frozen=True)
class Clip:
    """A recording."""

    name: str
    language: str
    kind: str
    text: str
    """Empty if nobody wrote it down."""

    path: Path

    @cached_property
    def audio(self) -> Audio:
        """The samples, from -1 to 1."""
        samples, rate = soundfile.read(self.path, dtype="float32", always_2d=True)
        mono = np.ascontiguousarray(samples[:, 0])
        if rate == RATE:
            return mono
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frame = av.AudioFrame.from_ndarray(mono[None], format="flt", layout="mono")
        frame.sample_rate = rate
        frames = [*resampler.resample(frame), *resampler.resample(None)]
        resampled: Audio = np.concatenate([f.to_ndarray().reshape(-1) for f in frames])
        return resampled

    @cached_property
    def speech(self) -> tuple[int, int]:
        """The samples between which somebody speaks."""
        levels = loudness(self.audio)
        quietest = np.percentile(levels, 95) * 10 ** (-_DYNAMICS / 20)
        room = np.percentile(levels, 10) * 10 ** (_ABOVE_ROOM / 20)
        loud = np.flatnonzero(levels > max(quietest, min(room, levels.max() / 3)))
        return int(loud[0]) * _STEP, int(loud[-1] + 1) * _STEP

    @cached_property
    def dynamics(self) -> float:
        """The loud parts above the quiet ones, in dB."""
        quiet, loud = np.percentile(loudness(self.audio), (5, 95))
        return float(20 * np.log10(loud / quiet))

    @cached_property
    def room(self) -> float:
        """The level of the room when nobody speaks."""
        quiet = float(np.percentile(loudness(self.audio), 5))
        return min(max(quiet, 1e-4), 3e-3)


def loudness(audio: Audio) -> Audio:
    """Return the level of every 10 ms."""
    steps = audio[: audio.size // _STEP * _STEP].reshape(-1, _STEP)
    levels: Audio = np.sqrt(np.square(steps).mean(axis=1) + 1e-12)
    return levels


def load(folder: Path) -> list[Clip]:
    """Return the clips of a folder, in the order of its manifest."""
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Clip(row["id"], row["lang"], row["kind"], row["text"], folder / f"{row['id']}.flac")
        for row in rows
    ]
