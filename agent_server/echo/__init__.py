"""Removes the agent's own voice from the audio of the user's microphone."""

from collections.abc import Callable
from typing import Protocol

from ..audio import Samples


class EchoCanceller(Protocol):
    """Learns how one microphone hears one loudspeaker; each conversation has its own."""

    def process(self, microphone: Samples, loudspeaker: Samples) -> Samples:
        """Return the microphone's audio without the sound of the loudspeaker.

        All three have the same length, at `INPUT_RATE`. The loudspeaker may be half a second ahead.
        """


type EchoCancellerFactory = Callable[[], EchoCanceller]
