"""Whether engines work and how long they take is measured, and nothing changes for their users."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from agent_server.brain import BrainError, Turn
from agent_server.check import check_engines
from agent_server.config import Agent, BuiltIn, OpenAI, Wyoming
from agent_server.errors import EngineError
from agent_server.fallback import FallbackTextToSpeech, Ranking
from agent_server.metrics import EngineMetrics
from agent_server.registry import import_engines
from agent_server.stt import SpeechToTextError, Transcript
from agent_server.tts import Audio, TextToSpeechError

WHISPER = Wyoming("secret-host", 10300)


class Registry(CollectorRegistry):
    def value(self, name: str, stage: str, engine: str, number: str = "1") -> float | None:
        """Return the value of a series of one engine."""
        labels = {"stage": stage, "engine": engine, "number": number}
        return self.get_sample_value(f"playai_agent_engine_{name}", labels)


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def metrics(registry: Registry) -> EngineMetrics:
    return EngineMetrics(registry)


class Ears:
    """A speech-to-text whose utterances return or raise `result`."""

    is_streaming = True
    reveals_finality = False

    def __init__(self, result: Transcript | BaseException) -> None:
        self.result = result
        self.begun: list[tuple[Any, ...]] = []
        self.fed: list[Any] = []
        self.is_confirmed = False
        self.is_dropped = False

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Ears:
        self.begun.append((language, earlier, phrases))
        return self

    def feed(self, samples: Any) -> None:
        self.fed.append(samples)

    def confirm(self) -> None:
        self.is_confirmed = True

    def drop(self) -> None:
        self.is_dropped = True

    async def transcript(self) -> Transcript:
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


class Voice:
    """Yields pieces; a piece that is an error is raised."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = pieces
        self.is_closed = False

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        async for piece in self.speak(turn.text, "en", None):
            yield piece

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Any]:
        try:
            for piece in self.pieces:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            self.is_closed = True


async def test_speech_to_text_that_works(registry: Registry, metrics: EngineMetrics):
    ears = Ears(Transcript("hello"))
    utterance = metrics.stt(WHISPER, lambda: ears)().begin("de", Transcript("hel"), ["hello"])
    utterance.feed(audio := np.zeros(1, np.float32))
    utterance.confirm()
    assert await utterance.transcript() == Transcript("hello")
    assert ears.begun == [("de", Transcript("hel"), ["hello"])]
    assert (ears.fed, ears.is_confirmed) == ([audio], True)
    assert registry.value("up", "stt", "wyoming") == 1
    assert registry.value("failures_total", "stt", "wyoming") == 0
    assert registry.value("seconds_count", "stt", "wyoming") == 1


@pytest.mark.parametrize("error", [SpeechToTextError("away"), TimeoutError()])
async def test_engine_that_fails_is_down_until_it_works(
    registry: Registry, metrics: EngineMetrics, error: BaseException
):
    ears = Ears(error)
    stt = metrics.stt(WHISPER, lambda: ears)()
    with pytest.raises(type(error)):
        await stt.begin("en").transcript()
    assert registry.value("up", "stt", "wyoming") == 0
    assert registry.value("failures_total", "stt", "wyoming") == 1
    assert registry.value("seconds_count", "stt", "wyoming") == 0
    ears.result = Transcript("")
    await stt.begin("en").transcript()
    assert registry.value("up", "stt", "wyoming") == 1
    assert registry.value("failures_total", "stt", "wyoming") == 1


def test_dropped_utterance_is_dropped_by_the_engine(metrics: EngineMetrics):
    ears = Ears(Transcript(""))
    stt = metrics.stt(WHISPER, lambda: ears)()
    assert (stt.is_streaming, stt.reveals_finality) == (True, False)
    stt.begin("en").drop()
    assert ears.is_dropped


async def test_cancelled_use_is_no_failure(registry: Registry, metrics: EngineMetrics):
    stt = metrics.stt(WHISPER, lambda: Ears(asyncio.CancelledError()))()
    with pytest.raises(asyncio.CancelledError):
        await stt.begin("en").transcript()
    assert registry.value("up", "stt", "wyoming") == 1
    assert registry.value("failures_total", "stt", "wyoming") == 0


