"""Which engine transcribes a pause, and when the models may end the turn."""

import asyncio
from typing import Any

import numpy as np

from agent_server.conversation.pauses import Pauses
from agent_server.conversation.utterances import Utterances
from agent_server.turn_detection import Paused
from agent_server.turn_detection.score import Evidence

from .fakes import Ears

SHORT = Paused(np.ones(1, np.float32), 0.13)
LONGER = Paused(np.ones(2, np.float32), 0.29)


class Engines:
    """Finds that everything sounds complete by half."""

    def __init__(self) -> None:
        self.asked = 0
        self.turn_model = self

    def probability(self, audio: Any) -> float:
        self.asked += 1
        return 0.5


class Threads:
    async def run_long(self, cost: float, function: Any, is_certain: Any) -> Any:
        return function()


class Examined:
    """The pauses of one speech, heard by a server and perhaps by a judge."""

    def __init__(self, *, reveals_finality: bool = False, has_judge: bool = False) -> None:
        self.server, self.judge, self.engines = Ears(), Ears(), Engines()
        self.server.reveals_finality = reveals_finality
        self.server.words = self.judge.words = {1: "one", 2: "two"}
        self.found = 0
        engines: Any = self.engines
        threads: Any = Threads()
        self.utterances = Utterances(lambda earlier: self.server.begin("en", earlier))
        self.pauses = Pauses(
            engines,
            threads,
            stt=self.server,
            utterances=self.utterances,
            begin_judged=(lambda earlier: self.judge.begin("en", earlier)) if has_judge else None,
            on_found=self._count,
        )

    def _count(self) -> None:
        self.found += 1

    async def examine(self, *pauses: Paused, language: str = "en-GB") -> list[Evidence]:
        for pause in pauses:
            self.pauses.examine(pause, language)
            await asyncio.sleep(1)
        return [evidence for _, evidence in self.pauses.take()]


async def test_words_that_reveal_nothing_are_not_waited_for() -> None:
    examined = Examined()
    examined.server.may.clear()
    assert await examined.examine(SHORT) == [Evidence(0.13, 0.5)]
    assert not examined.pauses.waiting
    examined.server.may.set()
    await asyncio.sleep(1)
    assert [each for _, each in examined.pauses.take()] == [Evidence(0.13, 0.5, text="one")]
    assert examined.found == 2


async def test_server_and_model_are_asked_once_in_a_pause() -> None:
    examined = Examined()
    assert await examined.examine(SHORT, LONGER) == [Evidence(0.13, 0.5, text="one")]
    assert examined.engines.asked == len(examined.server.utterances) == 1
    examined.pauses.stop()
    examined.utterances.drop_guess()
    assert await examined.examine(LONGER) == [Evidence(0.29, 0.5, text="two")]


async def test_late_words_of_a_pause_that_is_over_are_not_found() -> None:
    examined = Examined()
    examined.server.may.clear()
    await examined.examine(SHORT)
    examined.pauses.stop()
    examined.server.may.set()
    assert await examined.examine() == []
    await asyncio.sleep(1)
    assert examined.found == 1


async def test_judge_hears_every_pause_and_the_server_the_first_one() -> None:
    examined = Examined(has_judge=True)
    examined.server.may.clear()
    found = await examined.examine(SHORT, LONGER)
    # A judge that reveals nothing about these words: only the text is its own.
    assert found == [Evidence(0.13, None, text="one"), Evidence(0.29, 0.5, text="two")]
    assert [each.size for each in examined.server.utterances] == [1]
    assert [each.size for each in examined.judge.utterances] == [1, 2]
    examined.pauses.stop()
    assert examined.utterances.is_guessed


async def test_judge_does_not_hear_other_languages() -> None:
    examined = Examined(has_judge=True)
    assert await examined.examine(SHORT, language="de") == [Evidence(0.13, 0.5, text="one")]
    assert examined.judge.utterances == []


async def test_judge_is_not_needed() -> None:
    examined = Examined(reveals_finality=True, has_judge=True)
    await examined.examine(SHORT, LONGER)
    assert [each.size for each in examined.server.utterances] == [1, 2]
    assert examined.judge.utterances == []


async def test_pause_waits_for_the_models() -> None:
    examined = Examined(reveals_finality=True)
    examined.server.may.clear()
    assert await examined.examine(SHORT, LONGER) == []
    assert examined.pauses.waiting is LONGER
    examined.pauses.stop()
    assert examined.pauses.waiting is None


async def test_pause_that_is_examined_waits_no_longer() -> None:
    examined = Examined(reveals_finality=True)
    examined.server.may.clear()
    await examined.examine(SHORT, LONGER)
    examined.server.may.set()
    await asyncio.sleep(1)
    assert [evidence.text for evidence in await examined.examine(LONGER)] == ["one", "two"]
    assert examined.pauses.waiting is None


async def test_evidence_of_a_pause_that_is_over_is_forgotten() -> None:
    examined = Examined()
    examined.pauses.examine(SHORT, "en")
    await asyncio.sleep(1)
    assert examined.found == 1
    examined.pauses.stop()
    assert list(examined.pauses.take()) == []


async def test_judge_stops_with_the_pause() -> None:
    examined = Examined(has_judge=True)
    examined.judge.may.clear()
    await examined.examine(SHORT)
    examined.pauses.stop()
    await asyncio.sleep(1)
    assert [each.is_cancelled for each in examined.judge.utterances] == [True]
