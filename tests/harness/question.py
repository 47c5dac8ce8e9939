"""Reads recorded questions."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from custom_components.playai.agent import AgentError, OutputFormat
from custom_components.playai.agent.audio import ReplyDecoder

RATE: Final = 16_000

_FRAME: Final = RATE // 100
_AUDIBLE: Final = 0.1
"""Level of speech, as a share of the loudest 10 ms: 20 dB below it."""


class QuestionError(Exception):
    """The recording cannot be used; the text gives the reason."""


def read_question(path: Path) -> NDArray[np.int16]:
    """Return the samples of an audio file, mono, at `RATE`; raises `QuestionError`."""
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
        raise QuestionError(f"{path}: it contains no audio")
    return np.frombuffer(pcm, np.int16)


def last_sound(samples: NDArray[np.int16]) -> float:
    """Return where speech ends, in seconds from the start."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(levels > _AUDIBLE * levels.max(initial=0))
    return (int(loud[-1]) + 1) * _FRAME / RATE if len(loud) else len(samples) / RATE
