r"""µ-law of ITU-T G.711: eight bits per sample, with a range of 14 bits.

    >>> mulaw_encode(np.array([0, 1000, -1000], np.int16))
    b'\xff\xce\x4e'

Both directions use tables, computed once by this rule: add 132 to the magnitude, then keep
the position of its highest bit (3 bits) and the four bits below it, all inverted.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SILENCE: Final = 0xFF
"""The byte of the sample 0."""

_BIAS: Final = 132
_CLIP: Final = 32_635
"""The largest magnitude that fits after the bias is added."""


def mulaw_encode(samples: NDArray[np.int16]) -> bytes:
    """Encode 16-bit samples, one byte each; samples beyond the range are clipped."""
    return _ENCODED.take(samples.view(np.uint16)).tobytes()


def mulaw_decode(data: bytes) -> NDArray[np.int16]:
    """Decode bytes to 16-bit samples."""
    return np.take(_DECODED, np.frombuffer(data, np.uint8))


def _decoding_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    segment, step = (code >> 4) & 7, code & 15
    magnitude = (((step.astype(np.int32) << 3) + _BIAS) << segment) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoding_table() -> NDArray[np.uint8]:
    sample = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    biased = np.minimum(abs(sample), _CLIP) + _BIAS
    segment = np.log2(biased).astype(np.int32) - 7
    code: NDArray[np.int32] = (
        (segment << 4) | ((biased >> (segment + 3)) & 15) | np.where(sample < 0, 0x80, 0)
    )
    return (~code).astype(np.uint8)


_DECODED: Final = _decoding_table()
_ENCODED: Final = _encoding_table()
