"""An engine for speech-to-text or text-to-speech after it has been loaded."""

from collections.abc import Callable
from dataclasses import dataclass

from ..engines import Source
from ..stt import SpeechToText
from ..tts import TextToSpeech
from ..workers import Threads

type SttFactory = Callable[[Threads], SpeechToText]
type TtsFactory = Callable[[Threads], TextToSpeech]


@dataclass(frozen=True, slots=True)
class Loaded[F]:
    """An engine that can be used."""

    create: F
    """Creates the engine of one conversation."""

    source: Source


type Load[F] = Callable[[], Loaded[F]]
"""Loads an engine that is imported; raises `EngineError`."""
