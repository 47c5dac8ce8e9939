"""The tones that are played where no voice speaks."""

from typing import Final

import numpy as np

TONE_RATE: Final = 24_000
"""In Hz, for players without a preferred sample rate."""

_FAILED: Final = (440.0, 330.0)
_WAITING: Final = (523.0, 659.0)
"""Notes in Hz."""

_NOTE_SECONDS: Final = 0.18
_LEVEL: Final = 0.2
_SOFT_LEVEL: Final = 0.08
_FADE_SECONDS: Final = 0.02


def error_tone(rate: int) -> bytes:
    """Return two falling notes, 16-bit little-endian mono PCM; `rate` in Hz."""
    return _notes(_FAILED, rate, _LEVEL)


def waiting_tone(rate: int) -> bytes:
    """Return two soft rising notes, 16-bit little-endian mono PCM; `rate` in Hz."""
    return _notes(_WAITING, rate, _SOFT_LEVEL)


def _notes(frequencies: tuple[float, ...], rate: int, level: float) -> bytes:
    time = np.arange(round(_NOTE_SECONDS * rate)) / rate
    fade = np.clip(np.minimum(time, time[::-1]) / _FADE_SECONDS, 0, 1)  # Prevents clicks.
    notes = [np.sin(2 * np.pi * hertz * time) * fade for hertz in frequencies]
    return np.rint(np.concatenate(notes) * level * 32_767).astype("<i2").tobytes()
