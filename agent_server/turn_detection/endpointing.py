"""Finds where the user's turn starts and ends, in the time of the audio.

Silence alone does not end a turn: `Paused` asks for the opinion of the models, which arrives
through `judge` at any time. Without an opinion, a fixed pause ends the turn.
"""

from collections import deque
from typing import Final

import numpy as np

from ..audio import Samples
from ..config import LONGEST_PAUSE, EndOfTurn
from . import (
    FRAME,
    SECONDS,
    BackgroundHeard,
    Paused,
    Resumed,
    SpeechEnded,
    SpeechStarted,
    TurnEvent,
    VoiceActivityDetector,
)
from .background import VoiceStretch
from .gate import FADED, LevelGate
from .onset import INTERRUPT_WITHIN, SPEECH, Onset
from .policy import ASK_AFTER, TurnEndPolicy
from .score import Evidence

STILL_SPEECH: Final = 0.35
"""Probability from which a frame continues speech: voices fade, and words start softly."""

LEAD: Final = 0.42
"""Seconds kept before the first speech: the model is late, and consonants are quiet."""

TAIL: Final = 0.25
"""Seconds kept after the last speech."""

LONGEST_HOLD: Final = 60.0
"""Seconds after which a button that the user holds counts as released."""

_LEAD_FRAMES: Final = round(LEAD / SECONDS)


