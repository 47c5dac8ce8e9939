"""The engines that all conversations share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .brain import Brain
from .ears import Transcriber
from .ears.endpoint import Endpointer
from .voice import Voice


@dataclass(frozen=True, slots=True)
class Engines:
    """What hears, thinks and speaks."""

    endpointer: Callable[[], Endpointer]
    """Makes the one of a new conversation."""

    transcriber: Transcriber
    brains: Mapping[str, Brain]
    """By the names that a configuration may use."""

    voice: Voice
