"""Push to talk: the audio for the agent from a microphone whose button the user holds.

An agent that knows the button waits until it is released. Any other one ends the turn in a pause.
"""

from typing import Final

import numpy as np

from ..agent.audio import SILENCE, mulaw_decode

QUIET: Final = 300
"""The level of a frame, in 16-bit samples, below which nobody speaks."""

PAUSE_BYTES: Final = 1_600
"""While the button is held, 0.1 s of a pause is sent: for some agents, 0.2 s ends the turn."""

LONGEST_BYTES: Final = 60 * 16_000
"""A press counts for a minute at most: its release may never come."""


class TalkButton:
    """Replaces the microphone with silence unless the button is held.

    For an agent that does not know the button, it also removes long pauses while it is held.
    """

    def __init__(self) -> None:
        """Create a button that the user does not hold."""
        self.is_held = False
        self._held_bytes = 0
        self._quiet_bytes = 0

    def press(self, *, is_held: bool) -> None:
        """Hold or release the button."""
        self.is_held = is_held
        self._held_bytes = 0
        self._quiet_bytes = 0

    def hear(self, mulaw: bytes, *, is_known: bool) -> bytes:
        """Return the audio for the agent in place of a frame; it may be empty in a long pause."""
        self._held_bytes += len(mulaw)
        if self._held_bytes > LONGEST_BYTES:
            self.press(is_held=False)
        if not self.is_held:
            return bytes([SILENCE]) * len(mulaw)
        if is_known or not mulaw or _level(mulaw) >= QUIET:
            self._quiet_bytes = 0
            return mulaw
        self._quiet_bytes += len(mulaw)
        return mulaw if self._quiet_bytes <= PAUSE_BYTES else b""


def _level(mulaw: bytes) -> float:
    """Return the root mean square of a frame."""
    samples = mulaw_decode(mulaw).astype(np.float64)
    return float(np.sqrt(np.mean(samples**2)))
