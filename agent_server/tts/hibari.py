"""Text to speech by hibari: English, 24 kHz, more than 100 times faster than real time."""

import threading
from collections.abc import Iterator
from typing import Final

from hibari import SAMPLE_RATE, Hibari

from ..audio import Samples
from ..weights import WeightsError, verified_folder
from . import TextToSpeechError

_SEED: Final = 0
"""The seed of the noise in the voice, so that a sentence always sounds the same."""


class HibariVoice:
    """The voice in hibari's package."""

    def __init__(self) -> None:
        """Load the model and the dictionary; raises `TextToSpeechError` when they are damaged."""
        try:
            verified_folder("hibari-tts", "hibari/assets")
            self._engine = Hibari()
            self._engine.g2p("ready")  # Otherwise the first sentence would load it.
        except WeightsError as error:
            raise TextToSpeechError(str(error)) from error
        except Exception as error:  # onnxruntime raises whatever its parsers raise.
            raise TextToSpeechError(
                f"hibari cannot be loaded: {str(error) or repr(error)}"
            ) from error
        self._reads = threading.Lock()

    @property
    def sample_rate(self) -> int:
        """See `Voice`."""
        return int(SAMPLE_RATE)

    def speak(self, text: str) -> Iterator[Samples]:
        """See `Voice`; a piece is a sentence, or a part of a very long one."""
        try:
            with self._reads:  # Fast, but not thread-safe.
                sentences = self._engine.phonemize(text)
            for sentence in sentences:
                samples = self._engine.from_phonemes(sentence, seed=_SEED)
                if samples.size:
                    yield samples
        except Exception as error:  # The libraries raise anything, as in the constructor.
            raise TextToSpeechError(f"hibari failed: {error}") from error
