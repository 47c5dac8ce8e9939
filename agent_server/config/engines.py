"""The engines of an agent, as configured: equal values are the same engine."""

from dataclasses import dataclass, field
from pathlib import Path

from ..models import Model


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """The engine of this package, which knows only English."""


@dataclass(frozen=True, slots=True)
class Wyoming:
    """A Wyoming server."""

    host: str
    port: int
    model: str | None = None
    """The model of speech-to-text; None: the first one that has the language."""

    voice: str | None = None
    """The voice of text-to-speech; None: the server chooses one."""


@dataclass(frozen=True, slots=True)
class OpenAI:
    """A server with the speech endpoints of OpenAI's API."""

    url: str
    model: str | None = None
    key: str = field(default="", repr=False)
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Whisper:
    """Whisper in this process."""

    model: Model | Path
    """A model to download, or the folder of one."""


@dataclass(frozen=True, slots=True)
class Piper:
    """Piper in this process."""

    voice: Model | Path
    """A voice to download, or the path of its .onnx file."""


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A server with the chat endpoint of OpenAI's API."""

    url: str
    model: str | None = None
    key: str = field(default="", repr=False)
    tools: bool = False
    """Whether it may call the tools of the home."""

    filler_after: float = 1.5
    """Seconds that a tool may take before the agent says that it is working on it."""

    prompt: str = ""
    """Added to the system prompt."""


type SttEngine = BuiltIn | Wyoming | OpenAI | Whisper
type TtsEngine = BuiltIn | Wyoming | OpenAI | Piper
type BrainEngine = str | LanguageModel
"""A name of `BRAINS`, or a language model."""


def model_of(engine: SttEngine | TtsEngine) -> Model | None:
    """Return the model that an engine needs from the internet; None if it needs none."""
    match engine:
        case Whisper(Model() as model) | Piper(Model() as model):
            return model
        case _:
            return None
