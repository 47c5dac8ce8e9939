"""Log-mel spectrograms as Whisper's encoder expects them."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..audio import INPUT_RATE, Samples

_BANDS: Final = 80
_WINDOW: Final = 400
_HOP: Final = 160
_LINEAR_BELOW: Final = 1000.0
"""Hz; the mel scale is logarithmic above it."""

_MELS_PER_HZ: Final = 3 / 200
_OCTAVE: Final = 27 / np.log(6.4)
"""Mels per factor of e above `_LINEAR_BELOW`."""


def log_mel(audio: Samples) -> NDArray[np.float32]:
    """Return 80 bands for each of 100 frames per second; the loudness is normalized first."""
    audio = (audio - audio.mean()) / np.sqrt(audio.var() + 1e-7)
    padded = np.pad(audio.astype(np.float64), _WINDOW // 2, mode="reflect")
    frames = sliding_window_view(padded, _WINDOW)[::_HOP][: audio.size // _HOP]
    power = np.abs(np.fft.rfft(frames * _HANN)) ** 2
    levels = np.log10(np.maximum(_FILTERS @ power.T, 1e-10))
    # Only the 80 dB below the maximum count; lower levels are clipped.
    levels = np.maximum(levels, levels.max() - 8.0)
    scaled: NDArray[np.float32] = ((levels + 4.0) / 4.0).astype(np.float32)
    return scaled


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert mels of Slaney's scale to Hz."""
    bend = _LINEAR_BELOW * _MELS_PER_HZ
    return np.where(
        mels < bend, mels / _MELS_PER_HZ, _LINEAR_BELOW * np.exp((mels - bend) / _OCTAVE)
    )


def _filters() -> NDArray[np.float64]:
    """Return triangles of equal area between neighboring mels."""
    bend = _LINEAR_BELOW * _MELS_PER_HZ
    highest = bend + _OCTAVE * np.log(INPUT_RATE / 2 / _LINEAR_BELOW)
    corners = _hertz(np.linspace(0.0, highest, _BANDS + 2))[:, None]
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    bins = np.fft.rfftfreq(_WINDOW, 1 / INPUT_RATE)
    slopes = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    areas: NDArray[np.float64] = np.maximum(slopes, 0.0) * 2 / (high - low)
    return areas


_HANN: Final = np.hanning(_WINDOW + 1)[:-1]
_FILTERS: Final = _filters()
