"""µ-law (ITU-T G.711): one byte per sample, logarithmic."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

INPUT_RATE: Final = 16_000
"""Rate of the user's audio, in Hz; at one byte per sample also its bytes per second."""

SILENCE: Final = 0xFF
"""The byte of a sample that is zero."""

_NEGATIVE_ZERO: Final = 0x7F
_BIAS: Final = 0x84


def _level(code: int) -> int:
    """Return the 16-bit sample of a code: sign, three bits of exponent, four of mantissa."""
    bits = code ^ 0xFF
    magnitude = (((bits & 0x0F) << 3) + _BIAS << (bits >> 4 & 7)) - _BIAS
    return -magnitude if bits & 0x80 else magnitude


_LEVELS: Final = np.array([_level(code) for code in range(256)], np.int16)
_FLOATS: Final = (_LEVELS / 32768).astype(np.float32)


def _nearest_codes() -> NDArray[np.uint8]:
    """Return for each 16-bit sample, taken as unsigned, the code of the nearest level."""
    codes = np.array([code for code in range(256) if code != _NEGATIVE_ZERO], np.uint8)
    codes = codes[np.argsort(_LEVELS[codes])]
    levels = _LEVELS[codes].astype(np.int32)
    samples = np.arange(0x10000, dtype=np.uint16).view(np.int16)
    return codes[np.searchsorted((levels[1:] + levels[:-1]) / 2, samples)]


_CODES: Final = _nearest_codes()


def mulaw_decode(data: bytes | bytearray) -> NDArray[np.float32]:
    """Return samples from -1 to 1."""
    return _FLOATS[np.frombuffer(data, np.uint8)]


def mulaw_encode(samples: NDArray[np.int16]) -> bytes:
    """Return the nearest codes of 16-bit samples."""
    return _CODES[samples.view(np.uint16)].tobytes()