class Endpointer:
    """Detects where the user speaks in the audio of one conversation."""

    def __init__(
        self,
        detector: VoiceActivityDetector,
        pause: float = LONGEST_PAUSE,
        end_of_turn: EndOfTurn = EndOfTurn.NORMAL,
    ) -> None:
        """`pause` is the longest pause in seconds, see `TurnEndPolicy`."""
        self.policy = TurnEndPolicy(end_of_turn, pause)
        self.agent_speaks = False
        """Whether the user hears the agent: then it takes more speech to start a turn."""

        self.removes_echo = False
        """Whether the agent's voice was removed from the audio, with a part of the user's."""

        self._detector = detector
        self._gate = LevelGate()
        self._stretch = VoiceStretch()
        self._onset = Onset()
        self._rest = np.empty(0, np.float32)
        self._before: deque[Samples] = deque(maxlen=INTERRUPT_WITHIN + _LEAD_FRAMES)
        self._speech: list[Samples] = []
        """Empty while the user is silent."""

        self._quiet = 0
        self._faded = 0
        """Frames before `_quiet` in which only background voices were heard."""

        self._pauses: list[Paused] = []
        """The pauses that were reported in the current silence."""

        self._evidence: Evidence | None = None
        self._held = 0
        """Frames until the button counts as released; 0 while the user does not hold it."""

    @property
    def is_held(self) -> bool:
        """Whether the user holds a button to talk: no pause ends the turn; every voice counts."""
        return self._held > 0

    def press(self) -> None:
        """Start to listen to a user who holds a button; forget audio that started no turn."""
        if self.is_held:
            return
        self._held = _HOLD_FRAMES
        self._before.clear()
        self._onset.clear()

    def release(self) -> list[TurnEvent]:
        """End the turn at once, with all of the audio; raises `TurnDetectionError`."""
        events = self.feed(np.zeros(-self._rest.size % FRAME, np.float32))
        return [*events, *self._let_go()]

    def feed(self, audio: Samples) -> list[TurnEvent]:
        """Process audio of any length and return the events in it, in order.

        Takes about 0.1 ms of work for 32 ms of audio. Raises `TurnDetectionError`.
        """
        audio = np.concatenate([self._rest, audio])
        whole = len(audio) - len(audio) % FRAME
        self._rest = audio[whole:]
        events: list[TurnEvent] = []
        for frame in audio[:whole].reshape(-1, FRAME):
            probability = self._detector.probability(frame)
            if self._speech:
                events += self._in_speech(frame, is_speech=probability >= STILL_SPEECH)
            else:
                events += self._in_silence(frame, probability)
            if self._held == 1:
                events += self._let_go()
            elif self._held:
                self._held -= 1
        return events

    def speech(self, start: int) -> Samples | None:
        """Return the user's speech so far from the sample `start` on, a multiple of `FRAME`.

        None while the user is silent.
        """
        if not self._speech:
            return None
        frames = self._speech[start // FRAME :]
        return np.concatenate(frames) if frames else np.empty(0, np.float32)

    def judge(self, paused: Paused, evidence: Evidence) -> list[TurnEvent]:
        """Use the findings of the models in a pause; return `SpeechEnded` if that ends the turn.

        Evidence of an earlier pause is ignored.
        """
        if not any(paused is known for known in self._pauses):
            return []
        if self._evidence is None or self._evidence.silence <= evidence.silence:
            self._evidence = evidence
        return self._end() if self._is_over() else []

    def _in_silence(self, frame: Samples, probability: float) -> list[TurnEvent]:
        self._before.append(frame)
        is_user = self.is_held or self._may_be_user(frame, probability)
        self._onset.hear(probability if is_user else 0.0)
        length = self._onset.length(agent_speaks=self.agent_speaks and not self.is_held)
        if not length:
            return []
        self._speech = list(self._before)[-length - _LEAD_FRAMES :]
        self._before.clear()
        self._onset.clear()
        self._quiet = 0
        self._stretch.start_turn()
        return [SpeechStarted()]

    def _may_be_user(self, frame: Samples, probability: float) -> bool:
        """Return whether a frame between turns, if it is speech, may be the user's."""
        if probability < SPEECH:
            self._gate.pass_time(agent_speaks=self.agent_speaks)
        may_echo = self.agent_speaks and not self.removes_echo
        is_loud = self._gate.is_user(frame, agent_speaks=may_echo)
        # Sound while the agent speaks may be the agent's own.
        is_speech = is_loud and probability >= SPEECH and not self.agent_speaks
        self._stretch.hear(frame, is_speech=is_speech)
        return is_loud and self._stretch.is_user(frame)

    def _in_speech(self, frame: Samples, *, is_speech: bool) -> list[TurnEvent]:
        self._speech.append(frame)
        events: list[TurnEvent] = []
        is_voice, has_faded = is_speech, False
        if not self.is_held:
            self._stretch.hear(frame, is_speech=is_speech)
            is_voice = is_speech and self._stretch.is_user(frame)
            if is_voice:
                self._gate.listen(frame)
            has_faded = self._gate.has_faded
        if is_voice and not has_faded:
            if self._pauses:
                events.append(Resumed())
            self._quiet = self._faded = 0
            self._forget_pause()
        else:
            self._quiet += 1
            if is_voice and self._quiet < _ASK_FRAMES[0]:
                self._quiet = _ASK_FRAMES[-1]
                self._faded = FADED - self._quiet
            if self._quiet in _ASK_FRAMES:
                heard = self._speech[: len(self._speech) - self._faded]
                self._pauses.append(Paused(np.concatenate(heard), self._quiet * SECONDS))
                events.append(self._pauses[-1])
        if self._is_over():
            events += self._end()
        elif self._stretch.is_too_long:
            self._stretch.ignore()
            self._clear(is_user=False)
            events.append(BackgroundHeard())
        return events

    def _is_over(self) -> bool:
        if self.is_held or not self._quiet:
            return False
        length = len(self._speech) * SECONDS
        is_early = self._stretch.turns > 0
        return self.policy.is_over(
            self._quiet * SECONDS, self._evidence, length, has_continued=is_early
        )

    def _end(self) -> list[TurnEvent]:
        quiet = self._quiet + self._faded
        trailing = max(0, quiet - round(TAIL / SECONDS))
        speech = np.concatenate(self._speech[: len(self._speech) - trailing])
        # The audio after the turn may be the start of the next one.
        self._before.extend(self._speech[len(self._speech) - trailing :])
        if not self.is_held:
            self._stretch.turns += 1
            if self._gate.has_faded and self._stretch.is_heard:
                self._stretch.ignore(FADED)
        self._clear(is_user=True)
        return [SpeechEnded(speech, quiet * SECONDS)]

    def _let_go(self) -> list[TurnEvent]:
        """Release the button; the user has finished."""
        events = self._end() if self._speech else []
        self._held = 0
        return events

    def _clear(self, *, is_user: bool) -> None:
        self._speech = []
        self._faded = 0
        self._gate.end_turn(is_user=is_user)
        self._forget_pause()

    def _forget_pause(self) -> None:
        self._pauses, self._evidence = [], None


_HOLD_FRAMES: Final = round(LONGEST_HOLD / SECONDS)
_ASK_FRAMES: Final = [round(seconds / SECONDS) for seconds in ASK_AFTER]
