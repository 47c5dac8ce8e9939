"""Where turns begin and end, frame by frame, with a detector that follows a script."""

import numpy as np
import pytest

from agent_server.audio import INPUT_RATE, Samples
from agent_server.config import LONGEST_PAUSE
from agent_server.turn_detection import (
    FRAME,
    BackgroundHeard,
    Paused,
    Resumed,
    SpeechEnded,
    SpeechStarted,
)
from agent_server.turn_detection.endpointing import Endpointer

# A pause of 0.6 s is 19 frames, the lead 16, the tail 8, and the longest turn 469.
PAUSE, LEAD, TAIL, LONGEST = 19, 16, 8, 469


class Script:
    """A detector that follows a script: pairs of a probability and a number of frames."""

    def __init__(self, *parts: tuple[float, int]) -> None:
        self._probabilities = [p for probability, count in parts for p in [probability] * count]
        self.frames: list[Samples] = []

    def probability(self, frame: Samples) -> float:
        self.frames.append(frame)
        number = len(self.frames) - 1
        return self._probabilities[number] if number < len(self._probabilities) else 0.0


class Run:
    """Feeds numbered frames, one at a time."""

    def __init__(self, *parts: tuple[float, int], pause: float = 0.6) -> None:
        self.endpointer = Endpointer(Script(*parts), pause)
        self.number = 0
        self.events: list[tuple[int, SpeechStarted | SpeechEnded]] = []
        self.background: list[int] = []
        self.pauses: list[tuple[int, tuple[int, int] | None]] = []
        """The number of the frame of each pause, and its audio; None where speech resumed."""

    def feed(self, frames: int) -> Run:
        for _ in range(frames):
            frame = np.full(FRAME, self.number, np.float32)
            for event in self.endpointer.feed(frame):
                match event:
                    case SpeechStarted() | SpeechEnded():
                        self.events.append((self.number, event))
                    case BackgroundHeard():
                        self.background.append(self.number)
                    case Paused(audio):
                        self.pauses.append((self.number, numbers_of(audio)))
                    case Resumed():
                        self.pauses.append((self.number, None))
            self.number += 1
        return self

    @property
    def turns(self) -> list[tuple[int, tuple[int, int] | None]]:
        """The number of the frame of each event; of an end also the first and last frame."""
        return [
            (number, None if isinstance(event, SpeechStarted) else numbers_of(event.audio))
            for number, event in self.events
        ]


def numbers_of(audio: Samples) -> tuple[int, int]:
    """The first and the last frame, which all frames between them join."""
    first, last = int(audio[0]), int(audio[-1])
    assert np.array_equal(audio, np.repeat(np.arange(first, last + 1, dtype=np.float32), FRAME))
    return first, last


def test_third_frame_of_speech_starts_a_turn() -> None:
    assert Run((0, 50), (1, 2), (0, 5), (1, 2)).feed(100).turns == []
    assert Run((0, 50), (1, 3)).feed(60).turns == [(52, None)]


def test_speech_over_the_agent_starts_a_turn_in_spite_of_gaps() -> None:
    run = Run((0, 50), (1, 2), (0, 3), (1, 2), (0, 2), (1, 2), (0, 30))
    run.endpointer.agent_speaks = True
    run.feed(100)
    assert run.turns[0] == (59, None)
    assert run.turns[1][1] == (50 + 3 - LEAD, 60 + TAIL)


def test_sounds_far_apart_do_not_interrupt_the_agent() -> None:
    run = Run((0, 50), *[(1, 4), (0, 9)] * 5)
    run.endpointer.agent_speaks = True
    assert run.feed(150).turns == []


@pytest.mark.parametrize(("probability", "starts"), [(0.49, False), (0.5, True), (0.51, True)])
def test_probability_that_starts_a_turn(probability: float, starts: bool) -> None:
    assert bool(Run((probability, 5)).feed(5).turns) is starts


@pytest.mark.parametrize(("probability", "ends"), [(0.34, True), (0.35, False), (0.36, False)])
def test_probability_that_continues_a_turn(probability: float, ends: bool) -> None:
    run = Run((1, 3), (probability, 50)).feed(50)
    assert (len(run.turns) == 2) is ends


def test_turn_ends_with_the_pause() -> None:
    """It has the lead, with the frames of the start in it, and the tail."""
    run = Run((0, 50), (1, 13)).feed(50 + 13 + PAUSE - 1)
    assert run.turns == [(52, None)]
    run.feed(1)
    first, last = 52 + 1 - LEAD, 50 + 13 - 1 + TAIL
    assert run.turns[1:] == [(50 + 13 + PAUSE - 1, (first, last))]


def test_speech_in_the_pause_continues_the_turn() -> None:
    run = Run((1, 10), (0, PAUSE - 1), (1, 1), (0, PAUSE)).feed(10 + PAUSE - 1 + 1 + PAUSE)
    assert [number for number, _ in run.turns] == [2, 10 + PAUSE + PAUSE - 1]


