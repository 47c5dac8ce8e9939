"""Reads a recorded question, in whatever format it is."""

import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "custom_components" / "playai"))

from agent import AgentError, OutputFormat
from agent.audio import ReplyDecoder

RATE: Final = 16_000

_FRAME: Final = RATE // 100
_AUDIBLE: Final = 0.1
"""Share of the loudest 10 ms above which somebody speaks: 20 dB below."""


class QuestionError(Exception):
    """The recording cannot be used; says why."""


def read_question(path: Path) -> NDArray[np.int16]:
    """Return the samples at `RATE`, mono; raises `QuestionError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuestionError(f"{path}: {error.strerror}") from None
    decoder = ReplyDecoder(OutputFormat.WAV, RATE, target_rate=RATE)
    try:
        pcm = b"".join([*decoder.feed(data), *decoder.flush()])
    except AgentError as error:
        raise QuestionError(f"{path}: {error.message}") from None
    if not pcm:
        raise QuestionError(f"{path}: there is no audio in it")
    return np.frombuffer(pcm, np.int16)


def last_sound(samples: NDArray[np.int16]) -> float:
    """Return when the last of it was said, in seconds: what follows is quiet."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(levels > _AUDIBLE * levels.max(initial=0))
    return (int(loud[-1]) + 1) * _FRAME / RATE if len(loud) else len(samples) / RATE
