"""Creates the engines of each agent; imports only those that are configured, shares equal ones."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from .brain import Brain
from .brain.home import AutoBrain, HomeBrain
from .config import (
    Agent,
    BrainEngine,
    BuiltIn,
    EndOfTurn,
    LanguageModel,
    OpenAI,
    Piper,
    SttEngine,
    TtsEngine,
    Whisper,
    Wyoming,
)
from .engines import Local, Source
from .errors import EngineError
from .extras import import_piper, import_whisper
from .fallback import FallbackSpeechToText, FallbackTextToSpeech, Ranking
from .languages import base, common
from .metrics import EngineMetrics
from .stt import SpeechToText
from .stt.blocking import BlockingSpeechToText
from .tts import TextToSpeech
from .tts.blocking import BlockingTextToSpeech
from .turn_detection import CompletenessModel
from .turn_detection.endpointing import Endpointer
from .workers import Threads

if TYPE_CHECKING:
    from .brain.openai import LanguageModelBrain

_LOGGER = logging.getLogger(__name__)

type BrainFactory = Callable[[], Brain]
type SttFactory = Callable[[Threads], SpeechToText]
type TtsFactory = Callable[[Threads], TextToSpeech]


@dataclass(frozen=True, slots=True)
class Engines:
    """Creates the engines of each conversation with an agent; these share the models."""

    endpointer: Callable[[], Endpointer]
    speech_to_text: SttFactory
    brains: Mapping[BrainEngine, BrainFactory]
    text_to_speech: TtsFactory
    tool_brains: frozenset[BrainEngine] = field(default=frozenset(), kw_only=True)
    """The brains that call tools of the home."""

    judge: SttFactory | None = field(default=None, kw_only=True)
    """Reveals for English whether more words follow, if the speech-to-text does not."""

    turn_model: CompletenessModel | None = field(default=None, kw_only=True)
    """Hears whether the user has finished; without it, only the transcriber knows."""

    warm_up: Callable[[], Awaitable[None]] | None = field(default=None, kw_only=True)
    """Makes the server of the language model load it; raises `EngineError`."""

    sources: Sequence[Source] = field(default=(), kw_only=True)
    """Of speech-to-text and text-to-speech."""

    def languages(self, first: str) -> list[str]:
        """Return the languages that an agent understands and speaks, its own first."""
        return common(first, [source.languages for source in self.sources])


@dataclass(frozen=True, slots=True)
class _Loaded[F]:
    """An engine that can be used."""

    create: F
    source: Source


type _Load[F] = Callable[[], _Loaded[F]]
"""Loads an engine that is imported."""


def load_engines(
    pause: float, brains: Iterable[str], end_of_turn: EndOfTurn = EndOfTurn.NORMAL
) -> Engines:
    """Import the built-in engines and load their models; raises `EngineError`."""
    agent = Agent("", "")
    engines = import_engines(pause, [agent], end_of_turn)()[agent.id]
    return replace(engines, brains=import_brains(brains))


def import_engines(
    pause: float,
    agents: Sequence[Agent],
    end_of_turn: EndOfTurn = EndOfTurn.NORMAL,
    models_folder: Path = Path(),
    metrics: EngineMetrics | None = None,
) -> Callable[[], dict[str, Engines]]:
    """Import the engines and return a function that loads their models, by the id of the agent.

    That takes about a second and raises `EngineError` when something is not installed or
    damaged. `pause` is the longest silence inside a turn, in seconds. `models_folder` contains the
    downloaded models.
    """
    from .turn_detection.silero import load_silero  # noqa: PLC0415
    from .turn_detection.smart_turn import SmartTurn  # noqa: PLC0415

    # Cached, so that agents with equal engines share them.
    heard_by = {engine for agent in agents for engine in agent.stt}
    if any(map(_needs_judge, agents)):
        heard_by.add(BuiltIn())
    spoken_by = {engine for agent in agents for engine in agent.tts}
    stt = {engine: cache(_import_stt(engine, models_folder)) for engine in heard_by}
    tts = {engine: cache(_import_tts(engine, models_folder)) for engine in spoken_by}
    models = import_models(a.brain for a in agents if isinstance(a.brain, LanguageModel))

    def brains_of(agent: Agent) -> dict[BrainEngine, BrainFactory]:
        if isinstance(agent.brain, LanguageModel):
            return {agent.brain: partial(AutoBrain, models[agent.brain])}
        return import_brains([agent.brain], agent.language)

    brains = {agent.id: brains_of(agent) for agent in agents}
    if metrics is not None:
        brains = {
            agent_id: {engine: metrics.brain(engine, create) for engine, create in own.items()}
            for agent_id, own in brains.items()
        }

    def load() -> dict[str, Engines]:
        new_detector = load_silero()
        turn_model = SmartTurn()

        def engines_of(agent: Agent) -> Engines:
            hears = [stt[engine]() for engine in agent.stt]
            speaks = [tts[engine]() for engine in agent.tts]
            if metrics is not None:
                hears = list(map(partial(_measured_stt, metrics), agent.stt, hears, strict=True))
                speaks = list(map(partial(_measured_tts, metrics), agent.tts, speaks, strict=True))
            return Engines(
                endpointer=lambda: Endpointer(new_detector(), pause, end_of_turn),
                speech_to_text=_first_stt([engine.create for engine in hears]),
                brains=brains[agent.id],
                text_to_speech=_first_tts([engine.create for engine in speaks]),
                judge=_load_judge(stt[BuiltIn()]) if _needs_judge(agent) else None,
                tool_brains=frozenset(filter(_uses_tools, [agent.brain])),
                turn_model=turn_model,
                warm_up=(
                    partial(models[agent.brain].warm_up, agent.language)
                    if isinstance(agent.brain, LanguageModel)
                    else None
                ),
                sources=[engine.source for engine in (*hears, *speaks)],
            )

        return {agent.id: engines_of(agent) for agent in agents}

    return load


def _needs_judge(agent: Agent) -> bool:
    return base(agent.language) == "en" and not isinstance(agent.stt[0], BuiltIn)


def _load_judge(load: _Load[SttFactory]) -> SttFactory | None:
    """Load the built-in speech-to-text as a judge; an agent works without it."""
    try:
        return load().create
    except EngineError as error:
        _LOGGER.warning("The end of the turn is judged by the sound alone: %s", error)
        return None


def _measured_stt(
    metrics: EngineMetrics, engine: SttEngine, loaded: _Loaded[SttFactory]
) -> _Loaded[SttFactory]:
    source = metrics.source("stt", engine, loaded.source)
    return _Loaded(metrics.stt(engine, loaded.create), source)


def _measured_tts(
    metrics: EngineMetrics, engine: TtsEngine, loaded: _Loaded[TtsFactory]
) -> _Loaded[TtsFactory]:
    source = metrics.source("tts", engine, loaded.source)
    return _Loaded(metrics.tts(engine, loaded.create), source)


def _first_stt(factories: Sequence[SttFactory]) -> SttFactory:
    """Return what creates the first engine that works."""
    if len(factories) == 1:
        return factories[0]
    ranking = Ranking(len(factories))
    return lambda threads: FallbackSpeechToText([new(threads) for new in factories], ranking)


def _first_tts(factories: Sequence[TtsFactory]) -> TtsFactory:
    """Return what creates the first engine that works."""
    if len(factories) == 1:
        return factories[0]
    ranking = Ranking(len(factories))
    return lambda threads: FallbackTextToSpeech([new(threads) for new in factories], ranking)


def _import_stt(engine: SttEngine, models_folder: Path) -> _Load[SttFactory]:
    match engine:
        case BuiltIn():
            from .stt.moonshine import MoonshineTranscriber  # noqa: PLC0415

            def load() -> _Loaded[SttFactory]:
                transcriber = MoonshineTranscriber()
                return _Loaded(
                    lambda threads: BlockingSpeechToText(transcriber, threads),
                    Local("the built-in speech-to-text", ("en",)),
                )

            return load
        case Wyoming():
            from .stt.wyoming import WyomingSpeechToText  # noqa: PLC0415

            hears = WyomingSpeechToText(engine)
            return lambda: _Loaded(lambda _: hears, hears)
        case OpenAI():
            from .remote.openai import OpenAIServer, OpenAISource  # noqa: PLC0415
            from .stt.openai import OpenAISpeechToText  # noqa: PLC0415

            server = OpenAIServer("speech-to-text", engine.url, engine.key)
            speech_to_text = OpenAISpeechToText(server, engine.model)
            return lambda: _Loaded(lambda _: speech_to_text, OpenAISource(server))
        case Whisper():
            load_whisper = import_whisper(engine, models_folder)
            return lambda: _Loaded(*load_whisper())


def _import_tts(engine: TtsEngine, models_folder: Path) -> _Load[TtsFactory]:
    match engine:
        case BuiltIn():
            from .tts.hibari import HibariVoice  # noqa: PLC0415

            def load() -> _Loaded[TtsFactory]:
                voice = HibariVoice()
                return _Loaded(
                    lambda threads: BlockingTextToSpeech(voice, threads),
                    Local("the built-in text-to-speech", ("en",)),
                )

            return load
        case Wyoming():
            from .tts.wyoming import WyomingTextToSpeech  # noqa: PLC0415

            speaks = WyomingTextToSpeech(engine)
            return lambda: _Loaded(lambda _: speaks, speaks)
        case OpenAI():
            from .remote.openai import OpenAIServer, OpenAISource  # noqa: PLC0415
            from .tts.openai import OpenAITextToSpeech  # noqa: PLC0415

            server = OpenAIServer("text-to-speech", engine.url, engine.key)
            text_to_speech = OpenAITextToSpeech(server, engine.model, engine.voice)
            return lambda: _Loaded(lambda _: text_to_speech, OpenAISource(server))
        case Piper():
            load_piper = import_piper(engine, models_folder)
            return lambda: _Loaded(*load_piper())


def import_models(engines: Iterable[LanguageModel]) -> dict[LanguageModel, LanguageModelBrain]:
    """Return the brain of each language model; conversations share it."""
    models: dict[LanguageModel, LanguageModelBrain] = {}
    for engine in engines:
        from .brain.openai import load_model  # noqa: PLC0415

        if engine not in models:
            models[engine] = load_model(engine)
    return models


def import_brains(brains: Iterable[str], language: str = "en") -> dict[BrainEngine, BrainFactory]:
    """Return what creates each brain, by name, for an agent with a language."""
    return {brain: _import_brain(brain, language) for brain in brains}


def _uses_tools(brain: BrainEngine) -> bool:
    return isinstance(brain, LanguageModel) and brain.tools


def _import_brain(brain: str, language: str) -> BrainFactory:
    match brain:
        case "auto" if base(language) == "en":
            from .brain.builtin import BuiltinBrain  # noqa: PLC0415

            return lambda: AutoBrain(BuiltinBrain())
        case "auto" | "home":  # The built-in brain knows only English.
            return HomeBrain
        case "builtin":
            from .brain.builtin import BuiltinBrain  # noqa: PLC0415

            return BuiltinBrain
        case "echo":
            from .brain.echo import EchoBrain  # noqa: PLC0415

            return EchoBrain
        case _:
            raise ValueError(brain)
