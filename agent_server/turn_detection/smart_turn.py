"""Judges with the Smart Turn model, next to this file, whether an utterance sounds complete.

It judges intonation and words in 23 languages, and needs no transcript.
"""

from typing import Final

import numpy as np

from ..audio import INPUT_RATE, Samples
from . import TurnDetectionError
from .mel import log_mel
from .models import load_model

_MODEL: Final = "smart_turn_v3.2_cpu.onnx"
_SHA256: Final = "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"
_HEARD: Final = 8 * INPUT_RATE
"""Samples that the model hears: the last ones."""


class SmartTurn:
    """The loaded model; thread-safe."""

    def __init__(self) -> None:
        """Load the model; raises `TurnDetectionError`."""
        self._model = load_model(_MODEL, _SHA256)

    def probability(self, audio: Samples) -> float:
        """Return the probability that an utterance ending with this audio is complete.

        Takes about 35 ms of one core. Raises `TurnDetectionError`.
        """
        audio = audio[-_HEARD:]
        audio = np.pad(audio, (_HEARD - audio.size, 0))
        try:
            (output,) = self._model.run(None, {"input_features": log_mel(audio)[None]})
        except Exception as error:  # onnxruntime raises whatever its providers raise.
            raise TurnDetectionError(f"Smart Turn failed: {error}") from error
        return float(output[0, 0])
