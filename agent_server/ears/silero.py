"""Voice activity by the Silero model, beside this file."""

from collections.abc import Callable
from importlib.resources import files
from typing import Final

import numpy as np
import onnxruntime

from . import EarsError, Samples
from .onnx import load

_MODEL: Final = files(__package__) / "silero_vad_16k_op15.onnx"
_CONTEXT: Final = 64
"""Samples of the frame before that the model wants to see again."""


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
            raise EarsError(f"Silero failed: {error}") from error
        self._context = frame[-_CONTEXT:]
        return float(output[0, 0])


def load_silero() -> Callable[[], SileroDetector]:
    """Load the model once; what is returned makes a detector for each conversation."""
    model = load(_MODEL.read_bytes())
    return lambda: SileroDetector(model)
