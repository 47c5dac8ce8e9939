"""Measures engines: whether they work, and how long they take."""

import time
from collections.abc import AsyncGenerator, Callable, Hashable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ..audio import Samples
from ..brain import Brain, Turn
from ..engines import Source
from ..errors import EngineError
from ..stt import SpeechToText, Transcript, Utterance
from ..tts import Audio, TextToSpeech

_LABELS: Final = ("stage", "engine", "number")
_BUCKETS: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


class EngineMetrics:
    """The values of all engines.

    Engines are distinguished by their stage, their kind, and their number among the engines of the
    stage: addresses are not shown.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._up = Gauge(
            "playai_agent_engine_up",
            "0 if the last use of the engine, or its check at the start, has failed.",
            _LABELS,
            registry=registry,
        )
        self._failures = Counter(
            "playai_agent_engine_failures", "Failed uses of an engine.", _LABELS, registry=registry
        )
        self._seconds = Histogram(
            "playai_agent_engine_seconds",
            "Seconds that an engine takes to its first result: the transcript (stt), "
            "the first words (brain), the first audio of a sentence (tts).",
            _LABELS,
            buckets=_BUCKETS,
            registry=registry,
        )
        self._engines: dict[tuple[str, Hashable], EngineUse] = {}
        self._sources: dict[tuple[str, Hashable], Source] = {}

    def stt[**P](
        self, engine: Hashable, create: Callable[P, SpeechToText]
    ) -> Callable[P, SpeechToText]:
        """Return a function that creates the same speech-to-text, measured."""
        use = self._use("stt", engine)
        return lambda *args, **kwargs: _MeasuredStt(create(*args, **kwargs), use)

    def brain[**P](self, engine: Hashable, create: Callable[P, Brain]) -> Callable[P, Brain]:
        """Return a function that creates the same brain, measured."""
        use = self._use("brain", engine)
        return lambda *args, **kwargs: _MeasuredBrain(create(*args, **kwargs), use)

    def tts[**P](
        self, engine: Hashable, create: Callable[P, TextToSpeech]
    ) -> Callable[P, TextToSpeech]:
        """Return a function that creates the same text-to-speech, measured."""
        use = self._use("tts", engine)
        return lambda *args, **kwargs: _MeasuredTts(create(*args, **kwargs), use)

    def source(self, stage: str, engine: Hashable, source: Source) -> Source:
        """Return the source of an engine, measured; equal engines share it."""
        key = stage, engine
        if key not in self._sources:
            self._sources[key] = _MeasuredSource(source, self._use(stage, engine))
        return self._sources[key]

    def _use(self, stage: str, engine: Hashable) -> EngineUse:
        """Return the values of an engine; equal engines share them."""
        if (stage, engine) not in self._engines:
            number = 1 + sum(known == stage for known, _ in self._engines)
            kind = engine if isinstance(engine, str) else type(engine).__name__.lower()
            labels = stage, kind, str(number)
            self._engines[stage, engine] = EngineUse(
                self._up.labels(*labels),
                self._failures.labels(*labels),
                self._seconds.labels(*labels),
            )
        return self._engines[stage, engine]


class EngineUse:
    """The values of one engine."""

    def __init__(self, up: Gauge, failures: Counter, seconds: Histogram) -> None:
        self._up = up
        self._failures = failures
        self._seconds = seconds
        self._up.set(1)

    def took(self, seconds: float) -> None:
        """Record how long the first result took."""
        self._seconds.observe(seconds)

    @contextmanager
    def measure(self) -> Iterator[None]:
        """Record whether the engine works. A cancelled use does not count."""
        try:
            yield
        except EngineError, TimeoutError:
            self._failures.inc()
            self._up.set(0)
            raise
        self._up.set(1)


class _MeasuredSource:
    """A `Source` whose `ask`, at the start of the server, counts as a use of the engine."""

    def __init__(self, source: Source, use: EngineUse) -> None:
        self._source = source
        self._use = use

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def languages(self) -> Sequence[str] | None:
        return self._source.languages

    @property
    def offered(self) -> Sequence[str] | None:
        return self._source.offered

    async def ask(self) -> str:
        with self._use.measure():
            return await self._source.ask()


class _MeasuredStt:
    """A `SpeechToText`."""

    def __init__(self, stt: SpeechToText, use: EngineUse) -> None:
        self._stt = stt
        self._use = use

    @property
    def is_streaming(self) -> bool:
        return self._stt.is_streaming

    @property
    def reveals_finality(self) -> bool:
        return self._stt.reveals_finality

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Utterance:
        return _MeasuredUtterance(self._stt.begin(language, earlier, phrases), self._use)


class _MeasuredUtterance:
    """An `Utterance`."""

    def __init__(self, utterance: Utterance, use: EngineUse) -> None:
        self._utterance = utterance
        self._use = use

    def feed(self, samples: Samples) -> None:
        self._utterance.feed(samples)

    def confirm(self) -> None:
        self._utterance.confirm()

    async def transcript(self) -> Transcript:
        begin = time.monotonic()
        with self._use.measure():
            transcript = await self._utterance.transcript()
        self._use.took(time.monotonic() - begin)
        return transcript

    def drop(self) -> None:
        self._utterance.drop()


class _MeasuredBrain:
    """A `Brain`."""

    def __init__(self, brain: Brain, use: EngineUse) -> None:
        self._brain = brain
        self._use = use

    def answer(self, turn: Turn) -> AsyncGenerator[str]:
        return _measured(self._brain.answer(turn), self._use)


class _MeasuredTts:
    """A `TextToSpeech`."""

    def __init__(self, tts: TextToSpeech, use: EngineUse) -> None:
        self._tts = tts
        self._use = use

    def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        return _measured(self._tts.speak(text, language, voice), self._use)


async def _measured[T](results: AsyncGenerator[T], use: EngineUse) -> AsyncGenerator[T]:
    """Yield the results of an engine."""
    begin = time.monotonic()
    is_first = True
    async with aclosing(results):
        with use.measure():
            async for result in results:
                if is_first:
                    is_first = False
                    use.took(time.monotonic() - begin)
                yield result
