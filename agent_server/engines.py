"""The description of an engine, known before a conversation uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import EngineError


class UnsupportedError(EngineError):
    """The engine works, but lacks a model or a voice of the configuration."""


class Source(Protocol):
    """The server or program behind a speech-to-text or text-to-speech engine."""

    @property
    def name(self) -> str:
        """The name for logs."""

    @property
    def languages(self) -> Sequence[str] | None:
        """The languages that a conversation may switch to; None if they are not known (yet)."""

    @property
    def offered(self) -> Sequence[str] | None:
        """All languages of its models or voices; None if they are not known (yet)."""

    async def ask(self) -> str:
        """Ask the engine for its models and voices, and return them as readable text.

        Raises `UnsupportedError` if it lacks a configured one, and another `EngineError` if
        it cannot be asked.
        """


@dataclass(frozen=True, slots=True)
class Local:
    """An engine of this process."""

    name: str
    languages: Sequence[str] | None

    @property
    def offered(self) -> Sequence[str] | None:
        """See `Source`."""
        return self.languages

    async def ask(self) -> str:
        """See `Source`."""
        return "any language" if self.languages is None else listing(self.languages)


def listing(names: Sequence[str], longest: int = 8) -> str:
    """Return the first names, and the number of the others."""
    others = len(names) - longest
    return ", ".join(names[:longest]) + (f" and {others} more" if others > 0 else "")
