"""Finds when the user last spoke, by the level of the microphone."""

from typing import Final

import numpy as np

from .agent.audio import mulaw_decode

QUIET: Final = 0.125
"""Share of the loudest level of the turn below which sound is not speech: -18 dB."""

NOISE: Final = 100
"""The level of a microphone in a silent room, of 32768."""


class LastSpeech:
    """The time at which the user was last heard in a turn.

    A server reports the end of speech only once it is certain of it, which the user experiences
    as waiting.
    """

    def __init__(self) -> None:
        """Create it before any audio."""
        self.at: float | None = None
        self._loudest = 0.0

    def push(self, mulaw: bytes, now: float) -> None:
        """Process audio of the microphone that has just arrived."""
        if not mulaw:
            return
        samples = mulaw_decode(mulaw).astype(np.float32)
        level = float(np.sqrt(np.mean(samples * samples)))
        self._loudest = max(self._loudest, level)
        if level > max(NOISE, QUIET * self._loudest):
            self.at = now
