"""Creates the engines of each agent; imports only those that are configured, shares equal ones."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from ..brain.home import AutoBrain
from ..config import Agent, BrainEngine, BuiltIn, EndOfTurn, LanguageModel
from ..echo import EchoCancellerFactory
from ..engines import Source
from ..errors import EngineError
from ..languages import common, is_english
from ..metrics import EngineMetrics
from ..turn_detection import CompletenessModel
from ..turn_detection.endpointing import Endpointer
from .brains import BrainFactory, import_brains, import_models, uses_tools
from .extras import import_echo_canceller
from .loaded import Load, SttFactory, TtsFactory
from .speech import first_stt, first_tts, import_stt, import_tts, measured_stt, measured_tts

_LOGGER = logging.getLogger(__name__)


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

    echo_canceller: EchoCancellerFactory | None = field(default=None, kw_only=True)
    """Removes the agent's voice from the user's audio; None if the package is not installed."""

    sources: Sequence[Source] = field(default=(), kw_only=True)
    """The sources of the agent's speech-to-text and text-to-speech."""

    def languages(self, first: str) -> list[str]:
        """Return the languages that an agent understands and speaks, its own first."""
        return common(first, [source.languages for source in self.sources])


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
    """Import the engines; return a function that loads their models and returns them by agent id.

    Loading takes about a second. Both raise `EngineError` if something is missing or damaged.
    `pause` is the longest pause in seconds; `models_folder` contains the downloaded models.
    """
    from ..turn_detection.silero import load_silero  # noqa: PLC0415
    from ..turn_detection.smart_turn import SmartTurn  # noqa: PLC0415

    echo_canceller = import_echo_canceller()
    # Cached, so that agents with equal engines share them.
    stt_engines = {engine for agent in agents for engine in agent.stt}
    if any(map(_needs_judge, agents)):
        stt_engines.add(BuiltIn())
    tts_engines = {engine for agent in agents for engine in agent.tts}
    stt = {engine: cache(import_stt(engine, models_folder)) for engine in stt_engines}
    tts = {engine: cache(import_tts(engine, models_folder)) for engine in tts_engines}
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
            own_stt = [stt[engine]() for engine in agent.stt]
            own_tts = [tts[engine]() for engine in agent.tts]
            if metrics is not None:
                own_stt = list(map(partial(measured_stt, metrics), agent.stt, own_stt, strict=True))
                own_tts = list(map(partial(measured_tts, metrics), agent.tts, own_tts, strict=True))
            return Engines(
                endpointer=lambda: Endpointer(new_detector(), pause, end_of_turn),
                speech_to_text=first_stt([engine.create for engine in own_stt]),
                brains=brains[agent.id],
                text_to_speech=first_tts([engine.create for engine in own_tts]),
                judge=_load_judge(stt[BuiltIn()]) if _needs_judge(agent) else None,
                tool_brains=frozenset(filter(uses_tools, [agent.brain])),
                turn_model=turn_model,
                echo_canceller=echo_canceller,
                warm_up=(
                    partial(models[agent.brain].warm_up, agent.language)
                    if isinstance(agent.brain, LanguageModel)
                    else None
                ),
                sources=[engine.source for engine in (*own_stt, *own_tts)],
            )

        return {agent.id: engines_of(agent) for agent in agents}

    return load


def _needs_judge(agent: Agent) -> bool:
    return is_english(agent.language) and not isinstance(agent.stt[0], BuiltIn)


def _load_judge(load: Load[SttFactory]) -> SttFactory | None:
    """Load the built-in speech-to-text as a judge; an agent works without it."""
    try:
        return load().create
    except EngineError as error:
        _LOGGER.warning("The end of the turn is judged by the sound alone: %s", error)
        return None
