"""Audio on the wire: the user's µ-law in, the agent's reply out in six formats."""

from .encoder import Encoder, encoder
from .mulaw import INPUT_RATE, SILENCE, mulaw_decode, mulaw_encode
from .resampler import Samples, resample

__all__ = [
    "INPUT_RATE",
    "SILENCE",
    "Encoder",
    "Samples",
    "encoder",
    "mulaw_decode",
    "mulaw_encode",
    "resample",
]
