"""Finds where the user's turn starts and ends, in the time of the audio.

The speed at which audio arrives does not matter: a minute that arrives at once gives the same
events as a minute in real time.
"""

from collections import deque
from typing import Final

import numpy as np

from ..audio import INPUT_RATE, Samples
from . import FRAME, SpeechEnded, SpeechStarted, VoiceActivityDetector

PAUSE: Final = 0.6
"""Seconds without speech that end a turn: people pause for half a second in a sentence."""

SPEECH: Final = 0.5
"""Probability from which a frame is speech."""

STILL_SPEECH: Final = 0.1
"""Probability from which a frame continues speech: voices fade, and words start softly.

Of all pauses of half a second between two of the test recordings 3 % end a turn with it,
and 21 % with the 0.35 of the model's authors; the end comes 64 ms later.
"""

FRAMES_TO_START: Final = 3
"""Frames of speech in a row that start a turn, 96 ms: a click is shorter, a "yes" is not."""

LEAD: Final = 0.5
"""Seconds kept before the detected start: the model is late, and consonants are quiet."""

TAIL: Final = 0.25
"""Seconds kept after the last speech."""

LONGEST: Final = 60.0
"""Seconds after which a turn ends, even during speech."""


class Endpointer:
    """Detects where the user speaks in the audio of one conversation."""

    def __init__(self, detector: VoiceActivityDetector, pause: float = PAUSE) -> None:
        """`pause` in seconds."""
        self._detector = detector
        self._pause_frames = max(1, round(pause * INPUT_RATE / FRAME))
        self._rest = np.empty(0, np.float32)
        self._before: deque[Samples] = deque(maxlen=round(LEAD * INPUT_RATE / FRAME))
        self._speech: list[Samples] = []
        """Empty while the user is silent."""

        self._voiced = 0
        self._quiet = 0

    def feed(self, audio: Samples) -> list[SpeechStarted | SpeechEnded]:
        """Take audio of any length and return the events in it, in order.

        Takes about 0.1 ms of work for 32 ms of audio. Raises `TurnDetectionError`.
        """
        audio = np.concatenate([self._rest, audio])
        whole = len(audio) - len(audio) % FRAME
        self._rest = audio[whole:]
        events: list[SpeechStarted | SpeechEnded] = []
        for frame in audio[:whole].reshape(-1, FRAME):
            probability = self._detector.probability(frame)
            if self._speech:
                events += self._in_speech(frame, is_speech=probability >= STILL_SPEECH)
            else:
                events += self._in_silence(frame, is_speech=probability >= SPEECH)
        return events

    def so_far(self) -> Samples | None:
        """Return the speech so far during a pause, None during speech or silence.

        If the pause continues, the turn ends with exactly this audio, so that it can be
        transcribed early.
        """
        trailing = self._quiet - round(TAIL * INPUT_RATE / FRAME)
        if not self._speech or trailing < 0:
            return None
        return np.concatenate(self._speech[: len(self._speech) - trailing])

    def _in_silence(self, frame: Samples, *, is_speech: bool) -> list[SpeechStarted | SpeechEnded]:
        self._before.append(frame)
        self._voiced = self._voiced + 1 if is_speech else 0
        if self._voiced < FRAMES_TO_START:
            return []
        self._speech = list(self._before)
        self._before.clear()
        self._quiet = 0
        return [SpeechStarted()]

    def _in_speech(self, frame: Samples, *, is_speech: bool) -> list[SpeechStarted | SpeechEnded]:
        self._speech.append(frame)
        self._quiet = 0 if is_speech else self._quiet + 1
        if self._quiet < self._pause_frames and len(self._speech) * FRAME < LONGEST * INPUT_RATE:
            return []
        trailing = max(0, self._quiet - round(TAIL * INPUT_RATE / FRAME))
        speech = np.concatenate(self._speech[: len(self._speech) - trailing])
        # The audio after the turn may be the start of the next one.
        self._before.extend(self._speech[len(self._speech) - trailing :])
        self._speech, self._voiced = [], 0
        return [SpeechEnded(speech)]
