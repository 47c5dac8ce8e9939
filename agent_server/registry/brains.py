"""Creates brains; imports only those that are configured."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..brain import Brain
from ..brain.home import AutoBrain, HomeBrain
from ..config import BrainEngine, LanguageModel
from ..languages import DEFAULT_LANGUAGE, is_english

if TYPE_CHECKING:
    from ..brain.openai import LanguageModelBrain

type BrainFactory = Callable[[], Brain]


def import_models(engines: Iterable[LanguageModel]) -> dict[LanguageModel, LanguageModelBrain]:
    """Return the brain of each language model; conversations share it."""
    models: dict[LanguageModel, LanguageModelBrain] = {}
    for engine in engines:
        from ..brain.openai import load_model  # noqa: PLC0415

        if engine not in models:
            models[engine] = load_model(engine)
    return models


def import_brains(
    brains: Iterable[str], language: str = DEFAULT_LANGUAGE
) -> dict[BrainEngine, BrainFactory]:
    """Return functions that create the brains, by name, for an agent with a language."""
    return {brain: _import_brain(brain, language) for brain in brains}


def uses_tools(brain: BrainEngine) -> bool:
    """Return whether a brain calls tools of the home."""
    return isinstance(brain, LanguageModel) and brain.tools


def _import_brain(brain: str, language: str) -> BrainFactory:
    match brain:
        case "auto" if is_english(language):
            from ..brain.builtin import BuiltinBrain  # noqa: PLC0415

            return lambda: AutoBrain(BuiltinBrain())
        case "auto" | "home":  # The built-in brain knows only English.
            return HomeBrain
        case "builtin":
            from ..brain.builtin import BuiltinBrain  # noqa: PLC0415

            return BuiltinBrain
        case "echo":
            from ..brain.echo import EchoBrain  # noqa: PLC0415

            return EchoBrain
        case _:
            raise ValueError(brain)
