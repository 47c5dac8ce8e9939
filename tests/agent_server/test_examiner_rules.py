"""The models examine a pause in the background, without threads and with a virtual clock."""

import asyncio
from typing import Any

import numpy as np
import pytest

from agent_server.conversation.examiner import Examiner
from agent_server.stt import SpeechToTextError, Transcript
from agent_server.turn_detection import Paused, TurnDetectionError
from agent_server.turn_detection.score import Evidence

PAUSED = Paused(np.zeros(1_000, np.float32), 0.25)
FINALITY = 0.7
HEARD = Transcript("lights on", FINALITY, (), is_command=True)


class Model:
    """Judges by the number of samples, or fails."""

    error: Exception | None = None

    def probability(self, audio: np.ndarray) -> float:
        if self.error is not None:
            raise self.error
        return audio.size / 10_000


class Threads:
    """Runs a function in a task, once `may` is set."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.may.set()
        self.calls: list[tuple[float, bool]] = []
        self.cancelled = 0

    async def run_long(self, cost: float, function: Any, is_certain: Any) -> float:
        self.calls.append((cost, is_certain()))
        try:
            await self.may.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return float(function())


class Examination:
    """An examiner, and everything that it reports."""

    def __init__(self, model: Model | None) -> None:
        self.found: list[tuple[Paused, Evidence]] = []
        self.threads = Threads()
        threads: Any = self.threads
        self.examiner = Examiner(
            model, threads, lambda paused, evidence: self.found.append((paused, evidence))
        )


async def transcript(result: Transcript | Exception | None) -> Transcript:
    if isinstance(result, Exception):
        raise result
    if result is None:
        await asyncio.Event().wait()
    assert isinstance(result, Transcript)
    return result


async def examine(
    model: Model | None, transcription: asyncio.Task[Transcript] | None = None
) -> Examination:
    """Examine one pause until nothing more happens."""
    examination = Examination(model)
    examination.examiner.examine(PAUSED, transcription)
    assert examination.examiner.is_busy
    await asyncio.sleep(1)
    return examination


async def test_both_models_are_combined() -> None:
    examination = await examine(Model(), asyncio.create_task(transcript(HEARD)))
    evidence = Evidence(0.25, 0.1, FINALITY, "lights on", is_command=True)
    assert examination.found == [(PAUSED, evidence)]
    assert not examination.examiner.is_busy


async def test_turn_model_counts_as_two_seconds_that_may_be_in_vain() -> None:
    assert (await examine(Model())).threads.calls == [(2.0, False)]


async def test_turn_model_is_not_asked_after_very_little_silence() -> None:
    examination = Examination(Model())
    paused = Paused(PAUSED.audio, 0.13)
    examination.examiner.examine(paused, None)
    await asyncio.sleep(1)
    assert examination.found == [(paused, Evidence(0.13))]
    assert examination.threads.calls == []


async def test_next_pause_may_be_examined_when_one_is_found() -> None:
    examination = Examination(None)
    busy: list[bool] = []
    threads: Any = examination.threads
    examiner = Examiner(None, threads, lambda *_: busy.append(examiner.is_busy))
    examiner.examine(PAUSED, None)
    await asyncio.sleep(1)
    assert busy == [False]


async def test_no_models() -> None:
    examination = await examine(None)
    assert examination.found == [(PAUSED, Evidence(0.25, None, None, "", is_command=False))]
    assert examination.threads.calls == []


@pytest.mark.parametrize("error", [TurnDetectionError("deaf"), TimeoutError("late")])
async def test_turn_model_that_fails(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    model = Model()
    model.error = error
    examination = await examine(model, asyncio.create_task(transcript(HEARD)))
    [(_, evidence)] = examination.found
    assert evidence == Evidence(0.25, None, FINALITY, "lights on", is_command=True)
    assert f"without the turn model: {error}" in caplog.text


async def test_transcription_that_fails() -> None:
    failing = asyncio.create_task(transcript(SpeechToTextError("deaf")))
    examination = await examine(Model(), failing)
    assert examination.found == [(PAUSED, Evidence(0.25, 0.1, None, "", is_command=False))]


async def test_transcription_that_is_cancelled() -> None:
    cancelled = asyncio.create_task(transcript(None))
    cancelled.cancel()
    examination = await examine(Model(), cancelled)
    assert examination.found == [(PAUSED, Evidence(0.25, 0.1, None, "", is_command=False))]


async def test_models_run_at_the_same_time() -> None:
    examination = Examination(Model())
    transcription = asyncio.create_task(transcript(None))
    examination.examiner.examine(PAUSED, transcription)
    await asyncio.sleep(1)
    assert examination.threads.calls
    assert examination.found == []
    transcription.cancel()
    await asyncio.sleep(1)
    assert len(examination.found) == 1


async def test_stopping_keeps_the_transcription() -> None:
    examination = Examination(Model())
    examination.threads.may.clear()
    transcription = asyncio.create_task(transcript(None))
    examination.examiner.examine(PAUSED, transcription)
    await asyncio.sleep(1)
    examination.examiner.stop()
    assert not examination.examiner.is_busy
    await asyncio.sleep(1)
    assert examination.threads.cancelled == 1
    assert not transcription.done()
    transcription.cancel()
    await asyncio.sleep(1)
    assert examination.found == []


async def test_next_pause_after_a_stop() -> None:
    examination = Examination(None)
    examination.examiner.examine(PAUSED, None)
    examination.examiner.stop()
    examination.examiner.examine(PAUSED, None)
    await asyncio.sleep(1)
    assert len(examination.found) == 1
