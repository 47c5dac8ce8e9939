"""A turn's words, whatever order its utterances are transcribed in."""

import asyncio
import gc
from typing import Any

import numpy as np
import pytest

from agent_server.conversation.utterances import Utterances
from agent_server.stt import Transcript

ONE, TWO = np.zeros(1_000, np.float32), np.zeros(2_000, np.float32)


class Ears:
    """Transcribes audio to its number of samples, when the test allows it."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.begun: list[Heard] = []
        self.may = asyncio.Event()
        self.may.set()

    def begin(self, earlier: Transcript | None = None) -> Heard:
        self.earlier = earlier
        self.last = Heard(self)
        self.begun.append(self.last)
        return self.last


class Heard:
    def __init__(self, ears: Ears) -> None:
        self.ears = ears
        self.size = 0
        self.is_certain = False
        self.is_dropped = False

    def feed(self, samples: np.ndarray) -> None:
        self.size += samples.size

    def confirm(self) -> None:
        self.is_certain = True

    def drop(self) -> None:
        self.is_dropped = True

    async def transcript(self) -> Transcript:
        self.ears.asked.append(self.size)
        await self.ears.may.wait()
        if self.size == 666:
            raise RuntimeError
        text = "" if self.size == 0 else f" {self.size} "
        return Transcript(text, is_command=self.size == TWO.size)


async def test_utterances_are_joined():
    words = Utterances(Ears().begin)
    words.add(ONE)
    words.add(ONE[:0])
    words.add(TWO)
    assert await words.text() == "1000 2000"
    words.forget()
    words.add(TWO)
    assert await words.text() == "2000"


async def test_comma_at_the_end_is_left_out():
    class Pausing(Heard):
        async def transcript(self) -> Transcript:
            return Transcript("Turn on the lamp,")

    words = Utterances(lambda _: Pausing(Ears()))
    words.add(ONE)
    words.add(ONE)
    assert await words.text() == "Turn on the lamp, Turn on the lamp"


async def test_a_right_guess_is_used():
    ears = Ears()
    words = Utterances(ears.begin)
    assert words.guess(ONE)
    assert words.is_guessed
    assert await words.text() == "1000"
    assert words.add(ONE)
    assert not words.is_guessed
    assert await words.text() == "1000"
    assert ears.asked == [1_000]


async def test_a_guess_becomes_certain():
    ears = Ears()
    words = Utterances(ears.begin)
    words.guess(ONE)
    await asyncio.sleep(0)
    assert not ears.last.is_certain
    words.add(ONE)
    assert ears.last.is_certain


class Talking:
    """The speech so far, as the endpointer keeps it; None while the user is silent."""

    def __init__(self) -> None:
        self.audio: np.ndarray | None = None

    def __call__(self, start: int) -> np.ndarray | None:
        return None if self.audio is None else self.audio[start:]


async def test_the_engine_hears_the_user_speak():
    ears, talking = Ears(), Talking()
    words = Utterances(ears.begin)
    words.stream(talking)
    assert ears.begun == []
    for samples in (300, 300, 700):
        talking.audio = np.zeros(samples, np.float32)
        words.stream(talking)
    (heard,) = ears.begun
    assert heard.size == 700
    assert ears.asked == []
    assert words.guess(ONE)
    assert words.add(ONE)
    assert await words.text() == "1000"
    assert ears.begun == [heard]


async def test_all_of_the_speech_is_another_utterance_when_the_user_continues():
    ears, talking = Ears(), Talking()
    words = Utterances(ears.begin)
    talking.audio = ONE
    words.stream(talking)
    guessed = words.guess(ONE)
    words.stream(talking)
    words.drop_guess()
    talking.audio = TWO
    words.stream(talking)
    first, second = ears.begun
    assert (first.size, second.size) == (1_000, 2_000)
    assert not words.add(TWO)
    assert await words.text() == "2000"
    assert guessed.cancelled()
    assert len(ears.begun) == 2


async def test_guess_that_is_dropped_at_once_is_not_heard_any_more():
    ears = Ears()
    words = Utterances(ears.begin)
    words.guess(ONE)
    words.drop_guess()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert ears.asked == []
    assert ears.last.is_dropped


async def test_speech_that_is_too_long_for_a_guess_is_heard_once():
    ears, talking = Ears(), Talking()
    words = Utterances(ears.begin)
    talking.audio = np.zeros(11 * 16_000, np.float32)
    words.stream(talking)
    assert words.guess(talking.audio) is None
    words.stream(talking)
    # The silence after the speech is not part of it, but the engine has heard it.
    words.add(talking.audio[:-1_000])
    assert await words.text() == str(11 * 16_000)
    assert len(ears.begun) == 1


@pytest.mark.parametrize("end", [lambda words: words.stream(Talking()), Utterances.stop])
async def test_speech_that_was_none_is_dropped(end: Any):
    ears, talking = Ears(), Talking()
    words = Utterances(ears.begin)
    talking.audio = ONE
    words.stream(talking)
    end(words)
    (heard,) = ears.begun
    assert heard.is_dropped
    words.stream(talking)
    assert len(ears.begun) == 2
    words.stop()


async def test_a_wrong_guess_is_dropped():
    ears = Ears()
    words = Utterances(ears.begin)
    words.guess(ONE)
    await asyncio.sleep(0)
    words.drop_guess()
    assert not words.is_guessed
    assert not words.add(TWO)
    assert await words.text() == "2000"


async def test_a_command_replaces_the_first_guess_when_it_is_ready():
    ears = Ears()
    words = Utterances(ears.begin)
    first = words.guess(ONE)
    assert await first == Transcript(" 1000 ")
    second = words.guess(TWO)
    assert ears.earlier is first.result()
    assert not words.take_guess()
    assert await words.text() == "1000"
    await second
    assert words.take_guess()
    assert await words.text() == "2000"
    await words.guess(TWO)
    assert not words.take_guess()  # The same words.
    assert words.add(TWO)
    assert await words.text() == "2000"


@pytest.mark.parametrize("is_ready", [True, False])
async def test_command_that_another_engine_has_heard(is_ready: bool):
    ears = Ears()
    words = Utterances(ears.begin)
    assert not words.take_command("lights on")
    if not is_ready:
        ears.may.clear()
    guess = words.guess(ONE)
    await asyncio.sleep(0)
    assert words.take_command("lights on")
    assert await words.text() == "lights on"
    assert guess is not None
    assert guess.cancelled() is not is_ready
    assert not words.take_command("Lights on.")  # The same words.
    assert words.add(ONE)
    assert await words.text() == "lights on"


async def test_words_replace_a_guess_without_words():
    words = Utterances(Ears().begin)
    await words.guess(ONE[:0])
    await words.guess(ONE)
    assert words.take_guess()
    assert await words.text() == "1000"


async def test_other_words_do_not_replace_the_first_guess():
    words = Utterances(Ears().begin)
    await words.guess(ONE)
    await words.guess(ONE[:500])
    assert not words.take_guess()
    assert await words.text() == "1000"


async def test_a_second_guess_that_is_not_ready_or_fails_changes_nothing():
    ears = Ears()
    words = Utterances(ears.begin)
    await words.guess(ONE)
    ears.may.clear()
    late = words.guess(TWO)
    assert words.add(ONE)
    assert await words.text() == "1000"
    await asyncio.sleep(0)
    assert late.cancelled()
    ears.may.set()
    words = Utterances(ears.begin)
    await words.guess(ONE)
    failing = words.guess(np.zeros(666, np.float32))
    await asyncio.wait([failing])
    assert not words.take_guess()
    words.add(ONE)
    assert await words.text() == "1000"


async def test_a_long_utterance_is_not_guessed():
    ears = Ears()
    words = Utterances(ears.begin)
    assert words.guess(np.zeros(11 * 16_000, np.float32)) is None
    await asyncio.sleep(0)
    assert ears.asked == []


async def test_a_turn_that_is_cancelled_leaves_its_words():
    ears = Ears()
    ears.may.clear()
    words = Utterances(ears.begin)
    words.add(ONE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await words.text()
    words.add(TWO)
    ears.may.set()
    assert await words.text() == "1000 2000"
    assert ears.asked == [1_000, 2_000]


async def test_failures():
    words = Utterances(Ears().begin)
    words.guess(np.zeros(666, np.float32))
    await asyncio.sleep(0)  # The guess fails before anybody asks for it.
    words.add(np.zeros(666, np.float32))
    with pytest.raises(RuntimeError):
        await words.text()


async def test_only_the_last_utterances_of_an_endless_turn_count():
    words = Utterances(Ears().begin)
    for _ in range(60):
        words.add(ONE)
    assert len((await words.text()).split()) == 50
    words.stop()


@pytest.mark.parametrize(("samples", "is_guessed"), [(160_000, True), (160_001, False)])
async def test_ten_seconds_are_transcribed_before_the_end(samples: int, is_guessed: bool):
    words = Utterances(Ears().begin)
    words.guess(np.zeros(samples, np.float32))
    assert words.is_guessed is is_guessed
    words.stop()


@pytest.mark.parametrize("end", [Utterances.forget, Utterances.stop])
async def test_words_that_nobody_needs_are_not_transcribed(end: Any):
    ears = Ears()
    ears.may.clear()
    words = Utterances(ears.begin)
    words.add(ONE)
    await asyncio.sleep(0)
    end(words)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1
    words.guess(ONE)
    words.stop()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


async def test_failure_of_words_that_nobody_needs_is_not_reported():
    reports: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))
    words = Utterances(Ears().begin)
    words.guess(np.zeros(666, np.float32))
    await asyncio.sleep(0)
    words.stop()
    await asyncio.sleep(0)
    gc.collect()
    assert reports == []


async def test_further_guess_cancels_the_second_one():
    ears = Ears()
    words = Utterances(ears.begin)
    await words.guess(ONE)
    ears.may.clear()
    second = words.guess(TWO)
    await asyncio.sleep(0)
    third = words.guess(TWO)
    await asyncio.sleep(0)
    assert second.cancelled()
    words.drop_guess()
    await asyncio.sleep(0)
    assert third.cancelled()


async def test_second_guess_that_is_ready_first_is_used():
    ears = Ears()
    ears.may.clear()
    words = Utterances(ears.begin)
    first = words.guess(ONE)
    await asyncio.sleep(0)
    ears.may = asyncio.Event()
    ears.may.set()
    await words.guess(TWO)
    assert words.take_guess()
    await asyncio.sleep(0)
    assert first.cancelled()
    assert await words.text() == "2000"


async def test_second_guess_of_an_earlier_pause_is_not_used():
    words = Utterances(Ears().begin)
    await words.guess(ONE)
    await words.guess(TWO)
    words.drop_guess()
    await words.guess(ONE)
    assert not words.take_guess()
    assert await words.text() == "1000"


async def test_failure_of_a_cancelled_transcription_is_not_reported():
    class FailsToStop(Heard):
        async def transcript(self) -> Transcript:
            try:
                await asyncio.Event().wait()
            finally:
                raise RuntimeError

    reports: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))
    words = Utterances(lambda _: FailsToStop(Ears()))
    words.guess(ONE)
    await asyncio.sleep(0)
    words.stop()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    assert reports == []