def test_audio_after_the_tail_leads_the_next_turn() -> None:
    run = Run((1, 10), (0, PAUSE), (1, 10)).feed(10 + PAUSE + 10 + PAUSE)
    (_, first), (start, _), (_, second) = run.turns[1:]
    assert first == (0, 10 - 1 + TAIL)
    assert start == 10 + PAUSE + 2
    # All that is not in the first turn: it is shorter than the lead.
    assert second == (10 + TAIL, 10 + PAUSE + 10 - 1 + TAIL)
    assert 10 + PAUSE + 3 - (10 + TAIL) < LEAD


def test_lead_does_not_hold_audio_of_an_earlier_turn() -> None:
    run = Run((1, 10), (0, PAUSE + 30), (1, 3)).feed(10 + PAUSE + 30 + 3 + PAUSE)
    assert run.turns[-1][1] == (10 + PAUSE + 33 - LEAD, 10 + PAUSE + 33 - 1 + TAIL)


def test_new_turn_needs_its_own_start() -> None:
    """Frames of speech before the end of a turn do not count for the next one."""
    run = Run((1, 10), (0.3, PAUSE), (1, 3)).feed(10 + PAUSE)
    assert [number for number, _ in run.turns] == [2, 10 + PAUSE - 1]
    assert [number for number, _ in run.feed(3).turns[2:]] == [10 + PAUSE + 2]


def test_endless_speech_is_dropped() -> None:
    run = Run((1, 3000)).feed(LONGEST - 1)
    assert (run.turns, run.background) == ([(2, None)], [])
    run.feed(1)
    assert (run.turns, run.background) == ([(2, None)], [LONGEST - 1])


def test_pause_of_the_answer_ends_a_stretch_of_speech() -> None:
    """1.5 s are 47 frames."""
    for pause, is_dropped in ((46, True), (47, False)):
        run = Run((1, 400), (0, pause), (1, 100)).feed(550)
        assert bool(run.background) is is_dropped


@pytest.mark.parametrize(
    ("pause", "frames"), [(0.6, 19), (0.8, 25), (0.032, 1), (0.0, 1), (0.048, 2), (0.064, 2)]
)
def test_length_of_the_pause(pause: float, frames: int) -> None:
    run = Run((1, 10), pause=pause).feed(10 + 60)
    assert run.turns[1][0] == 10 + frames - 1


def test_usual_pause() -> None:
    run = Run((1, 10), pause=LONGEST_PAUSE).feed(10 + 60)
    assert run.turns[1][0] == 10 + 29 - 1  # 0.9 s without models.


def test_short_pause_has_no_tail_beyond_it() -> None:
    run = Run((1, 10), pause=0.128).feed(20)
    assert run.turns[1:] == [(13, (0, 13))]


# Pauses.


def test_models_are_asked_twice_in_a_pause() -> None:
    run = Run((0, 50), (1, 13), pause=2.0).feed(50 + 13 + 60)
    first, last = 37, 50 + 13 - 1
    assert run.pauses == [(last + n, (first, last + n)) for n in (4, 9)]


def test_pause_ends_when_the_user_continues() -> None:
    run = Run((1, 10), (0, 4), (1, 1), (0, 3), (1, 1), (0, 4)).feed(10 + 4 + 1 + 3 + 1 + 4)
    assert run.pauses == [(13, (0, 13)), (14, None), (22, (0, 22))]


# Audio in pieces.


@pytest.mark.parametrize("size", [1, 100, 511, 512, 513, 1000, 100_000])
def test_detector_gets_whole_frames(size: int) -> None:
    script = Script()
    audio = np.arange(10 * FRAME + 7, dtype=np.float32)
    endpointer = Endpointer(script)
    for begin in range(0, audio.size, size):
        endpointer.feed(audio[begin : begin + size])
    assert len(script.frames) == 10
    assert np.array_equal(np.concatenate(script.frames), audio[: 10 * FRAME])


def test_events_of_one_piece_are_in_order() -> None:
    audio = np.zeros(100 * FRAME, np.float32)
    found = Endpointer(Script((1, 10), (0, 30), (1, 10)), 0.6).feed(audio)
    kinds = [type(event) for event in found if not isinstance(event, Paused)]
    assert kinds == [SpeechStarted, SpeechEnded, SpeechStarted, SpeechEnded]


def test_figures_of_the_protocol() -> None:
    assert (INPUT_RATE, FRAME) == (16_000, 512)


def test_speech_so_far() -> None:
    run = Run((0, 50), (1, 5), (0, 40)).feed(52)
    assert run.endpointer.speech(0) is None
    run.feed(1)
    speech = run.endpointer.speech(0)
    assert speech is not None
    assert numbers_of(speech) == (53 - LEAD, 52)
    run.feed(2)
    more = run.endpointer.speech(speech.size)
    assert more is not None
    assert numbers_of(more) == (53, 54)
    rest = run.endpointer.speech(speech.size + more.size)
    assert rest is not None
    assert rest.size == 0
    assert run.feed(30).endpointer.speech(0) is None
