"""Voice activity detection by the Silero model, which is next to this file."""

from collections.abc import Callable
from typing import Final

import numpy as np
import onnxruntime

from ..audio import Samples
from . import TurnDetectionError
from .models import load_model

_MODEL: Final = "silero_vad_16k_op15.onnx"
_SHA256: Final = "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49"
_CONTEXT: Final = 64
"""Samples of the previous frame that the model needs again."""


class SileroDetector:
    """One conversation's detector: the model is shared, its state is not."""

    def __init__(self, model: onnxruntime.InferenceSession) -> None:
        self._model = model
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def probability(self, frame: Samples) -> float:
        """See `VoiceActivityDetector`."""
        inputs = {
            "input": np.concatenate([self._context, frame])[None],
            "state": self._state,
            "sr": np.array(16_000, np.int64),
        }
        try:
            output, self._state = self._model.run(None, inputs)
        except Exception as error:  # onnxruntime raises whatever its providers raise.
            raise TurnDetectionError(f"Silero failed: {error}") from error
        self._context = frame[-_CONTEXT:]
        return float(output[0, 0])


def load_silero() -> Callable[[], SileroDetector]:
    """Load the model and return a function that creates the detector of a conversation.

    Raises `TurnDetectionError`.
    """
    model = load_model(_MODEL, _SHA256)
    return lambda: SileroDetector(model)
