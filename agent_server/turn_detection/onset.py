"""Decides which frames of speech start a turn."""

from collections import deque
from typing import Final

SPEECH: Final = 0.5
"""Probability from which a frame is speech."""

FRAMES_TO_START: Final = 3
"""Frames of speech in a row that start a turn, 96 ms: a click is shorter, a "yes" is not."""

UNCLEAR_SPEECH: Final = 0.4
UNCLEAR_FRAMES: Final = 8
"""Mean probability of that many frames that also starts a turn: some words do not have three
certain frames in a row. Noise has reached 0.35.
"""

FRAMES_TO_INTERRUPT: Final = 5
INTERRUPT_WITHIN: Final = 12
"""Frames of speech that start a turn while the agent speaks, 160 ms within 384 ms.

They need not follow each other: a "stop" has two silences, and some consonants are quiet. For 95 %
of voices, the agent stops within 0.22 s of the onset. It continues after a backchannel.
"""


class Onset:
    """The last frames between turns."""

    def __init__(self) -> None:
        self._probabilities: deque[float] = deque(maxlen=INTERRUPT_WITHIN)

    def hear(self, probability: float) -> None:
        """Append the probability that the next frame is speech of the user."""
        self._probabilities.append(probability)

    def length(self, *, agent_speaks: bool) -> int:
        """Return how many of the last frames start a turn; 0 if they do not."""
        heard = list(self._probabilities)
        voiced = [probability >= SPEECH for probability in heard]
        if agent_speaks:
            is_enough = voiced.count(True) >= FRAMES_TO_INTERRUPT
            return len(voiced) - voiced.index(True) if is_enough else 0
        if voiced[-FRAMES_TO_START:].count(True) == FRAMES_TO_START:
            return FRAMES_TO_START
        unclear = sum(heard[-UNCLEAR_FRAMES:])
        return UNCLEAR_FRAMES if unclear >= UNCLEAR_SPEECH * UNCLEAR_FRAMES else 0

    def clear(self) -> None:
        """Forget all frames."""
        self._probabilities.clear()
