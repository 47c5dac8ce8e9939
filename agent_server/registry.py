"""The engines that all conversations share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .brain import Brain
from .brain.builtin import BuiltinBrain
from .brain.echo import EchoBrain
from .stt import Transcriber
from .stt.moonshine import MoonshineTranscriber
from .tts import Voice
from .tts.hibari import HibariVoice
from .turn_detection.endpointing import Endpointer
from .turn_detection.silero import load_silero


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

    `pause` is the silence that ends the user's turn, in seconds. Raises `EngineError`
    when something is not installed.
    """
    new_detector = load_silero()
    return Engines(
        endpointer=lambda: Endpointer(new_detector(), pause),
        transcriber=MoonshineTranscriber(),
        brains={"builtin": BuiltinBrain(), "echo": EchoBrain()},
        voice=HibariVoice(),
    )
