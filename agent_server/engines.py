"""The engines that all conversations share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .brain import Brain
from .brain.builtin import BuiltinBrain
from .brain.echo import EchoBrain
from .ears import Transcriber
from .ears.endpoint import Endpointer
from .ears.moonshine import MoonshineTranscriber
from .ears.silero import load_silero
from .voice import Voice
from .voice.hibari import HibariVoice


@dataclass(frozen=True, slots=True)
class Engines:
    """What hears, thinks and speaks."""

    endpointer: Callable[[], Endpointer]
    """Makes the one of a new conversation."""

    transcriber: Transcriber
    brains: Mapping[str, Brain]
    """By the names that a configuration may use."""

    voice: Voice


def load_engines(pause: float) -> Engines:
    """Load the models, which takes about a second.

    `pause` is the silence that ends the user's turn, in seconds. Raises `EarsError` or
    `VoiceError` when something is not installed.
    """
    new_detector = load_silero()
    return Engines(
        endpointer=lambda: Endpointer(new_detector(), pause),
        transcriber=MoonshineTranscriber(),
        brains={"builtin": BuiltinBrain(), "echo": EchoBrain()},
        voice=HibariVoice(),
    )