async def test_first_words_of_a_brain_are_timed_once(registry: Registry, metrics: EngineMetrics):
    brain = metrics.brain("auto", lambda: Voice("Good", " day"))()
    assert [piece async for piece in brain.answer(Turn("hello"))] == ["Good", " day"]
    assert registry.value("seconds_count", "brain", "auto") == 1


async def test_brain_that_breaks_off(registry: Registry, metrics: EngineMetrics):
    brain = metrics.brain("auto", lambda: Voice("Good", BrainError("gone")))()
    with pytest.raises(BrainError):
        [piece async for piece in brain.answer(Turn("hello"))]
    assert registry.value("up", "brain", "auto") == 0


async def test_speech_that_is_stopped_closes_the_engine(registry: Registry, metrics: EngineMetrics):
    voice = Voice(1, 2)
    async with aclosing(metrics.tts(BuiltIn(), lambda: voice)().speak("hi", "en", None)) as speech:
        await anext(speech)
    assert voice.is_closed
    assert registry.value("up", "tts", "builtin") == 1


async def test_the_next_engine_takes_over_and_the_first_is_down(
    registry: Registry, metrics: EngineMetrics
):
    audio = Audio(np.zeros(1, np.float32), 8_000)
    engines = [
        metrics.tts(OpenAI("http://secret-host"), lambda: Voice(TextToSpeechError("away")))(),
        metrics.tts(BuiltIn(), lambda: Voice(audio))(),
    ]
    tts = FallbackTextToSpeech(engines, Ranking(2))
    assert [piece async for piece in tts.speak("hi", "en", None)] == [audio]
    assert registry.value("up", "tts", "openai", "1") == 0
    assert registry.value("up", "tts", "builtin", "2") == 1


@dataclass
class Asked:
    """A source with a given answer or error."""

    answer: str | EngineError
    name: str = "the server"
    languages: Sequence[str] | None = ("en",)
    offered: Sequence[str] | None = ("en", "de")

    async def ask(self) -> str:
        if isinstance(self.answer, EngineError):
            raise self.answer
        return self.answer


async def test_server_that_is_away_at_the_start_is_down(registry: Registry, metrics: EngineMetrics):
    source = metrics.source("stt", WHISPER, asked := Asked(EngineError("away")))
    assert metrics.source("stt", WHISPER, asked) is source
    assert (source.name, source.languages, source.offered) == ("the server", ("en",), ("en", "de"))
    with pytest.raises(EngineError):
        await source.ask()
    assert registry.value("up", "stt", "wyoming") == 0
    asked.answer = "English"
    assert await source.ask() == "English"
    assert registry.value("up", "stt", "wyoming") == 1


async def test_wyoming_server_that_is_away(
    registry: Registry, metrics: EngineMetrics, unused_tcp_port: int
):
    agents = [Agent("a", "k", stt=(Wyoming("127.0.0.1", unused_tcp_port), BuiltIn()))]
    await check_engines(agents, import_engines(1.3, agents, metrics=metrics)())
    assert registry.value("up", "stt", "wyoming", "1") == 0
    assert registry.value("up", "stt", "builtin", "2") == 1


def test_equal_engines_share_their_values(registry: Registry, metrics: EngineMetrics):
    for engine in (WHISPER, Wyoming("other", 1), WHISPER):
        metrics.stt(engine, lambda: Ears(Transcript("")))
    metrics.tts(WHISPER, Voice)
    for number in ("1", "2"):
        assert registry.value("up", "stt", "wyoming", number) == 1
    assert registry.value("up", "stt", "wyoming", "3") is None
    assert registry.value("up", "tts", "wyoming", "1") == 1


def test_engines_of_the_configuration_are_measured(registry: Registry, metrics: EngineMetrics):
    agents = [
        Agent("a", "k", stt=(WHISPER, BuiltIn()), tts=(Wyoming("b", 1),)),
        Agent("b", "k", brain="echo"),
    ]
    import_engines(1.3, agents, metrics=metrics)()
    found = {
        tuple(sample.labels[name] for name in ("stage", "engine", "number"))
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "playai_agent_engine_up"
    }
    assert found == {
        ("stt", "wyoming", "1"),
        ("stt", "builtin", "2"),
        ("tts", "wyoming", "1"),
        ("tts", "builtin", "2"),
        ("brain", "auto", "1"),
        ("brain", "echo", "2"),
    }
    shown = str([sample.labels for family in registry.collect() for sample in family.samples])
    assert "secret-host" not in shown
