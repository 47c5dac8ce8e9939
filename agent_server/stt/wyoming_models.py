"""The speech-to-text models of a Wyoming server."""

from collections.abc import Sequence
from dataclasses import dataclass

from wyoming.info import AsrModel, AsrProgram, Info

from ..engines import UnsupportedError
from ..languages import choose


@dataclass(frozen=True, slots=True)
class Offer:
    """The models of the server that fit the configured one."""

    models: Sequence[tuple[AsrProgram, AsrModel]]
    is_only_one: bool

    @classmethod
    def of(cls, info: Info, wanted: str | None) -> Offer:
        """Return the models in a description that fit `wanted`; raises `UnsupportedError`."""
        found = [(program, model) for program in info.asr for model in program.models]
        if not found:
            raise UnsupportedError("it offers no speech-to-text")
        models = [pair for pair in found if wanted in (None, pair[1].name)]
        if not models:
            names = ", ".join(model.name for _, model in found)
            raise UnsupportedError(f"it has no model {wanted}, only {names}")
        # Models that are not installed come last: the server would have to download them.
        models.sort(key=lambda pair: not pair[1].installed)
        return cls(models, len(found) == 1)

    @property
    def languages(self) -> list[str]:
        """The languages of the models, without repetition."""
        return list(dict.fromkeys(name for _, model in self.models for name in model.languages))

    def select(self, language: str) -> tuple[AsrProgram, AsrModel, str]:
        """Return the first model for a language, its program, and its name for the language.

        Raises `UnsupportedError`.
        """
        for program, model in self.models:
            if (found := choose(language, model.languages)) is not None:
                return program, model, found
        raise UnsupportedError(f"it does not know the language {language}")
