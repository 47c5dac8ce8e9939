"""The tone that says that something failed, where there is no voice to say what."""

from typing import Final

import numpy as np

TONE_RATE: Final = 24_000
"""In Hz."""

_NOTES: Final = (440.0, 330.0)
_NOTE_SECONDS: Final = 0.18
_LEVEL: Final = 0.2
_FADE_SECONDS: Final = 0.02


def error_tone() -> bytes:
    """Return two falling notes, 16-bit little-endian mono PCM at `TONE_RATE`."""
    time = np.arange(round(_NOTE_SECONDS * TONE_RATE)) / TONE_RATE
    fade = np.clip(np.minimum(time, time[::-1]) / _FADE_SECONDS, 0, 1)  # Without it, it clicks.
    notes = [np.sin(2 * np.pi * hertz * time) * fade for hertz in _NOTES]
    return np.rint(np.concatenate(notes) * _LEVEL * 32_767).astype("<i2").tobytes()
